"""Tables and pipelines for the tests of the engines."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES
from drivenadapters.tables.guest.engines.duck.engine import DuckEngine
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.engines.frames.engine import FrameEngine
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.pipeline import Pipeline
from drivenadapters.tables.guest.reading.sources import Table, read_table
from drivenadapters.tables.guest.writing.values import json_rows
from logics.tables.kinds import Kind, Schema
from logics.tables.sources import Source
from logics.tables.steps import Step

STEPS: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[Step, ...])
ENGINES: Mapping[str, Any] = {"pandas": FrameEngine, "duckdb": DuckEngine}


def frame(schema: Mapping[str, str], *rows: Sequence[Any]) -> Frame:
    """Make a table of rows."""
    kinds: Schema = {name: Kind(kind) for name, kind in schema.items()}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    arrays = {
        name: pa.array(values, ARROW_TYPES[kind]) for (name, kind), values in zip(kinds.items(), columns, strict=True)
    }
    return frame_of(arrays, kinds, len(rows))


def run(
    engine: str, table: Frame, *steps: Mapping[str, Any], others: Mapping[int, Mapping[str, Frame]] | None = None
) -> Frame:
    """Check and run steps on an engine."""
    made = ENGINES[engine](Limits())
    loaded = {step: {name: made.load(other) for name, other in named.items()} for step, named in (others or {}).items()}
    pipeline: Pipeline[Any] = Pipeline(made, Limits(), loaded)
    parsed = STEPS.validate_python(tuple(steps))
    handle = made.load(table)
    pipeline.check(parsed, table.schema)
    result: Frame = made.frame(pipeline.run(parsed, handle))
    return result


def rows(table: Frame) -> list[tuple[Any, ...]]:
    """Return the values of a table by row."""
    return [tuple(row.values()) for row in json_rows(table, table.rows)]


def read(content: bytes, kind: str = "csv", **said: Any) -> Table:
    """Read a file."""
    return read_table(io.BytesIO(content), kind, Source(file_id="file", **said), Limits())


def same(one: Frame, other: Frame) -> bool:
    """Whether two tables are the same, numbers to the last digit that matters."""
    return (
        list(one.schema.items()) == list(other.schema.items())
        and one.rows == other.rows
        and all(
            alike(left, right)
            for name in one.schema
            for left, right in zip(
                one.table.column(name).to_pylist(), other.table.column(name).to_pylist(), strict=True
            )
        )
    )


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and bool(one == other)


def day(text: str) -> datetime:
    """Return a date as it is held."""
    return datetime.fromisoformat(text)

"""A table in memory: its columns, their kinds, and the interface of the engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES
from logics.tables.kinds import Schema
from logics.tables.plan.nodes import Node

H = TypeVar("H")


@dataclass(frozen=True)
class Frame:
    """A table as Arrow columns, and what each holds."""

    table: Any
    schema: Schema

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.table.num_rows)


def frame_of(columns: Mapping[str, Any], schema: Schema, rows: int | None = None) -> Frame:
    """Return a frame of columns in the order of a schema, each brought to the type of its kind."""
    import pyarrow as pa

    if not schema:
        return Frame(pa.table({"": pa.nulls(rows or 0)}).select([]), schema)
    arrays = [_typed(columns[name], ARROW_TYPES[kind]) for name, kind in schema.items()]
    return Frame(pa.Table.from_arrays(arrays, names=list(schema)), schema)


def _typed(values: Any, wanted: Any) -> Any:
    return values if values.type == wanted else values.cast(wanted)


class StepFault(Exception):
    """A step met a value that it cannot take.

    Args:
        message: for the caller.
        column: the column at fault, where it is one.
        row: of the step's input, from 1; 0 where there is none.
    """

    def __init__(self, message: str, column: str = "", row: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.row = row


class Engine(Protocol[H]):
    """What carries out a plan; a handle is a table in the engine's own keeping."""

    def load(self, frame: Frame) -> H:
        """Take a table in."""

    def run(self, node: Node, handle: H, others: Mapping[str, H]) -> H:
        """Carry out one node.

        Raises:
            StepFault: a value cannot be taken.
            MemoryError: it does not fit.
        """

    def schema(self, handle: H) -> Schema:
        """Return the columns."""

    def rows(self, handle: H) -> int:
        """Count the rows."""

    def frame(self, handle: H) -> Frame:
        """Give a table out."""

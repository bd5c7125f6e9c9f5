"""Values of a table as JSON has them."""

from __future__ import annotations

import json
import math
from typing import Any

from drivenadapters.tables.guest.engines.arrow_conversions import as_text
from drivenadapters.tables.guest.engines.frame import Frame
from logics.tables.kinds import TEMPORAL, Kind


def json_column(values: Any, kind: Kind) -> list[Any]:
    """Return the values of a column; dates are ISO 8601, infinities the words Infinity and -Infinity."""
    if kind in TEMPORAL:
        texts: list[Any] = as_text(values, kind).to_pylist()
        return texts
    plain: list[Any] = values.to_pylist()
    if kind == Kind.NUMBER:
        return [json_number(value) for value in plain]
    if kind == Kind.JSON:
        return [None if value is None else json_value(value) for value in plain]
    return plain


def json_number(value: float | None) -> Any:
    """Return a number as JSON has it."""
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def json_value(text: str) -> Any:
    """Return what JSON text holds; NaN and infinities, which are no JSON, are text."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def json_rows(frame: Frame, count: int) -> list[dict[str, Any]]:
    """Return the first rows as objects."""
    head = frame.table.slice(0, count)
    columns = {name: json_column(head.column(name), kind) for name, kind in frame.schema.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def json_schema(frame: Frame) -> list[dict[str, str]]:
    """Return names and kinds of the columns."""
    return [{"name": name, "kind": str(kind)} for name, kind in frame.schema.items()]

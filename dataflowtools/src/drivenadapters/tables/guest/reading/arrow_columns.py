"""Brings Arrow columns of any type to the kinds that there are."""

from __future__ import annotations

import base64
import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, TIMESTAMP, one_array
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.reading.notes import Conversion
from logics.tables.kinds import Kind, Schema

_EXACT_DIGITS = 15  # that a double keeps of any decimal


def frame_from_arrow(table: Any) -> tuple[Frame, list[Conversion]]:
    """Return a table of any Arrow types as a frame, and what had to be converted."""
    columns, schema = {}, Schema()
    notes: list[Conversion] = []
    for name, values in zip(unique_names(table.column_names, notes), table.columns, strict=True):
        kind, converted, note = convert_column(one_array(values))
        columns[name], schema[name] = converted, kind
        if note:
            notes.append(Conversion(name, note))
    return frame_of(columns, schema, table.num_rows), notes


def unique_names(names: list[str], notes: list[Conversion]) -> list[str]:
    """Return names that differ and are not empty; what was changed is noted."""
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names, 1):
        base = name if name.strip() else f"column_{place}"
        new, number = base, 2
        while new in taken or (new != name and new in names):
            new, number = f"{base}_{number}", number + 1
        if new != name:
            why = "it had no name" if not name.strip() else "the name was taken"
            notes.append(Conversion(new, f"column {place} was named {new!r}: {why}"))
        taken.add(new)
        result.append(new)
    return result


def convert_column(values: Any) -> tuple[Kind, Any, str]:
    """Return the kind of a column, its values, and a note where something was converted."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return convert_column(values.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return Kind.BOOLEAN, values, ""
    if pa.types.is_integer(kind):
        return _integers(values)
    if pa.types.is_floating(kind):
        return _floats(values)
    if pa.types.is_decimal(kind):
        return _decimals(values)
    if pa.types.is_temporal(kind):
        return _temporal(values)
    return _others(values)


def _integers(values: Any) -> tuple[Kind, Any, str]:
    try:
        return Kind.INTEGER, values.cast(pa.int64()), ""
    except pa.ArrowInvalid:
        return Kind.TEXT, values.cast(pa.large_string()), "integers beyond 64 bits are kept as text"


def _floats(values: Any) -> tuple[Kind, Any, str]:
    wide = values.cast(pa.float64())
    missing = pc.sum(pc.is_nan(wide)).as_py() or 0
    if not missing:
        return Kind.NUMBER, wide, ""
    clean = pc.if_else(pc.is_nan(wide), pa.scalar(None, pa.float64()), wide)
    return Kind.NUMBER, clean, f"{missing} not-a-number values are missing values"


def _decimals(values: Any) -> tuple[Kind, Any, str]:
    kind = values.type
    if kind.scale <= 0:
        try:
            return Kind.INTEGER, values.cast(pa.int64()), "decimals without fraction are integers"
        except pa.ArrowInvalid:
            return Kind.TEXT, values.cast(pa.large_string()), "integers beyond 64 bits are kept as text"
    if kind.precision <= _EXACT_DIGITS:
        return Kind.NUMBER, values.cast(pa.float64()), "decimals are numbers"
    exact = values.cast(pa.large_string())
    wide = values.cast(pa.float64())
    digits = pc.max(pc.utf8_length(pc.replace_substring_regex(exact, r"^-?0*|\.|0+$", ""))).as_py() or 0
    if digits <= _EXACT_DIGITS:
        return Kind.NUMBER, wide, "decimals are numbers"
    return Kind.TEXT, exact, f"decimals of more than {_EXACT_DIGITS} digits are kept as text"


def _temporal(values: Any) -> tuple[Kind, Any, str]:
    kind = values.type
    if pa.types.is_date(kind):
        return Kind.DATE, values.cast(TIMESTAMP), ""
    if pa.types.is_timestamp(kind):
        target = Kind.DATETIME if kind.tz is None else Kind.INSTANT
        naive = values if kind.tz is None else values.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.timestamp(kind.unit))
        note = "" if kind.tz in (None, "UTC") else f"moments of the zone {kind.tz} are written in UTC"
        return _microseconds(target, naive, note)
    if pa.types.is_duration(kind):
        seconds = pc.divide(values.cast(pa.int64()).cast(pa.float64()), _PER_SECOND[kind.unit])
        return Kind.NUMBER, seconds, "durations are numbers of seconds"
    return Kind.TEXT, values.cast(pa.large_string()), "times of day are kept as text"


_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def _microseconds(target: Kind, values: Any, note: str) -> tuple[Kind, Any, str]:
    try:
        return target, values.cast(TIMESTAMP), note
    except pa.ArrowInvalid:
        return target, values.cast(TIMESTAMP, safe=False), (note + "; " if note else "") + "nanoseconds are cut off"


def _others(values: Any) -> tuple[Kind, Any, str]:
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return Kind.TEXT, values.cast(ARROW_TYPES[Kind.TEXT]), ""
    if pa.types.is_null(kind):
        return Kind.TEXT, values.cast(ARROW_TYPES[Kind.TEXT]), ""
    if pa.types.is_nested(kind):
        return (
            Kind.JSON,
            pa.array([json_text(item) for item in values.to_pylist()], pa.large_string()),
            "nested values are JSON",
        )
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _binary(values)
    return (
        Kind.TEXT,
        pa.array([None if item is None else str(item) for item in values.to_pylist()], pa.large_string()),
        f"{kind} is kept as text",
    )


def _binary(values: Any) -> tuple[Kind, Any, str]:
    encoded = [None if item is None else base64.b64encode(item).decode("ascii") for item in values.to_pylist()]
    return Kind.TEXT, pa.array(encoded, pa.large_string()), "bytes are Base64 text"


def json_text(value: Any) -> str | None:
    """Return a value as JSON; what JSON has no form for is text."""
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

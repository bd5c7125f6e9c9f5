"""How kinds are held: the Arrow type of each, which both engines share."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logics.tables.kinds import TEMPORAL, Kind, Schema

TIMESTAMP = pa.timestamp("us")
ARROW_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT: pa.large_string(),
    Kind.JSON: pa.large_string(),
    **dict.fromkeys(TEMPORAL, TIMESTAMP),
}
EMPTY: Any = pa.table({})


def arrow_schema(schema: Schema) -> Any:
    """Return the Arrow schema of a table."""
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in schema.items()])


def without_nan(values: Any) -> Any:
    """Return numbers with not-a-number made null, the only missing value there is."""
    if not pc.any(pc.is_nan(values)).as_py():
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)


def one_array(values: Any) -> Any:
    """Return chunks as one array."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    return values

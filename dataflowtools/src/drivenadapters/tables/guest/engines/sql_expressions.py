"""Writes expressions as DuckDB's SQL; every constant is quoted, every column has a name of our own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from drivenadapters.tables.guest.engines.sql_functions import SQL_FUNCTIONS
from logics.tables.expressions.tree import Typed
from logics.tables.kinds import TEMPORAL, Kind

SQL_TYPES: dict[Kind, str] = {
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXT: "VARCHAR",
    Kind.JSON: "VARCHAR",
    **dict.fromkeys(TEMPORAL, "TIMESTAMP"),
}


def to_sql(node: Typed, columns: Mapping[str, str]) -> str:
    """Return the SQL of an expression.

    Args:
        columns: the SQL of each column, by its name.
    """
    if node.column is not None:
        return columns[node.column]
    if not node.function:
        return sql_literal(node)
    return SQL_FUNCTIONS[node.function](node, [to_sql(argument, columns) for argument in node.arguments])


def sql_literal(node: Typed) -> str:
    """Return a constant of a kind as SQL."""
    value, kind = node.value, SQL_TYPES[node.kind]
    if value is None:
        return f"CAST(NULL AS {kind})"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and not math.isfinite(value):
        return f"CAST('{value}' AS DOUBLE)"
    if isinstance(value, int | float):
        return f"CAST({quote(repr(value))} AS {kind})"
    if isinstance(value, datetime):
        return f"CAST({quote(value.isoformat(sep=' '))} AS TIMESTAMP)"
    return quote(value)


def quote(text: str) -> str:
    """Return text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'

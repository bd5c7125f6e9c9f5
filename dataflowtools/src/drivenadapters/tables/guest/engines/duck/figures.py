"""The SQL of figures over groups and windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivenadapters.tables.guest.engines.sql_expressions import SQL_TYPES, quote
from logics.tables.kinds import Kind, Schema
from logics.tables.plan.nodes import Figure, Window

_PLAIN = {
    "sum": "sum({0})",
    "mean": "avg({0})",
    "median": "median({0}::DOUBLE)",
    "min": "min({0})",
    "max": "max({0})",
    "any": "bool_or({0})",
    "all": "bool_and({0})",
    "count": "count({0})",
    "count_distinct": "count(DISTINCT {0})",
    "first": "arg_min({0}, rowid)",
    "last": "arg_max({0}, rowid)",
}
_SPREAD = {"std": "stddev_samp", "var": "var_samp"}


def figure_sql(figure: Figure, schema: Schema, columns: Mapping[str, str], where: str = "") -> str:
    """Return a figure of a group, of the rows where a condition holds."""
    restriction = f" FILTER (WHERE {where})" if where else ""
    if figure.column is None:
        return f"CAST(count(*){restriction} AS BIGINT)"
    column, kind = columns[figure.column], schema[figure.column]
    return _typed(_aggregate(figure, column, kind, where, restriction), figure)


def _aggregate(figure: Figure, column: str, kind: Kind, where: str, restriction: str) -> str:
    value = f"({column} + 0.0::DOUBLE)" if kind == Kind.NUMBER else column
    match figure.function:
        case "std" | "var":
            finite = f"isfinite({value}::DOUBLE)" + (f" AND {where}" if where else "")
            spread = f"{_SPREAD[figure.function]}({value}::DOUBLE) FILTER (WHERE {finite})"
            return f"CASE WHEN bool_or(isinf({value}::DOUBLE)){restriction} THEN NULL ELSE {spread} END"
        case "quantile":
            return f"quantile_cont({value}::DOUBLE, {figure.quantile}){restriction}"
        case "join":
            return f"string_agg({value}, {quote(figure.separator)} ORDER BY rowid){restriction}"
    return _PLAIN[figure.function].format(value) + restriction


def _typed(sql: str, figure: Figure) -> str:
    cast = f"CAST({sql} AS {SQL_TYPES[figure.kind]})"
    return f"no_nan({cast})" if figure.kind == Kind.NUMBER else cast


def window_sql(node: Window, schema: Schema, columns: Mapping[str, str], partition: str, order: Sequence[str]) -> str:
    """Return a figure of the rows around a row."""
    by = f"PARTITION BY {partition} " if partition else ""
    ordered = f"{by}ORDER BY {', '.join([*order, 'rowid'])}"
    column = columns[node.column] if node.column else ""
    match node.function:
        case "row_number":
            sql = f"row_number() OVER ({ordered})"
        case "rank" | "dense_rank":
            sql = f"{node.function}() OVER ({by}ORDER BY {', '.join(order)})"
        case "lag" | "lead":
            sql = f"{node.function}({column}, {node.offset}) OVER ({ordered})"
        case "total":
            sql = f"sum({column}) OVER ({by})"
        case "mean":
            sql = f"avg({column}) OVER ({by})"
        case "share":
            sql = f"{column}::DOUBLE / nullif(CAST(sum({column}) OVER ({by}) AS DOUBLE), 0)"
        case _:
            sql = _running(node, column, ordered)
    cast = f"CAST({sql} AS {SQL_TYPES[node.kind]})"
    return f"no_nan({cast})" if node.kind == Kind.NUMBER and schema else cast


def _running(node: Window, column: str, ordered: str) -> str:
    kind, _, name = node.function.partition("_")
    function = {"mean": "avg"}.get(name, name)
    start = "UNBOUNDED" if kind == "cumulative" else str(node.size - 1)
    return f"{function}({column}) OVER ({ordered} ROWS BETWEEN {start} PRECEDING AND CURRENT ROW)"

"""The SQL of each node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from drivenadapters.tables.guest.engines.duck.figures import figure_sql, window_sql
from drivenadapters.tables.guest.engines.duck.queries import explain
from drivenadapters.tables.guest.engines.frame import Frame, StepFault
from drivenadapters.tables.guest.engines.frames.codes import ranked
from drivenadapters.tables.guest.engines.sql_expressions import SQL_TYPES, identifier, quote, to_sql
from logics.tables.kinds import Kind
from logics.tables.plan import nodes
from logics.tables.plan.sampling import PRIME, ROUNDS, threshold

if TYPE_CHECKING:
    from drivenadapters.tables.guest.engines.duck.engine import DuckTable

__all__ = ["beyond", "explain", "identifier", "key", "write", "write_pivot"]


def write(node: nodes.Node, table: DuckTable, others: Mapping[str, DuckTable]) -> str:
    """Return the query of a node; its columns are c0, c1, ... in the order of the node's schema."""
    match node:
        case nodes.Join():
            return _join(node, table, others[node.other])
        case nodes.Concat():
            return _concat(node, [table, *(others[name] for name in node.others)])
    query: str = _WRITERS[type(node)](node, table)
    return query


def beyond(node: nodes.Node, table: DuckTable) -> StepFault:
    """Return the fault of a figure that is beyond 64 bits: only sums of integers can be."""
    match node:
        case nodes.GroupBy():
            sums = [figure.column for figure in node.figures if figure.function == "sum"]
        case nodes.Pivot():
            sums = [node.figure.column]
        case nodes.Window():
            sums = [node.column]
        case _:
            sums = []
    column = next((name for name in sums if name and table.columns[name] == Kind.INTEGER), "")
    what = f"the sum of {column!r}" if column else "a value"
    return StepFault(f"{what} is beyond 64 bits; cast it to number first", column)


def _numbered(expressions: Sequence[str]) -> str:
    return ", ".join(f"{expression} AS c{index}" for index, expression in enumerate(expressions))


def _everything(table: DuckTable) -> str:
    return ", ".join(table.sql().values())


def _project(node: nodes.Project, table: DuckTable) -> str:
    columns = table.sql()
    casts = [f"CAST({to_sql(typed, columns)} AS {SQL_TYPES[typed.kind]})" for _, typed in node.columns]
    return f"SELECT {_numbered(casts)} FROM {table.name}"  # scans keep the order: preserve_insertion_order


def _filter(node: nodes.Filter, table: DuckTable) -> str:
    return f"SELECT {_everything(table)} FROM {table.name} WHERE {to_sql(node.condition, table.sql())}"


def _order(keys: Sequence[nodes.Order], columns: Mapping[str, str], *, nulls_first: bool = False) -> list[str]:
    nulls = "FIRST" if nulls_first else "LAST"
    return [f"{columns[key.column]} {'DESC' if key.descending else 'ASC'} NULLS {nulls}" for key in keys]


def _sort(node: nodes.Sort, table: DuckTable) -> str:
    order = ", ".join([*_order(node.keys, table.sql(), nulls_first=node.nulls_first), "rowid"])
    return f"SELECT {_everything(table)} FROM {table.name} ORDER BY {order}"


def _limit(node: nodes.Limit, table: DuckTable) -> str:
    return f"SELECT {_everything(table)} FROM {table.name} LIMIT {node.count} OFFSET {node.offset}"


def _distinct(node: nodes.Distinct, table: DuckTable) -> str:
    columns = table.sql()
    keys = ", ".join(key(columns[name], table.columns[name]) for name in node.columns)
    test = {
        "first": f"row_number() OVER (PARTITION BY {keys} ORDER BY rowid) = 1",
        "last": f"row_number() OVER (PARTITION BY {keys} ORDER BY rowid DESC) = 1",
        "none": f"count(*) OVER (PARTITION BY {keys}) = 1",
    }[node.keep]
    return f"SELECT {_everything(table)} FROM {table.name} QUALIFY {test} ORDER BY rowid"


def key(column: str, kind: Kind) -> str:
    """Minus zero and zero are one key."""
    return f"({column} + 0.0::DOUBLE)" if kind == Kind.NUMBER else column


def _sample(node: nodes.Sample, table: DuckTable) -> str:
    number = f"((rowid % {PRIME} + {node.seed}) % {PRIME})"
    scrambled = f"SELECT *, rowid AS place, {number} AS n FROM {table.name}"
    for factor, term in ROUNDS:
        scrambled = f"SELECT * REPLACE ((n * {factor} + {term}) % {PRIME} AS n) FROM ({scrambled})"
        scrambled = f"SELECT * REPLACE (xor(n, n >> 15) AS n) FROM ({scrambled})"
    if node.fraction is not None:
        return f"SELECT {_everything(table)} FROM ({scrambled}) WHERE n < {threshold(node.fraction)} ORDER BY place"
    chosen = f"SELECT * FROM ({scrambled}) ORDER BY n, place LIMIT {node.count}"
    return f"SELECT {_everything(table)} FROM ({chosen}) ORDER BY place"


def _fill_neighbour(node: nodes.FillNeighbour, table: DuckTable) -> str:
    frame = "ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    function = "last_value"
    if node.backward:
        frame, function = "ORDER BY rowid ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", "first_value"
    filled = [
        f"{function}({sql} IGNORE NULLS) OVER ({frame})" if name in node.columns else sql
        for name, sql in table.sql().items()
    ]
    return f"SELECT {_numbered(filled)} FROM {table.name} ORDER BY rowid"


def _fill_statistic(node: nodes.FillStatistic, table: DuckTable) -> str:
    columns = []
    for name, sql in table.sql().items():
        if name not in node.columns:
            columns.append(sql)
            continue
        kind = SQL_TYPES[node.gives[name]]
        columns.append(f"coalesce(CAST({sql} AS {kind}), CAST(({_statistic(node.method, sql, table)}) AS {kind}))")
    return f"SELECT {_numbered(columns)} FROM {table.name} ORDER BY rowid"


def _statistic(method: str, column: str, table: DuckTable) -> str:
    if method == "mode":
        counted = f"SELECT {column} AS v, count(*) AS n FROM {table.name} WHERE {column} IS NOT NULL GROUP BY 1"
        return f"SELECT v FROM ({counted}) ORDER BY n DESC, v LIMIT 1"
    function = {"mean": "no_nan(avg({0}::DOUBLE))", "median": "no_nan(median({0}::DOUBLE))"}.get(
        method, method + "({0})"
    )
    return f"SELECT {function.format(column)} FROM {table.name}"


def _group_by(node: nodes.GroupBy, table: DuckTable) -> str:
    columns = table.sql()
    keys = [key(columns[name], table.columns[name]) for name in node.by]
    figures = [figure_sql(figure, table.columns, columns) for figure in node.figures]
    if not keys:
        return f"SELECT {_numbered(figures)} FROM {table.name}"
    order = ", ".join(f"c{index} ASC NULLS LAST" for index in range(len(keys)))
    grouped = ", ".join(keys)
    return f"SELECT {_numbered([*keys, *figures])} FROM {table.name} GROUP BY {grouped} ORDER BY {order}"


def write_pivot(node: nodes.Pivot, table: DuckTable, names: Sequence[str], distinct: Frame) -> str:
    """Return the query of a pivot to columns of known values, which come in order, null last."""
    columns = table.sql()
    column, kind = columns[node.column], table.columns[node.column]
    keys = [key(columns[name], table.columns[name]) for name in node.index]
    ranks = ranked(distinct.table.column(0))[0]
    ordered = distinct.table.column(0).take(np.argsort(ranks)).to_pylist()
    figures = []
    for value in ordered[: len(names)]:
        same = f"{column} IS NULL" if value is None else f"{key(column, kind)} = {_literal(value, kind)}"
        figures.append(figure_sql(node.figure, table.columns, columns, where=same))
    order = ", ".join(f"c{index} ASC NULLS LAST" for index in range(len(keys)))
    return f"SELECT {_numbered([*keys, *figures])} FROM {table.name} GROUP BY {', '.join(keys)} ORDER BY {order}"


def _literal(value: Any, kind: Kind) -> str:
    from drivenadapters.tables.guest.engines.sql_expressions import sql_literal
    from logics.tables.expressions.tree import Typed

    return sql_literal(Typed(kind, value=value))


def _melt(node: nodes.Melt, table: DuckTable) -> str:
    columns = table.sql()
    parts = []
    for place, name in enumerate(node.columns):
        values = [*(columns[kept] for kept in node.keep), quote(name), columns[name]]
        parts.append(f"SELECT {_numbered(values)}, {place} AS part, rowid AS place FROM {table.name}")
    names = ", ".join(f"c{index}" for index in range(len(node.gives)))
    return f"SELECT {names} FROM ({' UNION ALL '.join(parts)}) ORDER BY part, place"


def _join(node: nodes.Join, left: DuckTable, right: DuckTable) -> str:
    mine = {name: f"l.{sql}" for name, sql in left.sql().items()}
    theirs = {name: f"r.{sql}" for name, sql in right.sql().items()}
    test = " AND ".join(
        f"CAST({mine[one]} AS {SQL_TYPES[kind]}) = CAST({theirs[two]} AS {SQL_TYPES[kind]})"
        for one, two, kind in zip(node.left_keys, node.right_keys, node.key_kinds, strict=True)
    )
    if node.how in ("semi", "anti"):
        exists = f"EXISTS (SELECT 1 FROM {right.name} r WHERE {test})"
        condition = exists if node.how == "semi" else f"NOT {exists}"
        return f"SELECT {_numbered(list(mine.values()))} FROM {left.name} l WHERE {condition} ORDER BY l.rowid"
    columns = [*_filled(node, mine, theirs), *(theirs[old] for old, _ in node.take)]
    kind = {"inner": "JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN", "full": "FULL JOIN", "cross": "CROSS JOIN"}[
        node.how
    ]
    on = f" ON {test}" if test else ""
    source = f"(SELECT *, rowid AS place FROM {left.name}) l {kind} (SELECT *, rowid AS place FROM {right.name}) r{on}"
    return f"SELECT {_numbered(columns)} FROM {source} ORDER BY l.place NULLS LAST, r.place"


def _filled(node: nodes.Join, mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    fill = dict(node.fill) if node.how in ("right", "full") else {}
    columns = []
    for name, sql in mine.items():
        kind = SQL_TYPES[node.gives[name]]
        filled = (
            f"CASE WHEN l.place IS NULL THEN CAST({theirs[fill[name]]} AS {kind}) ELSE CAST({sql} AS {kind}) END"
            if name in fill
            else sql
        )
        columns.append(filled)
    return columns


def _concat(node: nodes.Concat, tables: Sequence[DuckTable]) -> str:
    parts = []
    for place, table in enumerate(tables):
        columns = table.sql()
        values = [f"CAST({columns.get(name, 'NULL')} AS {SQL_TYPES[kind]})" for name, kind in node.gives.items()]
        parts.append(f"SELECT {_numbered(values)}, {place} AS part, rowid AS place FROM {table.name}")
    names = ", ".join(f"c{index}" for index in range(len(node.gives)))
    return f"SELECT {names} FROM ({' UNION ALL '.join(parts)}) ORDER BY part, place"


def _window(node: nodes.Window, table: DuckTable) -> str:
    columns = table.sql()
    partition = ", ".join(key(columns[name], table.columns[name]) for name in node.partition)
    order = _order(node.order, columns)
    figure = window_sql(node, table.columns, columns, partition, order)
    return f"SELECT {_everything(table)}, {figure} AS c{len(columns)} FROM {table.name} ORDER BY rowid"


def _explode(node: nodes.Explode, table: DuckTable) -> str:
    columns = table.sql()
    column = columns[node.column]
    if node.separator is not None:
        parts = f"string_split({column}, {quote(node.separator)})"
    else:
        whole = f"CAST({column} AS JSON)"
        elements = f"CASE WHEN json_type({whole}) = 'ARRAY' THEN json_extract({whole}, '$[*]') ELSE [{whole}] END"
        parts = f"list_transform({elements}, lambda e: e ->> '$')"
    lists = f"CASE WHEN {column} IS NULL OR len({parts}) = 0 THEN [CAST(NULL AS VARCHAR)] ELSE {parts} END"
    source = f"SELECT *, rowid AS place, {lists} AS parts FROM {table.name}"
    exploded = f"SELECT *, unnest(parts) AS part, generate_subscripts(parts, 1) AS number FROM ({source})"
    values = ["part" if name == node.column else sql for name, sql in columns.items()]
    return f"SELECT {_numbered(values)} FROM ({exploded}) ORDER BY place, number"


_WRITERS: dict[type, Any] = {
    nodes.Project: _project,
    nodes.Filter: _filter,
    nodes.Sort: _sort,
    nodes.Limit: _limit,
    nodes.Distinct: _distinct,
    nodes.Sample: _sample,
    nodes.FillNeighbour: _fill_neighbour,
    nodes.FillStatistic: _fill_statistic,
    nodes.GroupBy: _group_by,
    nodes.Melt: _melt,
    nodes.Window: _window,
    nodes.Explode: _explode,
}

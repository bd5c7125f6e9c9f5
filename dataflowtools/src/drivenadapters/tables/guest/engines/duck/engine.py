"""Carries out a plan in DuckDB: each node makes a table whose row numbers are the order of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from drivenadapters.tables.guest.engines.arrow_types import arrow_schema
from drivenadapters.tables.guest.engines.duck import writing
from drivenadapters.tables.guest.engines.duck.connection import connect
from drivenadapters.tables.guest.engines.duck.queries import run_query
from drivenadapters.tables.guest.engines.frame import Frame, StepFault
from drivenadapters.tables.guest.engines.frames.engine import project as project_in_memory
from drivenadapters.tables.guest.engines.frames.grouping import pivot_names
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.engines.sql_expressions import SQL_TYPES
from logics.tables.kinds import Schema
from logics.tables.plan import nodes

_BATCH = 100_000


@dataclass(frozen=True)
class DuckTable:
    """A table of the database; its columns are named c0, c1, ... since SQL does not tell capitals apart."""

    name: str
    columns: Schema

    def sql(self) -> dict[str, str]:
        """Return the SQL name of each column."""
        return {name: f"c{index}" for index, name in enumerate(self.columns)}


class DuckEngine:
    """The engine named duckdb."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connection: Any = None
        self._made = 0

    @property
    def connection(self) -> Any:
        """The database, opened when it is needed."""
        if self._connection is None:
            self._connection = connect(self._limits)
        return self._connection

    def load(self, frame: Frame) -> DuckTable:
        """See the interface."""
        return self.load_batches(frame.table, frame.schema)

    def load_batches(self, batches: Any, schema: Schema) -> DuckTable:
        """Take in an Arrow table, or a reader of its batches, with columns of a schema."""
        self.connection.register("given", batches)
        columns = ", ".join(
            f"CAST({writing.identifier(name)} AS {SQL_TYPES[kind]}) AS c{index}"
            for index, (name, kind) in enumerate(schema.items())
        )
        try:
            return self._create(f"SELECT {columns} FROM given", schema)
        finally:
            self.connection.unregister("given")

    def schema(self, handle: DuckTable) -> Schema:
        """See the interface."""
        return handle.columns

    def rows(self, handle: DuckTable) -> int:
        """See the interface."""
        return int(self._fetch(f"SELECT count(*) FROM {handle.name}")[0][0])

    def frame(self, handle: DuckTable) -> Frame:
        """See the interface."""
        if not handle.columns:
            return Frame(arrow_schema({}).empty_table(), {})
        result = self._arrow(f"SELECT * FROM {handle.name}")
        return Frame(result.rename_columns(list(handle.columns)).cast(arrow_schema(handle.columns)), handle.columns)

    def head(self, handle: DuckTable, count: int) -> Frame:
        """Give the first rows out."""
        result = self._arrow(f"SELECT * FROM {handle.name} LIMIT {count}")
        return Frame(result.rename_columns(list(handle.columns)).cast(arrow_schema(handle.columns)), handle.columns)

    def run(self, node: nodes.Node, handle: DuckTable, others: Mapping[str, DuckTable]) -> DuckTable:
        """See the interface."""
        try:
            return self._run(node, handle, others)
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as reason:
            raise writing.beyond(node, handle) from reason

    def _run(self, node: nodes.Node, handle: DuckTable, others: Mapping[str, DuckTable]) -> DuckTable:
        match node:
            case nodes.Project():
                return self._project(node, handle)
            case nodes.Pivot():
                return self._pivot(node, handle)
            case nodes.Sql():
                tables = {name: self.frame(others[field]) for name, field in node.others}
                return self.load(run_query(node.query, {"input": self.frame(handle), **tables}, self._limits))
            case nodes.Filter():
                return self._checked(node.condition, "", handle, writing.write(node, handle, others), node.gives)
        return self._create(writing.write(node, handle, others), node.gives)

    def drop(self, handle: DuckTable) -> None:
        """Forget a table."""
        self.connection.execute(f"DROP TABLE IF EXISTS {handle.name}")

    def _project(self, node: nodes.Project, handle: DuckTable) -> DuckTable:
        try:
            result = self._create(writing.write(node, handle, {}), node.gives)
        except duckdb.Error as reason:
            raise self._located(node, handle, reason) from reason
        self._check_strict(node, handle, result)
        return result

    def _checked(self, condition: Any, name: str, handle: DuckTable, query: str, gives: Schema) -> DuckTable:
        try:
            return self._create(query, gives)
        except duckdb.Error as reason:
            node = nodes.Project(((name, condition),), {name: condition.kind})
            raise self._located(node, handle, reason) from reason

    def _located(self, node: nodes.Project, handle: DuckTable, reason: Exception) -> StepFault:
        """Find the row at fault: the other engine names it, over batches of rows."""
        for start in range(0, self.rows(handle), _BATCH):
            query = f"SELECT * FROM {handle.name} LIMIT {_BATCH} OFFSET {start}"
            batch = self._arrow(query).rename_columns(list(handle.columns))
            try:
                project_in_memory(node, Frame(batch.cast(arrow_schema(handle.columns)), handle.columns))
            except StepFault as fault:
                return StepFault(fault.message, fault.column, fault.row + start)
        return StepFault(writing.explain(reason))

    def _check_strict(self, node: nodes.Project, handle: DuckTable, result: DuckTable) -> None:
        for new, old in node.strict:
            one, two = result.sql()[new], handle.sql()[old]
            lost = (
                f"SELECT a.rowid, CAST(b.{two} AS VARCHAR), count(*) OVER () FROM {result.name} a "
                f"JOIN {handle.name} b ON a.rowid = b.rowid WHERE a.{one} IS NULL AND b.{two} IS NOT NULL "
                "ORDER BY a.rowid LIMIT 1"
            )
            if self._fetch(f"SELECT count({one}) FROM {result.name}") == self._fetch(
                f"SELECT count({two}) FROM {handle.name}"
            ):
                continue
            found = self._fetch(lost)
            if found:
                row, _, count = found[0]
                shown = self._value(handle, two, old, row)
                more = f" (and {count - 1} more)" if count > 1 else ""
                raise StepFault(f"{shown} in column {new!r} cannot be converted{more}", new, row + 1)

    def _value(self, handle: DuckTable, column: str, name: str, row: int) -> str:
        value = self._fetch(f"SELECT {column} FROM {handle.name} WHERE rowid = {row}")[0][0]
        return repr(value)[:80]

    def _pivot(self, node: nodes.Pivot, handle: DuckTable) -> DuckTable:
        column = handle.sql()[node.column]
        values = self._arrow(f"SELECT DISTINCT {writing.key(column, handle.columns[node.column])} FROM {handle.name}")
        schema = {node.column: handle.columns[node.column]}
        distinct = Frame(values.rename_columns([node.column]).cast(arrow_schema(schema)), schema)
        names = pivot_names(distinct, node)
        gives = {**node.gives, **{name: node.figure.kind for _, name in names}}
        return self._create(writing.write_pivot(node, handle, [name for _, name in names], distinct), gives)

    def _create(self, query: str, columns: Schema) -> DuckTable:
        self._made += 1
        name = f"t{self._made}"
        self._execute(f"CREATE TEMP TABLE {name} AS {query}")
        return DuckTable(name, columns)

    def _execute(self, query: str) -> Any:
        try:
            return self.connection.execute(query)
        except duckdb.OutOfMemoryException as reason:
            raise MemoryError from reason

    def _arrow(self, query: str) -> Any:
        try:
            return self.connection.sql(query).to_arrow_table()
        except duckdb.OutOfMemoryException as reason:
            raise MemoryError from reason

    def _fetch(self, query: str) -> list[Any]:
        rows: list[Any] = self._execute(query).fetchall()
        return rows

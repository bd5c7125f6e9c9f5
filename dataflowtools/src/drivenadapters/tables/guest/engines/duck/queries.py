"""Runs a caller's query over tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import duckdb

from drivenadapters.tables.guest.engines.duck.connection import connect
from drivenadapters.tables.guest.engines.frame import Frame, StepFault
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.engines.sql_expressions import identifier
from logics.tables.kinds import Kind

_DECLARED = {Kind.DATE: "DATE", Kind.INSTANT: "TIMESTAMPTZ", Kind.JSON: "JSON"}
_LONGEST_MESSAGE = 400


def run_query(query: str, tables: Mapping[str, Frame], limits: Limits) -> Frame:
    """Run one SELECT and return its rows.

    Raises:
        StepFault: it is no single SELECT, is wrong, or asks for what it may not.
        MemoryError: it takes more than it may.
    """
    connection = connect(limits)
    try:
        statement = single_select(connection, query)
        for name, frame in tables.items():
            _expose(connection, name, frame)
        result = _execute(connection, statement)
    finally:
        connection.close()
    return _frame(result)


def single_select(connection: Any, query: str) -> Any:
    """Return the statement of a query.

    Raises:
        StepFault: it is not exactly one SELECT.
    """
    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as reason:
        raise StepFault(explain(reason)) from reason
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise StepFault("a query is exactly one SELECT; statements that change or reach anything are refused")
    return statements[0]


def _expose(connection: Any, name: str, frame: Frame) -> None:
    seen: dict[str, str] = {}
    for column in frame.schema:
        if column.lower() in seen:
            raise StepFault(f"SQL cannot tell {seen[column.lower()]!r} from {column!r}; rename one", column)
        seen[column.lower()] = column
    connection.register(f"{name}__given", frame.table)
    columns = ", ".join(
        f"CAST({identifier(column)} AS {_DECLARED[kind]}) AS {identifier(column)}"
        if kind in _DECLARED
        else identifier(column)
        for column, kind in frame.schema.items()
    )
    connection.execute(
        f"CREATE TEMP VIEW {identifier(name)} AS SELECT {columns or '1'} FROM {identifier(name + '__given')}"
    )


def _execute(connection: Any, statement: Any) -> Any:
    try:
        return connection.sql(statement).to_arrow_table()
    except duckdb.OutOfMemoryException as reason:
        raise MemoryError from reason
    except duckdb.PermissionException as reason:
        raise StepFault("a query reaches neither files nor the network nor settings") from reason
    except duckdb.Error as reason:
        raise StepFault(explain(reason)) from reason


def explain(reason: Exception) -> str:
    """Return what DuckDB says, without what it shows of the query."""
    message = re.split(r"\n\s*(?:LINE \d+:|\^)", str(reason))[0].strip()
    return message[:_LONGEST_MESSAGE]


def _frame(table: Any) -> Frame:
    from drivenadapters.tables.guest.reading.arrow_columns import frame_from_arrow

    frame, _ = frame_from_arrow(table)
    return frame

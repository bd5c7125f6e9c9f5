"""Columns by name, with errors that help."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from logics.tables.expressions.tree import ExpressionError, Typed, column
from logics.tables.expressions.typing import compile_condition, compile_expression
from logics.tables.kinds import Kind, Schema
from logics.tables.plan.nodes import Order, PlanError
from logics.tables.steps.rows import SortKey


def known(name: str, schema: Schema, field: str) -> Kind:
    """Return the kind of a column.

    Raises:
        PlanError: there is none by that name.
    """
    if name in schema:
        return schema[name]
    close = difflib.get_close_matches(name, list(schema), n=1)
    there = ", ".join(list(schema)[:20]) + (", ..." if len(schema) > 20 else "")
    hint = f"; did you mean {close[0]!r}?" if close else f"; there are {there or 'none'}"
    raise PlanError(f"there is no column {name!r}{hint}", field, name)


def all_known(names: Sequence[str], schema: Schema, field: str) -> None:
    """Check a list of columns.

    Raises:
        PlanError: one does not exist, or is named twice.
    """
    for index, name in enumerate(names):
        known(name, schema, f"{field}.{index}")
        if name in names[:index]:
            raise PlanError(f"column {name!r} is named twice", f"{field}.{index}", name)


def orders(keys: Iterable[SortKey | str], schema: Schema, field: str) -> tuple[Order, ...]:
    """Return the keys of an order.

    Raises:
        PlanError: a column does not exist or has no order.
    """
    given = [SortKey(column=key) if isinstance(key, str) else key for key in keys]
    all_known([key.column for key in given], schema, field)
    for index, key in enumerate(given):
        if schema[key.column] == Kind.JSON:
            raise PlanError(f"column {key.column!r} holds JSON, which has no order", f"{field}.{index}", key.column)
    return tuple(Order(key.column, key.descending) for key in given)


def expression(text: str, schema: Schema, field: str) -> Typed:
    """Compile an expression.

    Raises:
        PlanError: it is wrong.
    """
    try:
        return compile_expression(text, schema)
    except ExpressionError as reason:
        raise PlanError(reason.message, field, reason.column) from None


def condition(text: str, schema: Schema, field: str) -> Typed:
    """Compile a condition.

    Raises:
        PlanError: it is wrong.
    """
    try:
        return compile_condition(text, schema)
    except ExpressionError as reason:
        raise PlanError(reason.message, field, reason.column) from None


def as_they_are(schema: Schema) -> dict[str, Typed]:
    """Return every column as an expression."""
    return {name: column(name, kind) for name, kind in schema.items()}


def schema_of(columns: dict[str, Typed]) -> Schema:
    """Return the schema that expressions give."""
    return {name: node.kind for name, node in columns.items()}

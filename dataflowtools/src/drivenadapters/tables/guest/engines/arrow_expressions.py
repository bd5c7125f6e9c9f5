"""Evaluates expressions on Arrow columns; its null is SQL's, its regular expressions are RE2's."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from drivenadapters.tables.guest.engines.arrow_functions import ARROW_FUNCTIONS
from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES
from logics.tables.expressions.tree import Typed


class ValueFault(Exception):
    """A value has no result where one must be; the message says of what kind."""


def evaluate(node: Typed, table: Any) -> Any:
    """Return the values of an expression, one a row.

    Raises:
        ValueFault: an integer grew beyond 64 bits.
    """
    try:
        value = _value(node, table)
    except pa.ArrowInvalid as reason:
        raise ValueFault(_explain(str(reason))) from reason
    if isinstance(value, pa.Scalar):
        return pa.repeat(value.cast(ARROW_TYPES[node.kind]), table.num_rows)
    return value


def literal(node: Typed) -> Any:
    """Return a literal as a scalar of its kind's type."""
    return pa.scalar(node.value, ARROW_TYPES[node.kind])


def _value(node: Typed, table: Any) -> Any:
    if node.column is not None:
        return table.column(node.column)
    if not node.function:
        return literal(node)
    return ARROW_FUNCTIONS[node.function](node, *[_value(argument, table) for argument in node.arguments])


def _explain(message: str) -> str:
    if "overflow" in message.lower():
        return "the result is beyond 64 bits; convert to a number first"
    return "a value has no result"

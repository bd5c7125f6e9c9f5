"""What violations say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logics.tables.validation.checks import (
    ExpressionCheck,
    ForeignKeyCheck,
    LengthCheck,
    MultipleCheck,
    PatternCheck,
    RangeCheck,
    SetCheck,
    TypeCheck,
    UniqueCheck,
)
from logics.tables.validation.rules import Rule

_SHOWN = 100


def message_of(rule: Rule) -> str:
    """Return the message of a rule, the schema's own where it has one."""
    check = rule.check
    if check is not None and check.message:
        return check.message
    if check is None:
        return f"not of type {' or '.join(rule.types)}"
    if rule.name == "format":
        return "not of the format"
    write: Callable[[Any], str] = _MESSAGES.get(type(check), lambda _: "missing")
    return write(check)


def _range(check: RangeCheck) -> str:
    parts = []
    if check.min is not None:
        parts.append(f"{'not above' if check.exclusive_min else 'below'} {check.min}")
    if check.max is not None:
        parts.append(f"{'not below' if check.exclusive_max else 'above'} {check.max}")
    return " or ".join(parts)


def _length(check: LengthCheck) -> str:
    if check.min is not None and check.max is not None:
        return f"not of {check.min} to {check.max} characters"
    return f"shorter than {check.min} characters" if check.min is not None else f"longer than {check.max} characters"


_MESSAGES: dict[type, Callable[[Any], str]] = {
    TypeCheck: lambda check: f"no {check.kind}" + (f" as {check.format}" if check.format else ""),
    UniqueCheck: lambda _: "the same as in an earlier row",
    RangeCheck: _range,
    PatternCheck: lambda check: f"does not match {check.pattern[:_SHOWN]}",
    SetCheck: lambda check: f"none of {', '.join(map(repr, check.values))}"[:_SHOWN],
    LengthCheck: _length,
    MultipleCheck: lambda check: f"no multiple of {check.of:g}",
    ForeignKeyCheck: lambda check: f"not found in {', '.join(check.other_columns)} of the other table",
    ExpressionCheck: lambda check: f"not true: {check.expression[:_SHOWN]}",
}

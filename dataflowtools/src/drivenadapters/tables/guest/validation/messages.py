"""What violations say."""

from __future__ import annotations

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
    match check:
        case None:
            return f"not of type {' or '.join(rule.types)}"
        case TypeCheck():
            return f"no {check.kind}" + (f" as {check.format}" if check.format else "")
        case UniqueCheck():
            return "the same as in an earlier row"
        case RangeCheck():
            return _range(check)
        case PatternCheck():
            return f"does not match {check.pattern[:_SHOWN]}" if rule.name != "format" else "not of the format"
        case SetCheck():
            return f"none of {', '.join(map(repr, check.values))}"[:_SHOWN]
        case LengthCheck():
            return _length(check)
        case MultipleCheck():
            return f"no multiple of {check.of:g}"
        case ForeignKeyCheck():
            return f"not found in {', '.join(check.other_columns)} of the other table"
        case ExpressionCheck():
            return f"not true: {check.expression[:_SHOWN]}"
    return "missing"


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

"""Arguments that must be literals, and what their values must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from logics.tables.expressions.functions import DATE_DIRECTIVES, UNITS, Function
from logics.tables.expressions.tree import Call, ExpressionError, Typed

_LONGEST_PATTERN = 1000
_LONGEST_PAD = 10_000
_MOST_DIGITS = 15


def check_constants(node: Call, function: Function, arguments: Sequence[Typed]) -> None:
    """Check the arguments that must be literals.

    Raises:
        ExpressionError: one is none, or its value is out of range.
    """
    for index in sorted(function.constants):
        if index < len(arguments):
            _check_literal(node, index, arguments[index])
    if node.function == "in" and not all(argument.is_literal for argument in arguments[1:]):
        raise ExpressionError("the list of in holds literals only", node.position)
    check = _CHECKS.get(node.function)
    if check is not None:
        check(node, [argument.value for argument in arguments])


def check_directives(text: str, position: int = 0) -> None:
    """Check the directives of a date's format.

    Raises:
        ExpressionError: one is not known.
    """
    pieces = text.replace("%%", "").split("%")[1:]
    for piece in pieces:
        if piece[:1] not in DATE_DIRECTIVES or not piece:
            known = " ".join(f"%{letter}" for letter in sorted(DATE_DIRECTIVES))
            raise ExpressionError(f"unknown directive %{piece[:1]}; there are {known}", position)


def _check_literal(node: Call, index: int, argument: Typed) -> None:
    if not argument.is_literal or argument.value is None:
        raise ExpressionError(f"argument {index + 1} of {node.function} must be a literal", node.position)


def _unit(index: int) -> Callable[[Call, list[object]], None]:
    def check(node: Call, values: list[object]) -> None:
        if values[index] not in UNITS:
            raise ExpressionError(f"{values[index]!r} is no unit; there are {', '.join(UNITS)}", node.position)

    return check


def _range(index: int, low: int, high: int) -> Callable[[Call, list[object]], None]:
    def check(node: Call, values: list[object]) -> None:
        for value in values[index:]:
            if isinstance(value, int) and not low <= value <= high:
                raise ExpressionError(f"{value} is not between {low} and {high}", node.position)

    return check


def _padding(node: Call, values: list[object]) -> None:
    _range(1, 0, _LONGEST_PAD)(node, values)
    if len(str(values[2])) != 1:
        raise ExpressionError("the padding is one character", node.position)


def _pattern(node: Call, values: list[object]) -> None:
    if len(str(values[1])) > _LONGEST_PATTERN:
        raise ExpressionError(f"a pattern has at most {_LONGEST_PATTERN} characters", node.position)


def _extract(node: Call, values: list[object]) -> None:
    _pattern(node, values)
    _range(2, 0, 9)(node, values)


def _not_empty(node: Call, values: list[object]) -> None:
    if values[1] == "":
        raise ExpressionError("what is looked for is not empty", node.position)


def _split(node: Call, values: list[object]) -> None:
    _not_empty(node, values)
    _range(2, 1, 10_000)(node, values)


def _format(node: Call, values: list[object]) -> None:
    check_directives(str(values[1]), node.position)


_CHECKS: dict[str, Callable[[Call, list[object]], None]] = {
    "truncate": _unit(1),
    "date_add": _unit(2),
    "date_diff": _unit(2),
    "round": _range(1, 0, _MOST_DIGITS),
    "substring": _range(1, 0, 1 << 31),
    "left": _range(1, 0, 1 << 31),
    "right": _range(1, 0, 1 << 31),
    "repeat": _range(1, 0, 1000),
    "pad_left": _padding,
    "pad_right": _padding,
    "matches": _pattern,
    "extract": _extract,
    "regex_replace": _pattern,
    "contains": _not_empty,
    "find": _not_empty,
    "replace": _not_empty,
    "split_part": _split,
    "split_rest": _split,
    "format_date": _format,
    "parse_date": _format,
    "parse_datetime": _format,
}

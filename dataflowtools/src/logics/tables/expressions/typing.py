"""Gives every node of an expression its kind, and refuses what does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from logics.tables.expressions.constants import check_constants
from logics.tables.expressions.functions import CONVERSIONS, FUNCTIONS, Function, fits, shared_kind
from logics.tables.expressions.parser import parse
from logics.tables.expressions.tree import Call, Column, ExpressionError, Literal, Node, Typed, call, column
from logics.tables.kinds import TEMPORAL, Kind, Schema

_SHOWN = {"equal": "=", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
_SHOWN |= {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "modulo": "%"}


def compile_expression(text: str, schema: Schema) -> Typed:
    """Parse an expression and give it types.

    Raises:
        ExpressionError: it is no expression, names an unknown column or function, or kinds do not fit.
    """
    typed = assign_kinds(parse(text), schema)
    return replace(typed, kind=typed.kind or Kind.TEXT)


def compile_condition(text: str, schema: Schema) -> Typed:
    """The same for a condition.

    Raises:
        ExpressionError: also, it is not a boolean.
    """
    node = parse(text)
    if isinstance(node, Literal) and node.value is None:
        return Typed(Kind.BOOLEAN)
    typed = assign_kinds(node, schema)
    if typed.kind != Kind.BOOLEAN:
        raise ExpressionError(f"a condition is expected, true or false; this is of kind {typed.kind}")
    return typed


def assign_kinds(node: Node, schema: Schema) -> Typed:
    """Return the typed tree of a node; see :func:`compile_expression`."""
    match node:
        case Literal():
            return Typed(_literal_kind(node) or Kind.TEXT, value=node.value)
        case Column():
            return column(node.name, find_column(node.name, schema, node.position))
        case Call():
            return _type_call(node, schema)


def find_column(name: str, schema: Schema, position: int = 0) -> Kind:
    """Return the kind of a column.

    Raises:
        ExpressionError: there is none by that name.
    """
    if name not in schema:
        raise ExpressionError(f"there is no column {name!r}{_suggest(name, schema)}", position, name)
    return schema[name]


def convert(node: Typed, kind: Kind) -> Typed:
    """Return a node as another kind, unchanged where it is of that kind."""
    if node.kind == kind:
        return node
    if node.is_literal and node.value is None:
        return replace(node, kind=kind)
    if node.is_literal and kind == Kind.NUMBER and isinstance(node.value, int):
        return Typed(kind, value=float(node.value))
    return call(CONVERSIONS[kind], kind, node)


def _type_call(node: Call, schema: Schema) -> Typed:
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise ExpressionError(
            f"there is no function {node.function!r}{_suggest(node.function, FUNCTIONS)}", node.position
        )
    arguments = [assign_kinds(argument, schema) for argument in node.arguments]
    given = [
        None if isinstance(raw, Literal) and raw.value is None else typed.kind
        for raw, typed in zip(node.arguments, arguments, strict=True)
    ]
    arguments, given = _read_dates(arguments, given)
    kinds, gives = _resolve(node, function, given)
    converted = tuple(convert(argument, kind) for argument, kind in zip(arguments, kinds, strict=True))
    check_constants(node, function, converted)
    return Typed(gives, node.function, converted)


def _read_dates(arguments: list[Typed], given: list[Kind | None]) -> tuple[list[Typed], list[Kind | None]]:
    """Read text literals as dates where they stand beside dates: ``day >= '2024-01-31'``."""
    temporal = {kind for kind in given if kind in TEMPORAL}
    if not temporal:
        return arguments, given
    read = [_as_date(argument, temporal) for argument in arguments]
    return read, [new.kind if new is not old else kind for new, old, kind in zip(read, arguments, given, strict=True)]


def _as_date(argument: Typed, temporal: set[Kind]) -> Typed:
    if not (argument.is_literal and isinstance(argument.value, str) and argument.value[:1].isdigit()):
        return argument
    try:
        moment = datetime.fromisoformat(argument.value)
    except ValueError:
        return argument
    if Kind.INSTANT in temporal:
        offset = moment.utcoffset()
        naive = moment.replace(tzinfo=None)
        return Typed(Kind.INSTANT, value=naive - offset if offset else naive)
    if moment.tzinfo is not None:
        return argument
    return Typed(Kind.DATE if len(argument.value) <= 10 else Kind.DATETIME, value=moment)


def _resolve(node: Call, function: Function, given: Sequence[Kind | None]) -> tuple[Sequence[Kind], Kind]:
    if function.alike >= 0:
        return _resolve_alike(node, function, given)
    for signature in function.signatures:
        most = len(signature.takes)
        if most - signature.optional <= len(given) <= most and all(map(fits, given, signature.takes)):
            return signature.takes[: len(given)], signature.gives
    raise _misfit(node, function, given)


def _resolve_alike(node: Call, function: Function, given: Sequence[Kind | None]) -> tuple[Sequence[Kind], Kind]:
    if not function.least <= len(given) <= function.most:
        raise _misfit(node, function, given)
    before, rest = given[: function.alike], given[function.alike :]
    shared = Kind.TEXT if node.function == "concat" else shared_kind(rest, node.function)
    if shared is None or not all(fits(kind, Kind.BOOLEAN) for kind in before):
        raise _misfit(node, function, given)
    return [*(Kind.BOOLEAN for _ in before), *(shared for _ in rest)], function.gives or shared


def _misfit(node: Call, function: Function, given: Sequence[Kind | None]) -> ExpressionError:
    name = _SHOWN.get(node.function, node.function)
    kinds = ", ".join("null" if kind is None else str(kind) for kind in given) or "nothing"
    accepted = " or ".join("(" + ", ".join(map(str, signature.takes)) + ")" for signature in function.signatures[:4])
    wanted = f"it takes {accepted}" if accepted else f"it is {function.meaning}"
    return ExpressionError(f"{name} does not take ({kinds}); {wanted}", node.position)


def _literal_kind(node: Literal) -> Kind | None:
    match node.value:
        case bool():
            return Kind.BOOLEAN
        case int():
            return Kind.INTEGER
        case float():
            return Kind.NUMBER
        case str():
            return Kind.TEXT
    return None


def _suggest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are {', '.join(names[:20])}" if names else ""

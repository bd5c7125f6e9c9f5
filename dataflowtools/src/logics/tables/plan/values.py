"""Plans of the steps on values: most come down to expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logics.tables.expressions.constants import check_constants
from logics.tables.expressions.functions import FUNCTIONS, fits
from logics.tables.expressions.tree import Call, ExpressionError, Typed, call, column, constant
from logics.tables.expressions.typing import convert
from logics.tables.kinds import NUMERIC, TEMPORAL, Kind, Schema
from logics.tables.plan.names import all_known, as_they_are, known
from logics.tables.plan.nodes import Explode, FillNeighbour, FillStatistic, Node, PlanError
from logics.tables.plan.shape import project
from logics.tables.steps.values import (
    DateStep,
    ExplodeStep,
    FillMissingStep,
    ReplaceStep,
    Scalar,
    SplitStep,
    TextStep,
)

_NEEDS_NUMBERS = {"mean", "median"}


def plan_fill_missing(step: FillMissingStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Fill in by a constant, a neighbour or a figure."""
    if step.columns:
        all_known(step.columns, schema, "columns")
    if step.value is not None:
        return _fill_constant(step, step.value, schema)
    if step.method in ("forward", "backward"):
        return [FillNeighbour(step.columns or tuple(schema), step.method == "backward", schema)]
    names = step.columns or tuple(name for name, kind in schema.items() if _has_figure(kind, str(step.method)))
    for index, name in enumerate(names):
        if not _has_figure(schema[name], str(step.method)):
            raise PlanError(f"a column of kind {schema[name]} has no {step.method}", f"columns.{index}", name)
    gives = dict(schema)
    if step.method in _NEEDS_NUMBERS:
        gives |= dict.fromkeys(names, Kind.NUMBER)
    return [FillStatistic(names, str(step.method), gives)]


def _has_figure(kind: Kind, method: str) -> bool:
    if method in _NEEDS_NUMBERS:
        return kind in NUMERIC
    return kind != Kind.JSON and (method == "mode" or kind != Kind.BOOLEAN)


def _fill_constant(step: FillMissingStep, value: Scalar, schema: Schema) -> Sequence[Node]:
    columns = as_they_are(schema)
    for index, name in enumerate(step.columns or tuple(schema)):
        filled = literal_of(value, schema[name])
        if filled is None and step.columns:
            message = f"{value!r} does not fit column {name!r} of kind {schema[name]}"
            raise PlanError(message, f"columns.{index}", name)
        if filled is not None:
            kind = filled.kind
            columns[name] = call("coalesce", kind, convert(column(name, schema[name]), kind), filled)
    return [project(columns)]


def literal_of(value: Scalar | None, kind: Kind) -> Typed | None:
    """Return a constant that fits a column of a kind, None if it does not; a fraction makes integers numbers."""
    if value is None:
        return Typed(kind)
    if isinstance(value, bool):
        return constant(value, kind) if kind == Kind.BOOLEAN else None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None
    if isinstance(value, int | float) and kind in NUMERIC:
        if (isinstance(value, float) and not value.is_integer()) or kind == Kind.NUMBER:
            return constant(float(value), Kind.NUMBER)
        return constant(int(value), Kind.INTEGER)
    if isinstance(value, str) and kind == Kind.TEXT:
        return constant(value, kind)
    if isinstance(value, str) and kind in TEMPORAL:
        return _moment(value, kind)
    return None


def _moment(value: str, kind: Kind) -> Typed | None:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    offset = moment.utcoffset()
    naive = moment.replace(tzinfo=None)
    if offset and kind == Kind.INSTANT:
        naive -= offset
    if kind == Kind.DATE:
        naive = naive.replace(hour=0, minute=0, second=0, microsecond=0)
    return constant(naive, kind)


def plan_replace(step: ReplaceStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Replace whole values or parts of text."""
    all_known(step.columns, schema, "columns")
    columns = as_they_are(schema)
    for index, name in enumerate(step.columns):
        field = f"columns.{index}"
        if step.pattern is not None and step.replacement is not None:
            columns[name] = _by_pattern(step, name, schema[name], field)
        else:
            columns[name] = _by_mapping(step, name, schema[name])
    return [project(columns)]


def _by_pattern(step: ReplaceStep, name: str, kind: Kind, field: str) -> Typed:
    if kind != Kind.TEXT:
        raise PlanError(f"column {name!r} is of kind {kind}, not text", field, name)
    arguments = (constant(step.pattern, Kind.TEXT), constant(step.replacement, Kind.TEXT))
    return call("regex_replace", Kind.TEXT, column(name, kind), *arguments)


def _by_mapping(step: ReplaceStep, name: str, kind: Kind) -> Typed:
    """A chain of conditions from the last to the first; all look at the old value."""
    old = column(name, kind)
    pairs = [_pair(item.from_, item.to, name, kind, index) for index, item in enumerate(step.mapping or ())]
    gives = Kind.NUMBER if kind == Kind.INTEGER and any(to.kind == Kind.NUMBER for _, to in pairs) else kind
    result = convert(old, gives)
    if len(pairs) > 60:
        raise PlanError("mapping has at most 60 entries; join a table for more", "mapping")
    for found, to in reversed(pairs):
        same = call("is_null", Kind.BOOLEAN, old) if found.value is None else call("equal", Kind.BOOLEAN, old, found)
        result = call("if", gives, same, convert(to, gives), result)
    return result


def _pair(found: Scalar | None, to: Scalar | None, name: str, kind: Kind, index: int) -> tuple[Typed, Typed]:
    both = literal_of(found, kind), literal_of(to, kind)
    for value, typed, field in ((found, both[0], "from"), (to, both[1], "to")):
        if typed is None:
            raise PlanError(f"{value!r} does not fit column {name!r} of kind {kind}", f"mapping.{index}.{field}", name)
    if both[0] is None or both[1] is None or (kind == Kind.INTEGER and both[0].kind == Kind.NUMBER):
        raise PlanError(f"{found!r} does not fit column {name!r} of kind {kind}", f"mapping.{index}.from", name)
    return both[0], both[1]


def plan_split(step: SplitStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Parts before the separator one by one; the last takes what is left."""
    kind = known(step.column, schema, "column")
    if kind != Kind.TEXT:
        raise PlanError(f"column {step.column!r} is of kind {kind}, not text", "column", step.column)
    columns = as_they_are(schema)
    _fresh(step.into, {*schema} - (set() if step.keep else {step.column}), "into")
    if not step.keep:
        del columns[step.column]
    text, separator = column(step.column, kind), constant(step.separator, Kind.TEXT)
    for number, name in enumerate(step.into, 1):
        function = "split_rest" if number == len(step.into) else "split_part"
        columns[name] = call(function, Kind.TEXT, text, separator, constant(number, Kind.INTEGER))
    return [project(columns)]


def _fresh(names: Sequence[str], taken: set[str], field: str) -> None:
    for index, name in enumerate(names):
        if name in taken or name in names[:index]:
            raise PlanError(f"there is a column {name!r} already", f"{field}.{index}", name)


def plan_explode(step: ExplodeStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Make rows of parts."""
    kind = known(step.column, schema, "column")
    wanted = Kind.JSON if step.separator is None else Kind.TEXT
    if kind != wanted:
        hint = "give a separator for text" if kind == Kind.TEXT else f"it holds {kind}"
        raise PlanError(f"column {step.column!r} holds no {wanted}; {hint}", "column", step.column)
    return [Explode(step.column, step.separator, {**schema, step.column: Kind.TEXT})]


def plan_text(step: TextStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Apply a function of text to columns."""
    all_known(step.columns, schema, "columns")
    columns = as_they_are(schema)
    if step.suffix:
        _fresh([name + step.suffix for name in step.columns], {*schema}, "columns")
    for index, name in enumerate(step.columns):
        if schema[name] != Kind.TEXT:
            raise PlanError(f"column {name!r} is of kind {schema[name]}, not text", f"columns.{index}", name)
        columns[name + (step.suffix or "")] = _text_call(step, column(name, Kind.TEXT))
    return [project(columns)]


def _text_call(step: TextStep, text: Typed) -> Typed:
    function = FUNCTIONS[step.operation]
    signature = function.signatures[0]
    extra = [_constant(value, index) for index, value in enumerate(step.arguments)]
    most = len(signature.takes) - 1
    if not most - signature.optional <= len(extra) <= most or not all(
        fits(node.kind, kind) for node, kind in zip(extra, signature.takes[1:], strict=False)
    ):
        wanted = ", ".join(map(str, signature.takes[1:])) or "nothing"
        raise PlanError(f"{step.operation} takes {wanted} after the text: {function.meaning}", "arguments")
    try:
        check_constants(Call(step.operation, ()), function, [text, *extra])
    except ExpressionError as reason:
        raise PlanError(reason.message, "arguments") from None
    return call(step.operation, signature.gives, text, *extra)


def _constant(value: Any, index: int) -> Typed:
    if isinstance(value, int) and not isinstance(value, bool):
        return constant(value, Kind.INTEGER)
    if isinstance(value, str):
        return constant(value, Kind.TEXT)
    raise PlanError("an argument is text or a whole number", f"arguments.{index}")


_DATE_FUNCTIONS = {"add": "date_add", "difference": "date_diff", "format": "format_date", "parse": "parse_date"}


def plan_date(step: DateStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Apply a function of dates to a column."""
    kind = known(step.column, schema, "column")
    function = _DATE_FUNCTIONS.get(step.operation, step.operation)
    arguments = [column(step.column, kind), *_date_arguments(step, schema)]
    for signature in FUNCTIONS[function].signatures:
        takes = signature.takes
        if len(takes) == len(arguments) and all(map(fits, [node.kind for node in arguments], takes)):
            converted = [convert(node, wanted) for node, wanted in zip(arguments, takes, strict=True)]
            _check_format(step)
            result = call(function, signature.gives, *converted)
            return [project({**as_they_are(schema), step.into or step.column: result})]
    kinds = ", ".join(str(node.kind) for node in arguments if not node.is_literal)
    raise PlanError(f"{step.operation} does not take columns of kind {kinds}", "column", step.column)


def _date_arguments(step: DateStep, schema: Schema) -> list[Typed]:
    unit = constant(step.unit, Kind.TEXT)
    match step.operation:
        case "truncate":
            return [unit]
        case "add":
            return [constant(step.amount, Kind.INTEGER), unit]
        case "difference":
            other = str(step.other)
            return [column(other, known(other, schema, "other")), unit]
        case "format" | "parse" | "parse_datetime":
            return [constant(step.format, Kind.TEXT)]
    return []


def _check_format(step: DateStep) -> None:
    if step.format is None:
        return
    from logics.tables.expressions.constants import check_directives

    try:
        check_directives(step.format)
    except ExpressionError as reason:
        raise PlanError(reason.message, "format") from None

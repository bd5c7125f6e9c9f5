"""Which rows break a rule: a mask a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_expressions import ValueFault, evaluate
from drivenadapters.tables.guest.engines.arrow_types import one_array
from drivenadapters.tables.guest.engines.frame import frame_of
from drivenadapters.tables.guest.engines.frames.codes import combined, ranked
from drivenadapters.tables.guest.pipeline import check_patterns
from drivenadapters.tables.guest.validation.views import View
from logics.tables.expressions.tree import ExpressionError
from logics.tables.expressions.typing import compile_condition
from logics.tables.kinds import NUMERIC, TEMPORAL, Kind
from logics.tables.plan.nodes import Filter, PlanError
from logics.tables.plan.values import literal_of
from logics.tables.validation.checks import (
    ExpressionCheck,
    ForeignKeyCheck,
    LengthCheck,
    MultipleCheck,
    PatternCheck,
    RangeCheck,
    RequiredCheck,
    SetCheck,
    TypeCheck,
    UniqueCheck,
)
from logics.tables.validation.rules import Rule, SchemaFault

Views = Mapping[str, View]
_TOLERANCE = 1e-9


def breaking(rule: Rule, views: Views, others: Mapping[str, Views]) -> Any:
    """Return where a rule is broken.

    Raises:
        SchemaFault: the rule does not fit the table.
    """
    check = rule.check
    match check:
        case None:
            return _wrong_type(rule, views[rule.column])
        case RequiredCheck():
            return pc.invert(views[rule.column].present)
        case UniqueCheck():
            return _repeated([views[name] for name in check.columns])
        case ForeignKeyCheck():
            return _not_found(check, views, others[rule.name + rule.column])
        case ExpressionCheck():
            return _false(check, views)
    judge: Callable[[Any, View], Any] = _ON_ONE_COLUMN[type(check)]
    return judge(check, views[check.column])


def _unconverted(_: TypeCheck, view: View) -> Any:
    return pc.and_(view.present, pc.is_null(view.typed))


def _wrong_type(rule: Rule, view: View) -> Any:
    if len(set(rule.types)) == 7:
        return pa.repeat(pa.scalar(False), len(view.values))
    fits = view.has_type(rule.types[0])
    for name in rule.types[1:]:
        fits = pc.or_kleene(fits, view.has_type(name))
    return pc.and_(view.present, pc.invert(pc.coalesce(fits, pa.scalar(False))))


def _repeated(views: list[View]) -> Any:
    rows = len(views[0].values)
    codes = combined([ranked(view.typed if view.wanted else view.values) for view in views], rows)
    repeated = pd.Series(codes).duplicated(keep="first").to_numpy()
    for view in views:
        repeated = repeated & view.present.to_numpy(zero_copy_only=False)
    return pa.array(repeated)


def _outside(check: RangeCheck, view: View) -> Any:
    low, high = (_bound(value, view, name) for value, name in ((check.min, "min"), (check.max, "max")))
    values = view.numbers if view.kind not in TEMPORAL else view.typed
    outside = pa.repeat(pa.scalar(False), len(values))
    if low is not None:
        outside = pc.or_kleene(outside, (pc.less_equal if check.exclusive_min else pc.less)(values, low))
    if high is not None:
        outside = pc.or_kleene(outside, (pc.greater_equal if check.exclusive_max else pc.greater)(values, high))
    return pc.coalesce(outside, pa.scalar(False))


def _bound(value: Any, view: View, name: str) -> Any:
    if value is None:
        return None
    kind = view.kind if view.kind in TEMPORAL else Kind.NUMBER if isinstance(value, float) else Kind.INTEGER
    found = literal_of(value, kind)
    if found is None or (view.kind not in TEMPORAL and isinstance(value, str)):
        raise SchemaFault(f"{value!r} is no bound for column {view.name!r} of kind {view.kind}", name)
    if view.kind not in TEMPORAL and view.kind not in NUMERIC and view.held not in (Kind.TEXT, Kind.JSON):
        raise SchemaFault(f"column {view.name!r} of kind {view.kind} has no range", name)
    return pa.scalar(found.value, pa.timestamp("us")) if kind in TEMPORAL else pa.scalar(found.value)


def _unmatched(check: PatternCheck, view: View) -> Any:
    pattern = f"^(?:{check.pattern})$" if check.whole else check.pattern
    try:
        return pc.and_(
            pc.is_valid(view.texts), pc.invert(pc.match_substring_regex(view.texts, pattern)).fill_null(False)
        )
    except pa.ArrowInvalid as reason:
        text = str(reason).partition(": ")[2] or str(reason)
        raise SchemaFault(f"the pattern is no regular expression of RE2: {text[:200]}", "pattern") from reason


def _not_listed(check: SetCheck, view: View) -> Any:
    listed = _same_kind(check, view)
    values = view.typed if view.wanted else view.values
    if view.kind == Kind.JSON or view.held == Kind.JSON:
        import json

        wanted = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in check.values]
        return pc.and_(view.present, pc.invert(pc.is_in(view.values, value_set=pa.array(wanted, view.values.type))))
    if view.lexical and not view.wanted:
        listed = [
            str(value).lower() if isinstance(value, bool) else str(value) for value in check.values if value is not None
        ]
        values = view.values
    return pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=pa.array(listed, values.type))))


def _same_kind(check: SetCheck, view: View) -> list[Any]:
    found = [literal_of(value, view.kind) for value in check.values if isinstance(value, bool | int | float | str)]
    return [item.value for item in found if item is not None and item.kind == view.kind]


def _wrong_length(check: LengthCheck, view: View) -> Any:
    length = pc.utf8_length(view.texts)
    wrong = pa.repeat(pa.scalar(False), len(length))
    if check.min is not None:
        wrong = pc.or_kleene(wrong, pc.less(length, check.min))
    if check.max is not None:
        wrong = pc.or_kleene(wrong, pc.greater(length, check.max))
    return pc.coalesce(wrong, pa.scalar(False))


def _no_multiple(check: MultipleCheck, view: View) -> Any:
    numbers = pc.cast(view.numbers, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    with np.errstate(all="ignore"):
        share = numbers / check.of
        wrong = np.abs(share - np.round(share)) > _TOLERANCE * np.maximum(np.abs(share), 1)
    return pa.array(wrong & np.isfinite(numbers))


def _not_found(check: ForeignKeyCheck, views: Views, other: Views) -> Any:
    rows = len(next(iter(views.values())).values) if views else 0
    keys, missing, known = [], np.zeros(0, dtype=bool), 0
    for one, two in zip(check.columns, check.other_columns, strict=True):
        if two not in other:
            raise SchemaFault(f"the other table has no column {two!r}", "other_columns")
        known = len(other[two].values)
        both = pa.concat_arrays([one_array(views[one].written), one_array(other[two].written)])
        gone = pc.is_null(both).to_numpy(zero_copy_only=False)
        missing = gone if not len(missing) else missing | gone
        keys.append(ranked(both))
    codes = combined(keys, rows + known)
    found = np.isin(codes[:rows], codes[rows:][~missing[rows:]])
    return pa.array(~found & ~missing[:rows])


def _false(check: ExpressionCheck, views: Views) -> Any:
    schema = {name: view.kind for name, view in views.items()}
    frame = frame_of({name: view.typed for name, view in views.items()}, schema)
    try:
        condition = compile_condition(check.expression, schema)
        check_patterns(Filter(condition, schema))
        holds = evaluate(condition, frame.table)
    except ExpressionError as reason:
        raise SchemaFault(reason.message, "expression") from reason
    except (PlanError, ValueFault) as reason:
        raise SchemaFault(str(reason), "expression") from reason
    return pc.coalesce(pc.invert(one_array(holds)), pa.scalar(False))


_ON_ONE_COLUMN: dict[type, Callable[[Any, View], Any]] = {
    TypeCheck: _unconverted,
    RangeCheck: _outside,
    PatternCheck: _unmatched,
    SetCheck: _not_listed,
    LengthCheck: _wrong_length,
    MultipleCheck: _no_multiple,
}

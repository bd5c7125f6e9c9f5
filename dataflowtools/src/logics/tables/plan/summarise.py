"""Plans of the steps that summarise, turn, or look at neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logics.tables.expressions.functions import CONVERSIONS
from logics.tables.expressions.tree import Typed, call, column
from logics.tables.expressions.typing import convert
from logics.tables.kinds import NUMERIC, Kind, Schema, common_kind
from logics.tables.plan.names import all_known, as_they_are, known, orders
from logics.tables.plan.nodes import Figure, GroupBy, Melt, Node, Pivot, PlanError, Window
from logics.tables.plan.shape import project
from logics.tables.steps.summarising import Aggregate, GroupByStep, MeltStep, PivotStep, WindowStep

_NUMBERS = frozenset({"sum", "mean", "median", "std", "var", "quantile", "share"})
_TRUTH = frozenset({"any", "all"})
_ALWAYS_NUMBER = frozenset({"mean", "median", "std", "var", "quantile", "share"})
_COUNTS = frozenset({"count", "count_distinct"})


def plan_group_by(step: GroupByStep, schema: Schema, _: Any) -> Sequence[Node]:
    """One row a group."""
    all_known(step.by, schema, "by")
    for index, name in enumerate(step.by):
        if schema[name] == Kind.JSON:
            raise PlanError(f"column {name!r} holds JSON and is no key", f"by.{index}", name)
    figures = tuple(_figure(item, schema, f"aggregates.{index}") for index, item in enumerate(step.aggregates))
    gives = {name: schema[name] for name in step.by}
    for index, figure in enumerate(figures):
        if figure.name in gives:
            raise PlanError(f"two columns would be named {figure.name!r}; use as", f"aggregates.{index}", figure.name)
        gives[figure.name] = figure.kind
    return [GroupBy(step.by, figures, gives)]


def _figure(item: Aggregate, schema: Schema, field: str) -> Figure:
    if item.column is None:
        return Figure("count", None, item.name, Kind.INTEGER)
    kind = known(item.column, schema, f"{field}.column")
    gives = figure_kind(item.function, kind, item.column, f"{field}.function")
    return Figure(item.function, item.column, item.name, gives, item.quantile, item.separator or ",")


def figure_kind(function: str, kind: Kind, name: str, field: str) -> Kind:
    """Return the kind of a figure of a column.

    Raises:
        PlanError: columns of that kind have no such figure.
    """
    wrong = (
        (function in _NUMBERS and kind not in NUMERIC)
        or (function in _TRUTH and kind != Kind.BOOLEAN)
        or (function == "join" and kind != Kind.TEXT)
        or (function in ("min", "max") and kind in (Kind.JSON, Kind.BOOLEAN))
        or (function == "count_distinct" and kind == Kind.JSON)
    )
    if wrong:
        raise PlanError(f"column {name!r} of kind {kind} has no {function}", field, name)
    if function in _COUNTS:
        return Kind.INTEGER
    return Kind.NUMBER if function in _ALWAYS_NUMBER else kind


def plan_pivot(step: PivotStep, schema: Schema, surroundings: Any) -> Sequence[Node]:
    """Turn values into columns."""
    all_known(step.index, schema, "index")
    kind = known(step.values, schema, "values")
    if known(step.column, schema, "column") == Kind.JSON or any(schema[name] == Kind.JSON for name in step.index):
        raise PlanError("JSON is no key of a pivot", "column", step.column)
    if step.column in step.index:
        raise PlanError(f"column {step.column!r} is in the index already", "column", step.column)
    figure = Figure(step.function, step.values, step.values, figure_kind(step.function, kind, step.values, "function"))
    gives = {name: schema[name] for name in step.index}
    return [Pivot(step.index, step.column, figure, gives, surroundings.most_columns)]


def plan_melt(step: MeltStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Turn columns into rows; they become one kind first, text where nothing else holds them all."""
    all_known(step.keep, schema, "keep")
    columns = step.columns or tuple(name for name in schema if name not in step.keep)
    all_known(columns, schema, "columns")
    if not columns:
        raise PlanError("no column is left to turn", "columns")
    for index, name in enumerate(columns):
        if name in step.keep:
            raise PlanError(f"column {name!r} is kept and turned", f"columns.{index}", name)
    if step.name == step.value or {step.name, step.value} & {*step.keep}:
        raise PlanError("name and value need names of their own", "name")
    kind = _holding_all([schema[name] for name in columns])
    kept = {name: node for name, node in as_they_are(schema).items() if name in step.keep}
    turned = {name: to_kind(column(name, schema[name]), kind) for name in columns}
    gives = {**{name: schema[name] for name in step.keep}, step.name: Kind.TEXT, step.value: kind}
    return [project({**kept, **turned}), Melt(step.keep, columns, step.name, step.value, gives)]


def _holding_all(kinds: Sequence[Kind]) -> Kind:
    shared: Kind | None = kinds[0]
    for kind in kinds[1:]:
        shared = shared and common_kind(shared, kind)
    return shared or Kind.TEXT


def to_kind(node: Typed, kind: Kind) -> Typed:
    """Return a value as another kind that holds it."""
    return convert(node, kind) if node.kind == kind or node.is_literal else call(CONVERSIONS[kind], kind, node)


def plan_window(step: WindowStep, schema: Schema, _: Any) -> Sequence[Node]:
    """A figure of the rows around."""
    all_known(step.partition_by, schema, "partition_by")
    order = orders(step.order_by, schema, "order_by")
    if step.as_ in schema:
        raise PlanError(f"there is a column {step.as_!r} already", "as", step.as_)
    kind = _window_kind(step, schema)
    gives = {**schema, step.as_: kind}
    partition = step.partition_by
    return [Window(step.function, step.column, step.as_, kind, partition, order, step.size, step.offset, gives)]


def _window_kind(step: WindowStep, schema: Schema) -> Kind:
    if step.column is None or step.function in ("row_number", "rank", "dense_rank"):
        return Kind.INTEGER
    kind = known(step.column, schema, "column")
    function = step.function.removeprefix("cumulative_").removeprefix("rolling_")
    if function in ("lag", "lead"):
        return kind
    if step.function.startswith(("cumulative_", "rolling_")) and function in ("min", "max") and kind not in NUMERIC:
        raise PlanError(f"column {step.column!r} of kind {kind} has no {step.function}", "function", step.column)
    return figure_kind({"total": "sum"}.get(function, function), kind, step.column, "function")

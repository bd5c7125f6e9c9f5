"""Makes nodes of steps, with every column and kind checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logics.tables.kinds import Schema
from logics.tables.plan import combine, rows, shape, summarise, values
from logics.tables.plan.nodes import Node, Pivot, PlanError, Sql
from logics.tables.steps import (
    CastStep,
    ConcatStep,
    DateStep,
    DeduplicateStep,
    DeriveStep,
    DropMissingStep,
    DropStep,
    ExplodeStep,
    FillMissingStep,
    FilterStep,
    GroupByStep,
    JoinStep,
    LimitStep,
    MeltStep,
    PivotStep,
    RenameStep,
    ReplaceStep,
    SampleStep,
    SelectStep,
    SortStep,
    SplitStep,
    SqlStep,
    TextStep,
    WindowStep,
)


@dataclass(frozen=True)
class Surroundings:
    """What a step can refer to besides its table.

    Attributes:
        others: schemas of the other tables of the step, by field.
        most_columns: of a table.
    """

    others: Mapping[str, Schema]
    most_columns: int = 5000


Planner = Callable[[Any, Schema, Surroundings], Sequence[Node]]

_PLANNERS: dict[type, Planner] = {
    SelectStep: shape.plan_select,
    DropStep: shape.plan_drop,
    RenameStep: shape.plan_rename,
    CastStep: shape.plan_cast,
    DeriveStep: shape.plan_derive,
    FilterStep: rows.plan_filter,
    DropMissingStep: rows.plan_drop_missing,
    DeduplicateStep: rows.plan_deduplicate,
    SortStep: rows.plan_sort,
    LimitStep: rows.plan_limit,
    SampleStep: rows.plan_sample,
    FillMissingStep: values.plan_fill_missing,
    ReplaceStep: values.plan_replace,
    SplitStep: values.plan_split,
    ExplodeStep: values.plan_explode,
    TextStep: values.plan_text,
    DateStep: values.plan_date,
    GroupByStep: summarise.plan_group_by,
    PivotStep: summarise.plan_pivot,
    MeltStep: summarise.plan_melt,
    WindowStep: summarise.plan_window,
    JoinStep: combine.plan_join,
    ConcatStep: combine.plan_concat,
    SqlStep: combine.plan_sql,
}


def plan(step: Any, schema: Schema, surroundings: Surroundings) -> Sequence[Node]:
    """Return the nodes of a step on a table of a schema.

    Raises:
        PlanError: a column does not exist, kinds do not fit, an expression is wrong, there are too many columns.
    """
    nodes = _PLANNERS[type(step)](step, schema, surroundings)
    width = max((len(node.gives) for node in nodes if not isinstance(node, Sql)), default=0)
    if width > surroundings.most_columns:
        raise PlanError(f"{width} columns; a table has at most {surroundings.most_columns} (MAX_TABLE_COLUMNS)")
    return nodes


def schema_after(nodes: Sequence[Node], schema: Schema) -> Schema | None:
    """Return the schema after nodes, None where only the data tell it."""
    for node in nodes:
        if isinstance(node, Pivot | Sql):
            return None
        schema = node.gives
    return schema

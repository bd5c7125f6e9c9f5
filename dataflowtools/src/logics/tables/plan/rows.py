"""Plans of the steps on rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from logics.tables.expressions.tree import Typed, call, column
from logics.tables.kinds import Kind, Schema
from logics.tables.plan.names import all_known, condition, orders
from logics.tables.plan.nodes import Distinct, Filter, Limit, Node, Sample, Sort
from logics.tables.steps.rows import (
    DeduplicateStep,
    DropMissingStep,
    FilterStep,
    LimitStep,
    SampleStep,
    SortStep,
)


def plan_filter(step: FilterStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Keep rows by a condition."""
    return [Filter(condition(step.where, schema, "where"), schema)]


def plan_drop_missing(step: DropMissingStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Keep rows without missing values."""
    names = step.columns or tuple(schema)
    all_known(names, schema, "columns")
    present = [call("not", Kind.BOOLEAN, call("is_null", Kind.BOOLEAN, column(name, schema[name]))) for name in names]
    joint = "and" if step.how == "any" else "or"
    return [Filter(_balanced(joint, present), schema)] if present else []


def _balanced(function: str, nodes: list[Typed]) -> Typed:
    """Combine many conditions without a deep tree."""
    while len(nodes) > 1:
        pairs = [nodes[index : index + 2] for index in range(0, len(nodes), 2)]
        nodes = [reduce(lambda one, other: call(function, Kind.BOOLEAN, one, other), pair) for pair in pairs]
    return nodes[0]


def plan_deduplicate(step: DeduplicateStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Keep one of equal rows."""
    names = step.columns or tuple(schema)
    all_known(names, schema, "columns")
    return [Distinct(names, step.keep, schema)]


def plan_sort(step: SortStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Sort."""
    return [Sort(orders(step.by, schema, "by"), step.nulls == "first", schema)]


def plan_limit(step: LimitStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Keep a range."""
    return [Limit(step.count, step.offset, schema)]


def plan_sample(step: SampleStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Keep some."""
    return [Sample(step.count, step.fraction, step.seed, schema)]

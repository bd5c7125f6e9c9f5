"""Plans of the steps that bring in other tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logics.tables.kinds import Kind, Schema, common_kind
from logics.tables.plan.names import all_known
from logics.tables.plan.nodes import Concat, Join, Node, PlanError, Sql
from logics.tables.steps.code import SqlStep
from logics.tables.steps.combining import ConcatStep, JoinStep


def plan_join(step: JoinStep, schema: Schema, surroundings: Any) -> Sequence[Node]:
    """Bring in columns by keys."""
    other: Schema = surroundings.others["other"]
    left, right = step.keys()
    all_known(left, schema, "on" if step.on else "left_on")
    all_known(right, other, "on" if step.on else "right_on")
    kinds = tuple(_key_kind(one, two, schema, other) for one, two in zip(left, right, strict=True))
    same = {two for one, two in zip(left, right, strict=True) if one == two}
    take = [] if step.how in ("semi", "anti") else _taken(step, schema, other, same)
    gives = {**schema, **{new: other[old] for old, new in take}}
    fill = tuple((one, two) for one, two in zip(left, right, strict=True) if one == two)
    if step.how in ("right", "full"):
        gives |= {one: kind for (one, kind) in zip(left, kinds, strict=True) if (one, one) in fill}
    return [Join("other", step.how, left, right, kinds, tuple(take), fill, gives)]


def _key_kind(one: str, two: str, schema: Schema, other: Schema) -> Kind:
    kind = common_kind(schema[one], other[two])
    if kind is None or kind == Kind.JSON:
        message = f"keys {one!r} of kind {schema[one]} and {two!r} of kind {other[two]} cannot be compared; cast one"
        raise PlanError(message, "on", one)
    return kind


def _taken(step: JoinStep, schema: Schema, other: Schema, same: set[str]) -> list[tuple[str, str]]:
    taken, names = [], {*schema}
    for name in other:
        if name in same:
            continue
        new = name + step.suffix if name in schema else name
        if new in names:
            raise PlanError(f"two columns would be named {new!r}; choose another suffix", "suffix", new)
        names.add(new)
        taken.append((name, new))
    return taken


def plan_concat(step: ConcatStep, schema: Schema, surroundings: Any) -> Sequence[Node]:
    """Append tables by column name; a column of several kinds becomes one that holds both, or it is an error."""
    gives = dict(schema)
    fields = tuple(f"others.{index}" for index in range(len(step.others)))
    for field in fields:
        for name, kind in surroundings.others[field].items():
            shared = common_kind(gives.get(name, kind), kind)
            if shared is None:
                message = f"column {name!r} is of kind {gives[name]} here and {kind} there; cast one of them"
                raise PlanError(message, field, name)
            gives[name] = shared
    return [Concat(fields, gives)]


def plan_sql(step: SqlStep, _: Schema, surroundings: Any) -> Sequence[Node]:
    """Run a query."""
    if "input" in step.tables:
        raise PlanError("input is the table itself", "tables.input")
    return [Sql(step.query, tuple((name, f"tables.{name}") for name in step.tables))]

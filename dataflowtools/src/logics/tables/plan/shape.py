"""Plans of the steps on columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logics.tables.expressions.constants import check_directives
from logics.tables.expressions.functions import CONVERSIONS, FUNCTIONS, fits
from logics.tables.expressions.tree import ExpressionError, Typed, call, column, constant
from logics.tables.kinds import TEMPORAL, Kind, Schema
from logics.tables.plan.names import all_known, as_they_are, expression, known, schema_of
from logics.tables.plan.nodes import Node, PlanError, Project
from logics.tables.steps.shape import CastStep, DeriveStep, DropStep, RenameStep, SelectStep


def project(columns: dict[str, Typed], strict: Sequence[tuple[str, str]] = ()) -> Project:
    """Return a projection to columns by name."""
    return Project(tuple(columns.items()), schema_of(columns), tuple(strict))


def plan_select(step: SelectStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Keep columns."""
    all_known(step.columns, schema, "columns")
    return [project({name: column(name, schema[name]) for name in step.columns})]


def plan_drop(step: DropStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Leave columns out."""
    if not step.missing_ok:
        all_known(step.columns, schema, "columns")
    left = {name: column(name, kind) for name, kind in schema.items() if name not in step.columns}
    if not left:
        raise PlanError("no column would be left", "columns")
    return [project(left)]


def plan_rename(step: RenameStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Rename columns in their places."""
    for name in step.columns:
        known(name, schema, f"columns.{name}")
    names = [step.columns.get(name, name) for name in schema]
    for name in names:
        if names.count(name) > 1:
            raise PlanError(f"two columns would be named {name!r}", "columns", name)
    return [project({new: column(old, kind) for new, (old, kind) in zip(names, schema.items(), strict=True)})]


def plan_cast(step: CastStep, schema: Schema, _: Any) -> Sequence[Node]:
    """Convert columns; what has no counterpart is null, and an error where the step is strict."""
    columns = as_they_are(schema)
    for name, kind in step.columns.items():
        columns[name] = cast(column(name, known(name, schema, f"columns.{name}")), kind, step.format, name)
    strict = [(name, name) for name in step.columns] if step.on_error == "fail" else []
    return [project(columns, strict)]


def cast(node: Typed, kind: Kind, pattern: str | None, name: str) -> Typed:
    """Return a value as another kind.

    Raises:
        PlanError: there is no way between the kinds, or the format is wrong.
    """
    if pattern is not None and node.kind == Kind.TEXT and kind in TEMPORAL:
        return _parse(node, kind, pattern)
    function = CONVERSIONS[kind]
    if node.kind == kind:
        return node
    if not any(fits(node.kind, signature.takes[0]) for signature in FUNCTIONS[function].signatures):
        raise PlanError(f"column {name!r} of kind {node.kind} cannot become {kind}", f"columns.{name}", name)
    return call(function, kind, node)


def _parse(node: Typed, kind: Kind, pattern: str) -> Typed:
    try:
        check_directives(pattern)
    except ExpressionError as reason:
        raise PlanError(reason.message, "format") from None
    if kind == Kind.DATE:
        return call("parse_date", kind, node, constant(pattern, Kind.TEXT))
    moment = call("parse_datetime", Kind.DATETIME, node, constant(pattern, Kind.TEXT))
    return moment if kind == Kind.DATETIME else call("to_instant", kind, moment)


def plan_derive(step: DeriveStep, schema: Schema, _: Any) -> Sequence[Node]:
    """One projection a column, so that each sees those before; those that need nothing new share one."""
    nodes: list[Node] = []
    current, pending = dict(schema), as_they_are(schema)
    changed: set[str] = set()
    for name, text in step.columns.items():
        typed = expression(text, current, f"columns.{name}")
        if typed.columns() & changed:
            nodes.append(project(pending))
            pending, changed = as_they_are(current), set()
        pending[name] = typed
        current[name] = typed.kind
        changed.add(name)
    return [*nodes, project(pending)]

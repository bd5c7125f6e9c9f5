"""Runs steps on an engine, after checking all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.frame import Engine, StepFault
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.expressions.parser import parse
from logics.tables.expressions.tree import ExpressionError, Typed
from logics.tables.kinds import Schema
from logics.tables.plan import nodes
from logics.tables.plan.planner import Surroundings, plan, schema_after
from logics.tables.steps import CustomStep, DeriveStep, FilterStep

H = TypeVar("H")
_PATTERNS = ("matches", "extract", "regex_replace")


@dataclass
class Pipeline(Generic[H]):
    """Steps on their way through an engine.

    Attributes:
        others: tables of the steps, by the number of the step and its field.
        first: number of the first step in the request, from 0.
        lineage: what each step did, as far as it got.
    """

    engine: Engine[H]
    limits: Limits
    others: Mapping[int, Mapping[str, H]]
    first: int = 0
    progress: Callable[[float, float, str], None] = lambda *_: None
    lineage: list[dict[str, Any]] = field(default_factory=list)

    def check(self, steps: Sequence[Any], schema: Schema) -> None:
        """Check all steps before the first runs, as far as the columns are known without running.

        Raises:
            TaskFailed: a step does not fit.
        """
        known: Schema | None = schema
        for index, step in enumerate(steps, self.first):
            if isinstance(step, CustomStep):
                known = None
            elif known is None:
                _check_syntax(step, index)
            else:
                known = schema_after(self._plan(step, known, index), known)

    def run(self, steps: Sequence[Any], handle: H) -> H:
        """Run steps.

        Raises:
            TaskFailed: a step does not fit, or a value of it.
        """
        for index, step in enumerate(steps, self.first):
            self.progress(index - self.first, len(steps), step.op)
            handle = self._step(step, index, handle)
        return handle

    def _step(self, step: Any, index: int, handle: H) -> H:
        started, before = time.perf_counter(), self.engine.rows(handle)
        planned = self._plan(step, self.engine.schema(handle), index)
        try:
            for node in planned:
                handle = self._node(node, handle, self.others.get(index, {}))
        except StepFault as fault:
            raise _failed(step, index, fault) from fault
        after = self.engine.rows(handle)
        if after > self.limits.rows:
            most = f"a table has at most {self.limits.rows} (MAX_TABLE_ROWS)"
            message = f"step {index + 1} ({step.op}) makes {after} rows; {most}"
            raise TaskFailed(FailureKind.TOO_LARGE, message, field=f"steps.{index}")
        took = round((time.perf_counter() - started) * 1000, 3)
        self.lineage.append({"step": index + 1, "op": step.op, "rows_in": before, "rows_out": after, "ms": took})
        return handle

    def _node(self, node: nodes.Node, handle: H, others: Mapping[str, H]) -> H:
        result = self.engine.run(node, handle, others)
        drop = getattr(self.engine, "drop", None)
        if drop is not None and handle not in others.values():
            drop(handle)
        return result

    def _plan(self, step: Any, schema: Schema, index: int) -> Sequence[nodes.Node]:
        others = {name: self.engine.schema(other) for name, other in self.others.get(index, {}).items()}
        try:
            planned = plan(step, schema, Surroundings(others, self.limits.columns))
            for node in planned:
                check_patterns(node)
        except nodes.PlanError as reason:
            raise _misplanned(step, index, reason) from reason
        return planned


def _misplanned(step: Any, index: int, reason: nodes.PlanError) -> TaskFailed:
    at = f"steps.{index}" + (f".{reason.field}" if reason.field else "")
    return TaskFailed(FailureKind.INVALID, f"step {index + 1} ({step.op}): {reason.message}", field=at)


def _failed(step: Any, index: int, fault: StepFault) -> TaskFailed:
    row = f", row {fault.row}" if fault.row else ""
    column = f", column {fault.column!r}" if fault.column and repr(fault.column) not in fault.message else ""
    message = f"step {index + 1} ({step.op}){row}{column}: {fault.message}"
    return TaskFailed(FailureKind.IMPOSSIBLE, message, field=f"steps.{index}")


def _check_syntax(step: Any, index: int) -> None:
    """What can be said of a step whose columns are not known yet: that its expressions are expressions."""
    texts = {"where": step.where} if isinstance(step, FilterStep) else {}
    if isinstance(step, DeriveStep):
        texts = {f"columns.{name}": text for name, text in step.columns.items()}
    for name, text in texts.items():
        try:
            parse(text)
        except ExpressionError as reason:
            raise _misplanned(step, index, nodes.PlanError(reason.message, name)) from reason


def check_patterns(node: nodes.Node) -> None:
    """Check the regular expressions of a node.

    Raises:
        PlanError: one is none of RE2's, or a group does not exist.
    """
    match node:
        case nodes.Project():
            pending = [typed for _, typed in node.columns]
        case nodes.Filter():
            pending = [node.condition]
        case _:
            return
    while pending:
        typed = pending.pop()
        pending.extend(typed.arguments)
        if typed.function in _PATTERNS:
            check_pattern(typed)


def check_pattern(typed: Typed) -> None:
    """Check one regular expression and the groups that are asked of it.

    Raises:
        PlanError: it is wrong.
    """
    pattern = str(typed.arguments[1].value)
    replacement = "x"
    if typed.function == "extract" and len(typed.arguments) > 2:
        replacement = f"\\{typed.arguments[2].value}"
    elif typed.function == "regex_replace":
        replacement = str(typed.arguments[2].value)
    try:
        pc.replace_substring_regex(pa.array([""]), pattern=pattern, replacement=replacement)
    except pa.ArrowInvalid as reason:
        text = str(reason).partition(": ")[2] or str(reason)
        raise nodes.PlanError(f"the pattern is no regular expression of RE2: {text[:200]}") from None

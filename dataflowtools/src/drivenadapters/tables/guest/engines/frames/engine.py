"""Carries out a plan on tables in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_expressions import ValueFault, evaluate
from drivenadapters.tables.guest.engines.duck.queries import run_query
from drivenadapters.tables.guest.engines.frame import Frame, StepFault, frame_of
from drivenadapters.tables.guest.engines.frames import grouping, joining, rows, windows
from drivenadapters.tables.guest.engines.limits import Limits
from logics.tables.expressions.tree import Typed
from logics.tables.kinds import Schema
from logics.tables.plan import nodes


class FrameEngine:
    """The engine named pandas."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def load(self, frame: Frame) -> Frame:
        """See the interface."""
        return frame

    def schema(self, handle: Frame) -> Schema:
        """See the interface."""
        return handle.schema

    def rows(self, handle: Frame) -> int:
        """See the interface."""
        return handle.rows

    def frame(self, handle: Frame) -> Frame:
        """See the interface."""
        return handle

    def run(self, node: nodes.Node, handle: Frame, others: Mapping[str, Frame]) -> Frame:
        """See the interface."""
        match node:
            case nodes.Project():
                return project(node, handle)
            case nodes.Filter():
                return _filter(node, handle)
            case nodes.Join():
                return joining.join(node, handle, others[node.other], self._limits.memory_bytes)
            case nodes.Concat():
                return joining.concat(node, [handle, *(others[name] for name in node.others)])
            case nodes.Sql():
                tables = {name: others[field] for name, field in node.others}
                return run_query(node.query, {"input": handle, **tables}, self._limits)
        result: Frame = _ON_ONE[type(node)](node, handle)
        return result


_ON_ONE: dict[type, Any] = {
    nodes.FillNeighbour: rows.fill_neighbour,
    nodes.FillStatistic: rows.fill_statistic,
    nodes.Distinct: rows.distinct,
    nodes.Sort: rows.sort,
    nodes.Limit: rows.limit,
    nodes.Sample: rows.sample,
    nodes.GroupBy: grouping.group_by,
    nodes.Pivot: grouping.pivot,
    nodes.Melt: rows.melt,
    nodes.Window: windows.window,
    nodes.Explode: rows.explode,
}


def project(node: nodes.Project, frame: Frame) -> Frame:
    """Compute columns; the row of a value that has no counterpart is named."""
    columns = {name: _evaluate(name, typed, frame) for name, typed in node.columns}
    for new, old in node.strict:
        check_strict(new, frame.table.column(old), columns[new])
    return frame_of(columns, node.gives, frame.rows)


def check_strict(name: str, before: Any, after: Any) -> None:
    """Raise a fault for the first value that was lost."""
    lost = pc.and_(pc.is_valid(before), pc.is_null(after))
    row = pc.index(lost, pa.scalar(True)).as_py()
    if row >= 0:
        count = pc.sum(lost).as_py()
        more = f" (and {count - 1} more)" if count > 1 else ""
        shown = repr(before[row].as_py())[:80]
        raise StepFault(f"{shown} in column {name!r} cannot be converted{more}", name, row + 1)


def _filter(node: nodes.Filter, frame: Frame) -> Frame:
    return Frame(frame.table.filter(_evaluate("", node.condition, frame)), node.gives)


def _evaluate(name: str, typed: Typed, frame: Frame) -> Any:
    try:
        return evaluate(typed, frame.table)
    except ValueFault as reason:
        raise StepFault(str(reason), name, _faulty_row(typed, frame)) from reason


def _faulty_row(typed: Typed, frame: Frame) -> int:
    """Return the first row that has no result, from 1, by halving."""
    low, high = 0, frame.rows
    while high - low > 1:
        middle = (low + high) // 2
        try:
            evaluate(typed, frame.table.slice(low, middle - low))
        except ValueFault:
            high = middle
        else:
            low = middle
    return low + 1

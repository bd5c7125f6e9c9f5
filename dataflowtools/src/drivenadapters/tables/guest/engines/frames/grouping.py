"""Groups, and pivots which are groups turned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_conversions import as_text
from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, one_array
from drivenadapters.tables.guest.engines.frame import Frame, StepFault, frame_of
from drivenadapters.tables.guest.engines.frames.codes import grouped, ranked
from drivenadapters.tables.guest.engines.frames.figures import figure_values
from logics.tables.kinds import Kind, Schema
from logics.tables.plan.nodes import GroupBy, Pivot


def group_by(node: GroupBy, frame: Frame) -> Frame:
    """One row a group."""
    codes, count, first = grouped(frame, node.by)
    keys = frame.table.select(list(node.by)).take(pa.array(first)) if node.by else None
    columns = {name: keys.column(name) for name in node.by} if keys is not None else {}
    for figure in node.figures:
        columns[figure.name] = figure_values(frame, figure, codes, count)
    return frame_of(columns, node.gives)


def pivot(node: Pivot, frame: Frame) -> Frame:
    """One row an index, one column a value."""
    names = pivot_names(frame, node)
    rows, height, first = grouped(frame, node.index)
    ranks, width = ranked(frame.table.column(node.column))
    cells = rows * width + ranks
    filled, places = np.unique(cells, return_inverse=True)
    figures = figure_values(frame, node.figure, places, len(filled))
    index = frame.table.select(list(node.index)).take(pa.array(first))
    columns = {name: index.column(name) for name in node.index}
    schema: Schema = dict(node.gives)
    for rank, name in names:
        columns[name] = _column(node, figures, filled, height, rank, width)
        schema[name] = node.figure.kind
    return frame_of(columns, schema)


def _column(node: Pivot, figures: Any, filled: Any, height: int, rank: int, width: int) -> Any:
    wanted = np.arange(height) * width + rank
    place = np.minimum(np.searchsorted(filled, wanted), max(len(filled) - 1, 0))
    missing = filled[place] != wanted if len(filled) else np.ones(height, dtype=bool)
    values = pc.take(figures, pa.array(place, mask=missing))
    return values.fill_null(0) if node.figure.function == "count" else pc.cast(values, ARROW_TYPES[node.figure.kind])


def pivot_names(frame: Frame, node: Pivot) -> list[tuple[int, str]]:
    """Return the rank and the name of each column that a pivot makes.

    Raises:
        StepFault: they are too many, or a name is taken.
    """
    kind = frame.schema[node.column]
    column = frame.table.column(node.column)
    values = one_array(pc.unique(pc.add(column, 0.0) if kind == Kind.NUMBER else column))  # minus zero is zero
    ordered = pc.take(values, pc.sort_indices(values))
    if len(ordered) + len(node.index) > node.most:
        raise StepFault(f"{len(ordered)} values would be columns; at most {node.most} (MAX_TABLE_COLUMNS)", node.column)
    texts = ordered if kind in (Kind.TEXT, Kind.JSON) else as_text(ordered, kind)
    names = ["null" if text is None else text for text in texts.to_pylist()]
    check_pivot_names(names, node)
    return list(enumerate(names))


def check_pivot_names(names: list[str], node: Pivot) -> None:
    """Check that the names of new columns are free.

    Raises:
        StepFault: one is not, or is empty.
    """
    taken = set(node.index)
    for name in names:
        if name in taken or not name:
            raise StepFault(
                f"a value of {node.column!r} would make a column named {name!r} twice or empty", node.column
            )
        taken.add(name)

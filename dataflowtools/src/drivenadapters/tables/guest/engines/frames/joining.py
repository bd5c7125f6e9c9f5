"""Joins and appended tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, one_array
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.engines.frames.codes import combined, ranked
from logics.tables.plan.nodes import Concat, Join

_ROW_BYTES = 16  # two positions; what the columns take comes on top


def join(node: Join, left: Frame, right: Frame, most_bytes: int) -> Frame:
    """Rows beside rows, in the order of the left ones, then of the right ones.

    Raises:
        MemoryError: the pairs alone would not fit.
    """
    if node.how == "cross":
        return _cross(node, left, right, most_bytes)
    one, two, size = _codes(node, left, right)
    counts = np.bincount(two[two >= 0], minlength=size)
    matches = np.where(one >= 0, counts[np.maximum(one, 0)] if size else 0, 0)
    if node.how in ("semi", "anti"):
        keep = matches > 0 if node.how == "semi" else matches == 0
        return Frame(left.table.filter(pa.array(keep)), node.gives)
    if int(matches.sum()) * _ROW_BYTES > most_bytes:
        raise MemoryError
    pairs = _pairs(node, one, two, matches, counts)
    return _assemble(node, left, right, *pairs)


def _pairs(node: Join, one: Any, two: Any, matches: Any, counts: Any) -> tuple[Any, Any]:
    """Return the positions that stand beside each other, -1 for nothing."""
    order = np.argsort(two, kind="stable")[int((two < 0).sum()) :]
    starts = np.concatenate([[0], np.cumsum(counts)])
    outer = node.how in ("left", "full")
    repeats = np.maximum(matches, 1) if outer else matches
    lefts = np.repeat(np.arange(len(one)), repeats)
    within = np.arange(len(lefts)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    matched = matches[lefts] > 0
    places = np.where(matched, starts[np.maximum(one[lefts], 0)] + within, 0)
    rights = np.where(matched, order[places] if len(order) else -1, -1)
    if node.how in ("right", "full"):
        unmatched = np.setdiff1d(np.arange(len(two)), rights)
        lefts = np.concatenate([lefts, np.full(len(unmatched), -1)])
        rights = np.concatenate([rights, unmatched])
    return lefts, rights


def _codes(node: Join, left: Frame, right: Frame) -> tuple[Any, Any, int]:
    """Return a number for the keys of every row of both, -1 where one is missing."""
    keys, missing = [], np.zeros(left.rows + right.rows, dtype=bool)
    for one, two, kind in zip(node.left_keys, node.right_keys, node.key_kinds, strict=True):
        both = [
            one_array(frame.table.column(name)).cast(ARROW_TYPES[kind], safe=False)
            for frame, name in ((left, one), (right, two))
        ]
        values = pa.concat_arrays(both)
        keys.append(ranked(values))
        missing |= pc.is_null(values).to_numpy(zero_copy_only=False)
    codes, uniques = _dense(combined(keys, left.rows + right.rows))
    codes[missing] = -1
    return codes[: left.rows], codes[left.rows :], uniques


def _dense(values: Any) -> tuple[Any, int]:
    import pandas as pd

    codes, uniques = pd.factorize(values)
    return codes.astype("i8"), len(uniques)


def _cross(node: Join, left: Frame, right: Frame, most_bytes: int) -> Frame:
    if left.rows * right.rows * _ROW_BYTES > most_bytes:
        raise MemoryError
    lefts = np.repeat(np.arange(left.rows), right.rows)
    rights = np.tile(np.arange(right.rows), left.rows)
    return _assemble(node, left, right, lefts, rights)


def _assemble(node: Join, left: Frame, right: Frame, lefts: Any, rights: Any) -> Frame:
    one, two = (pa.array(places, mask=places < 0) for places in (lefts, rights))
    columns = dict(zip(left.table.column_names, left.table.take(one).columns, strict=True))
    taken = right.table.select([old for old, _ in node.take]).take(two)
    columns |= {new: taken.column(old) for old, new in node.take}
    if node.how in ("right", "full"):
        for mine, other in node.fill:
            wanted = ARROW_TYPES[node.gives[mine]]
            filler = pc.take(right.table.column(other), two).cast(wanted, safe=False)
            unmatched = pa.array(lefts < 0)
            columns[mine] = pc.if_else(unmatched, one_array(filler), one_array(columns[mine].cast(wanted, safe=False)))
    return frame_of(columns, node.gives)


def concat(node: Concat, frames: Sequence[Frame]) -> Frame:
    """Rows below rows; what a table lacks is missing."""
    tables = []
    for frame in frames:
        columns = {
            name: frame.table.column(name).cast(ARROW_TYPES[kind], safe=False)
            if name in frame.schema
            else pa.nulls(frame.rows, ARROW_TYPES[kind])
            for name, kind in node.gives.items()
        }
        tables.append(frame_of(columns, node.gives).table)
    return Frame(pa.concat_tables(tables), node.gives)

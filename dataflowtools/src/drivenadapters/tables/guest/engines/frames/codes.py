"""Keys as whole numbers: equal values share one, and their order is that of the values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import one_array
from drivenadapters.tables.guest.engines.frame import Frame

_MOST_COMBINED = 2**62


def ranked(values: Any) -> tuple[Any, int]:
    """Return the rank of each value among the distinct ones, and how many ranks there are; null has the last."""
    array = one_array(values)
    if pa.types.is_floating(array.type):
        array = pc.add(array, 0.0)  # minus zero becomes zero
    coded = array.dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy(zero_copy_only=False)
    rank = np.empty(len(order), dtype="i8")
    rank[order] = np.arange(len(order))
    indices = coded.indices.fill_null(len(order)).to_numpy(zero_copy_only=False).astype("i8")
    return np.append(rank, len(order))[indices], len(order) + 1


def combined(keys: Sequence[tuple[Any, int]], rows: int) -> Any:
    """Return one number for each combination of ranks, in their order."""
    result, size = np.zeros(rows, dtype="i8"), 1
    for ranks, count in keys:
        if size * count > _MOST_COMBINED:
            result, size = _compact(result)
        result = result * count + ranks
        size *= count
    return result


def _compact(values: Any) -> tuple[Any, int]:
    codes, uniques = pd.factorize(values)
    order = np.argsort(uniques)
    rank = np.empty(len(uniques), dtype="i8")
    rank[order] = np.arange(len(uniques))
    return rank[codes], max(len(uniques), 1)


def grouped(frame: Frame, columns: Sequence[str]) -> tuple[Any, int, Any]:
    """Return the group of each row, how many groups there are, and the first row of each; sorted by key."""
    if not columns:
        return np.zeros(frame.rows, dtype="i8"), 1, np.zeros(min(frame.rows, 1), dtype="i8")
    codes, count = _compact(combined([ranked(frame.table.column(name)) for name in columns], frame.rows))
    count = count if frame.rows else 0
    return codes, count, first_rows(codes, count)


def first_rows(codes: Any, count: int) -> Any:
    """Return the first row of each group."""
    first = np.zeros(count, dtype="i8")
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first


def last_rows(codes: Any, count: int) -> Any:
    """Return the last row of each group."""
    last = np.zeros(count, dtype="i8")
    last[codes] = np.arange(len(codes))
    return last

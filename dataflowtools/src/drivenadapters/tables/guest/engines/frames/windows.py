"""Figures of the rows around each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, one_array
from drivenadapters.tables.guest.engines.frame import Frame, StepFault, frame_of
from drivenadapters.tables.guest.engines.frames.codes import combined, grouped, ranked
from drivenadapters.tables.guest.engines.frames.figures import (
    doubles,
    figure_values,
    from_doubles,
    masked,
    valid_mask,
)
from logics.tables.kinds import Kind
from logics.tables.plan.nodes import Figure, Order, Window

_LARGEST = 2.0**63


def window(node: Window, frame: Frame) -> Frame:
    """Add the figure as a column."""
    parts, count, _ = grouped(frame, node.partition)
    if node.function in ("total", "mean", "share"):
        result = _over_all(node, frame, parts, count)
    else:
        keys = [_ranks(frame, key) for key in node.order]
        order = np.lexsort([*[ranks for ranks, _ in reversed(keys)], parts])
        sorted_parts = parts[order]
        values = _ordered(node, frame, order, sorted_parts, combined(keys, frame.rows)[order])
        back = np.empty(len(order), dtype="i8")
        back[order] = np.arange(len(order))
        result = pc.take(values, pa.array(back))
    columns = {**dict(zip(frame.schema, frame.table.columns, strict=True)), node.name: result}
    return frame_of(columns, node.gives)


def _ranks(frame: Frame, key: Order) -> tuple[Any, int]:
    """Ranks in the direction of the key; missing values last in both."""
    ranks, count = ranked(frame.table.column(key.column))
    if key.descending:
        ranks = np.where(ranks == count - 1, ranks, count - 2 - ranks)
    return ranks, count


def _over_all(node: Window, frame: Frame, parts: Any, count: int) -> Any:
    function = "mean" if node.function == "mean" else "sum"
    kind = frame.schema[node.column or ""]
    figure = Figure(function, node.column, "", kind if function == "sum" else Kind.NUMBER)
    each = pc.take(one_array(figure_values(frame, figure, parts, count)), pa.array(parts))
    if node.function != "share":
        return each
    total = pc.cast(each, pa.float64(), safe=False)
    divisor = pc.if_else(pc.equal(total, 0.0), pa.scalar(None, pa.float64()), total)
    mine = pc.cast(one_array(frame.table.column(node.column)), pa.float64(), safe=False)
    return from_doubles(pc.divide(mine, divisor).to_numpy(zero_copy_only=False))


def _ordered(node: Window, frame: Frame, order: Any, parts: Any, keys: Any) -> Any:
    starts = np.concatenate([[True], parts[1:] != parts[:-1]]) if len(parts) else np.zeros(0, dtype=bool)
    first = np.maximum.accumulate(np.where(starts, np.arange(len(parts)), 0)) if len(parts) else np.zeros(0, dtype="i8")
    place = np.arange(len(parts)) - first
    match node.function:
        case "row_number":
            return pa.array(place + 1)
        case "rank" | "dense_rank":
            return _rank(node.function, starts, first, keys)
    values = pc.take(one_array(frame.table.column(node.column)), pa.array(order))
    kind = frame.schema[node.column or ""]
    if node.function in ("lag", "lead"):
        return _neighbour(node, values, parts)
    if node.function.startswith("cumulative"):
        return _cumulative(node, values, kind, parts, first)
    return _rolling(node, values, kind, parts, first)


def _rank(function: str, starts: Any, first: Any, keys: Any) -> Any:
    if not len(keys):
        return pa.array(keys)
    new = starts | np.concatenate([[True], keys[1:] != keys[:-1]])
    if function == "rank":
        return pa.array(np.maximum.accumulate(np.where(new, np.arange(len(new)), 0)) - first + 1)
    dense = np.cumsum(new)
    return pa.array(dense - dense[first] + 1)


def _neighbour(node: Window, values: Any, parts: Any) -> Any:
    shift = -node.offset if node.function == "lag" else node.offset
    place = np.arange(len(parts)) + shift
    inside = (place >= 0) & (place < len(parts))
    bounded = np.where(inside, place, 0)
    inside &= parts[bounded] == parts if len(parts) else inside
    return pc.take(values, pa.array(bounded, mask=~inside))


def _cumulative(node: Window, values: Any, kind: Kind, parts: Any, first: Any) -> Any:
    valid = valid_mask(values)
    seen = _within_parts(np.cumsum(valid), valid.astype("i8"), first)
    if node.function == "cumulative_count":
        return pa.array(seen)
    if node.function == "cumulative_sum":
        return _cumulative_sum(node, values, kind, parts, first, seen)
    function = "cummin" if node.function == "cumulative_min" else "cummax"
    if kind == Kind.INTEGER:
        series = pd.Series(masked(values))
        best = getattr(series.groupby(parts), function)().groupby(parts).ffill().array
        return pa.array(np.asarray(best._data), mask=np.asarray(best._mask))
    series = pd.Series(doubles(values))
    return from_doubles(getattr(series.groupby(parts), function)().groupby(parts).ffill())


def _within_parts(running: Any, values: Any, first: Any) -> Any:
    """Subtract from a running sum what was there before its part."""
    return running - (running[first] - values[first]) if len(running) else running


def _cumulative_sum(node: Window, values: Any, kind: Kind, parts: Any, first: Any, seen: Any) -> Any:
    if kind == Kind.INTEGER:
        _check_sums(doubles(values), parts, node)
        numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
        sums = _within_parts(np.cumsum(numbers), numbers, first)
        return pa.array(sums, mask=seen == 0)
    numbers = doubles(values)
    sums = pd.Series(np.nan_to_num(np.where(np.isinf(numbers), 0.0, numbers))).groupby(parts).cumsum().to_numpy()
    if np.isinf(numbers).any():
        above, below = (
            _within_parts(np.cumsum(numbers == edge), (numbers == edge).astype("i8"), first) > 0
            for edge in (np.inf, -np.inf)
        )
        sums = np.where(above & below, np.nan, np.where(above, np.inf, np.where(below, -np.inf, sums)))
    return from_doubles(np.where(seen == 0, np.nan, sums))


def _check_sums(numbers: Any, parts: Any, node: Window) -> None:
    rough = pd.Series(np.abs(np.nan_to_num(numbers))).groupby(parts).sum()
    if (rough >= _LARGEST).any():
        raise StepFault(f"the sum of {node.column!r} is beyond 64 bits; cast it to number first", node.column or "")


def _rolling(node: Window, values: Any, kind: Kind, parts: Any, first: Any) -> Any:
    function = node.function.removeprefix("rolling_")
    if kind == Kind.INTEGER and function == "sum":
        return _rolling_integers(node, values, parts, first)
    if kind == Kind.INTEGER and function in ("min", "max"):
        return _rolling_ranks(node, values, parts, function)
    numbers = doubles(values)
    finite = np.where(np.isinf(numbers), np.nan, numbers)
    result = _roll(finite, parts, node.size, function)
    if np.isinf(numbers).any():
        result = _with_infinities(result, numbers, parts, node.size, function)
    return from_doubles(result)


def _roll(numbers: Any, parts: Any, size: int, function: str) -> Any:
    if not len(numbers):
        return numbers
    rolling = pd.Series(numbers).groupby(parts).rolling(size, min_periods=1)
    return getattr(rolling, function)().to_numpy()


def _with_infinities(result: Any, numbers: Any, parts: Any, size: int, function: str) -> Any:
    """Put back what pandas leaves out of rolling figures."""
    above, below = (_roll((numbers == edge).astype("f8"), parts, size, "sum") > 0 for edge in (np.inf, -np.inf))
    if function == "max":
        return np.where(above, np.inf, np.where(below & np.isnan(result), -np.inf, result))
    if function == "min":
        return np.where(below, -np.inf, np.where(above & np.isnan(result), np.inf, result))
    return np.where(above & below, np.nan, np.where(above, np.inf, np.where(below, -np.inf, result)))


def _rolling_integers(node: Window, values: Any, parts: Any, first: Any) -> Any:
    _check_sums(doubles(values), parts, node)
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    start = np.maximum(np.arange(len(numbers)) - node.size + 1, first)
    sums, seen = (_between(item, start) for item in (numbers, valid_mask(values).astype("i8")))
    return pa.array(sums, mask=seen == 0)


def _between(numbers: Any, start: Any) -> Any:
    running = np.concatenate([[0], np.cumsum(numbers)])
    return running[1:] - running[start]


def _rolling_ranks(node: Window, values: Any, parts: Any, function: str) -> Any:
    ranks, _ = ranked(values)
    marked = np.where(valid_mask(values), ranks.astype("f8"), np.nan)
    best = _roll(marked, parts, node.size, function)
    distinct = pc.unique(values.drop_null())
    ordered = pc.take(distinct, pc.sort_indices(distinct))
    missing = np.isnan(best)
    index = pa.array(np.where(missing, 0, best).astype("i8"), mask=missing)
    return pc.take(ordered, index).cast(ARROW_TYPES[Kind.INTEGER])

"""Figures of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, one_array, without_nan
from drivenadapters.tables.guest.engines.frame import Frame, StepFault
from drivenadapters.tables.guest.engines.frames.codes import first_rows, last_rows, ranked
from logics.tables.kinds import TEMPORAL, Kind
from logics.tables.plan.nodes import Figure

_LARGEST = 2.0**63


def figure_values(frame: Frame, figure: Figure, codes: Any, count: int) -> Any:
    """Return a figure of every group, in their order.

    Raises:
        StepFault: a sum of integers is beyond 64 bits.
    """
    if figure.column is None:
        return pa.array(np.bincount(codes, minlength=count)[:count])
    values = one_array(frame.table.column(figure.column))
    kind = frame.schema[figure.column]
    match figure.function:
        case "count":
            valid = valid_mask(values)
            return pa.array(np.bincount(codes[valid], minlength=count)[:count])
        case "count_distinct":
            return _count_distinct(values, codes, count)
        case "first" | "last":
            return _end(values, codes, count, figure.function)
        case "min" | "max":
            return _extreme(values, kind, codes, count, figure.function)
        case "any" | "all":
            function = "max" if figure.function == "any" else "min"
            return pc.cast(_masked_figure(pc.cast(values, pa.int64()), codes, count, function), pa.bool_())
        case "join":
            return _joined(values, codes, count, figure.separator)
        case "sum" if kind == Kind.INTEGER:
            return integer_sum(values, codes, count, figure.column)
    return _number_figure(values, codes, count, figure)


def valid_mask(values: Any) -> Any:
    """Return where values are not missing."""
    return pc.is_valid(values).to_numpy(zero_copy_only=False)


def doubles(values: Any) -> Any:
    """Return numbers with not-a-number for null, as numpy and pandas have it."""
    return pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def masked(values: Any) -> Any:
    """Return integers, or what is counted in them, as a pandas array with a mask."""
    array = pc.cast(values, pa.int64()) if values.type != pa.int64() else values
    numbers = array.fill_null(0).to_numpy(zero_copy_only=False)
    return pd.arrays.IntegerArray(numbers, ~valid_mask(values))


def from_masked(array: Any, kind: Kind) -> Any:
    """Return a pandas array with a mask as Arrow values of a kind."""
    numbers = pa.array(np.asarray(array._data), mask=np.asarray(array._mask))
    return pc.cast(numbers, ARROW_TYPES[kind])


def from_doubles(values: Any) -> Any:
    """Return numbers with not-a-number as null."""
    return without_nan(pa.array(np.asarray(values, dtype="f8"), pa.float64()))


def _aligned(result: Any, count: int) -> Any:
    """Give groups without a row their place: only the one group of an empty table has none."""
    return result.reindex(range(count))


def _number_figure(values: Any, codes: Any, count: int, figure: Figure) -> Any:
    numbers = doubles(values)
    if figure.function in ("median", "quantile"):
        share = 0.5 if figure.quantile is None else figure.quantile
        return from_doubles(_quantiles(numbers, codes, count, share))
    groups = pd.Series(numbers).groupby(codes)
    with np.errstate(all="ignore"):
        match figure.function:
            case "sum":
                result = groups.sum(min_count=1)
            case "mean":
                result = groups.mean()
            case "std":
                result = groups.std()
            case _:
                result = groups.var()
    return from_doubles(_aligned(result, count))


def _quantiles(numbers: Any, codes: Any, count: int, share: float) -> Any:
    """Interpolate between neighbours; unlike pandas' own it leaves infinities alone where they stand by themselves."""
    if not np.isinf(numbers).any():
        return _aligned(pd.Series(numbers).groupby(codes).quantile(share), count)
    present = ~np.isnan(numbers)
    order = np.lexsort([numbers[present], codes[present]])
    ordered, sizes = numbers[present][order], np.bincount(codes[present], minlength=count)[:count]
    place = np.cumsum(sizes) - sizes + np.maximum(sizes - 1, 0) * share
    low, high = np.floor(place).astype("i8"), np.ceil(place).astype("i8")
    filled = sizes > 0
    result = np.full(count, np.nan)
    one, two, part = ordered[low[filled]], ordered[high[filled]], (place - low)[filled]
    with np.errstate(all="ignore"):
        result[filled] = np.where(one == two, one, np.where(part == 0, one, one + (two - one) * part))
    return result


def integer_sum(values: Any, codes: Any, count: int, column: str) -> Any:
    """Return exact sums of integers.

    Raises:
        StepFault: one is beyond 64 bits.
    """
    rough = pd.Series(doubles(values)).groupby(codes).sum()
    if (rough.abs() >= _LARGEST).any():
        raise StepFault(f"the sum of {column!r} is beyond 64 bits; cast it to number first", column)
    return _masked_figure(values, codes, count, "sum")


def _masked_figure(values: Any, codes: Any, count: int, function: str) -> Any:
    groups = pd.Series(masked(values)).groupby(codes)
    result = groups.sum(min_count=1) if function == "sum" else getattr(groups, function)()
    return from_masked(_aligned(result, count).astype("Int64").array, Kind.INTEGER)


def _extreme(values: Any, kind: Kind, codes: Any, count: int, function: str) -> Any:
    if kind == Kind.NUMBER:
        return from_doubles(_aligned(getattr(pd.Series(doubles(values)).groupby(codes), function)(), count))
    if kind == Kind.INTEGER or kind in TEMPORAL:
        return pc.cast(_masked_figure(values, codes, count, function), ARROW_TYPES[kind])
    ranks, _ = ranked(values)
    marked = pa.array(ranks, mask=~valid_mask(values))
    best = _masked_figure(marked, codes, count, function)
    distinct = pc.unique(values.drop_null())
    return pc.take(pc.take(distinct, pc.sort_indices(distinct)), best)


def _end(values: Any, codes: Any, count: int, which: str) -> Any:
    rows = np.flatnonzero(valid_mask(values))
    seen = codes[rows]
    places = (first_rows if which == "first" else last_rows)(seen, count)
    empty = np.bincount(seen, minlength=count)[:count] == 0
    index = pa.array(rows[places] if len(rows) else np.zeros(count, dtype="i8"), mask=empty)
    return pc.take(values, index)


def _count_distinct(values: Any, codes: Any, count: int) -> Any:
    ranks, size = ranked(values)
    valid = valid_mask(values)
    pairs = pd.unique(codes[valid] * size + ranks[valid])
    return pa.array(np.bincount(pairs // size, minlength=count)[:count])


def _joined(values: Any, codes: Any, count: int, separator: str) -> Any:
    rows = np.flatnonzero(valid_mask(values))
    order = rows[np.argsort(codes[rows], kind="stable")]
    sizes = np.bincount(codes[rows], minlength=count)[:count]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    lists = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), pc.take(values, pa.array(order)))
    joined = pc.binary_join(lists, pa.scalar(separator, pa.large_string()))
    return pc.if_else(pa.array(sizes > 0), joined, pa.scalar(None, pa.large_string()))

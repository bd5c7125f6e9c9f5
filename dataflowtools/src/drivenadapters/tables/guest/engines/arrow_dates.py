"""Dates on Arrow timestamps; microseconds since 1970."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import TIMESTAMP, one_array
from logics.tables.expressions.tree import Typed
from logics.tables.kinds import Kind

MICROSECONDS = {
    "week": 604_800_000_000,
    "day": 86_400_000_000,
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
}
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
_DAYS_FROM_MONDAY = 3  # 1970-01-01 was a Thursday
_FIRST, _LAST = "0001-01-01", "9999-12-31"


def truncate(node: Typed, value: Any, unit: Any) -> Any:
    """The start of the unit that a moment falls in; a date stays a date."""
    if node.kind == Kind.DATE and unit.as_py() in ("hour", "minute", "second"):
        return value
    return pc.floor_temporal(value, unit=unit.as_py())


def date_add(node: Typed, value: Any, number: Any, unit: Any) -> Any:
    """Later by so many units; the day of a shorter month is its last. Beyond the years 1 to 9999 it is null."""
    name = unit.as_py()
    moments, numbers = _pair(value, number)
    if name in _MONTHS:
        moved = _add_months(moments, numbers, _MONTHS[name])
    else:
        moved = _add_fixed(moments, numbers, MICROSECONDS[name])
    moved = floor_day(moved) if node.kind == Kind.DATE else moved
    return moved[0] if isinstance(value, pa.Scalar) and isinstance(number, pa.Scalar) else moved


def floor_day(value: Any) -> Any:
    """Midnight before."""
    return pc.floor_temporal(value, unit="day")


def date_diff(_: Typed, start: Any, end: Any, unit: Any) -> Any:
    """How many starts of a unit lie between."""
    return pc.subtract(_ordinal(end, unit.as_py()), _ordinal(start, unit.as_py()))


def format_date(_: Typed, value: Any, pattern: Any) -> Any:
    """Text by the directives of strftime."""
    seconds = pc.cast(pc.floor_temporal(value, unit="second"), pa.timestamp("s"))
    return pc.cast(pc.strftime(seconds, format=pattern.as_py(), locale="C"), pa.large_string())


def parse(node: Typed, value: Any, pattern: Any) -> Any:
    """Moments from text by the directives of strptime; null where it does not fit."""
    array = one_array(value) if not isinstance(value, pa.Scalar) else pa.array([value.as_py()], value.type)
    distinct = array.dictionary_encode()
    moments = pa.array([_parse_one(text, pattern.as_py()) for text in distinct.dictionary.to_pylist()], TIMESTAMP)
    found = pc.take(moments, distinct.indices)
    found = floor_day(found) if node.kind == Kind.DATE else found
    return found[0] if isinstance(value, pa.Scalar) else found


def _parse_one(text: str, pattern: str) -> Any:
    from datetime import datetime

    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - wall clock is what is asked for
    except ValueError:
        return None


def _pair(value: Any, number: Any) -> tuple[Any, Any]:
    size = max(1 if isinstance(item, pa.Scalar) else len(item) for item in (value, number))
    if any(not isinstance(item, pa.Scalar) and len(item) == 0 for item in (value, number)):
        size = 0
    arrays = [pa.repeat(item, size) if isinstance(item, pa.Scalar) else one_array(item) for item in (value, number)]
    return arrays[0], arrays[1]


def _add_fixed(moments: Any, numbers: Any, size: int) -> Any:
    most = 10**17 * 4  # microseconds in more than 12000 years: beyond it nothing can be right
    bounded = pc.if_else(pc.less(pc.abs(pc.cast(numbers, pa.float64(), safe=False)), most / size), numbers, None)
    moved = pc.add(pc.cast(moments, pa.int64()), pc.multiply(bounded, pa.scalar(size)))
    return _within(pc.cast(moved, TIMESTAMP))


def _within(moments: Any) -> Any:
    low, high = (pa.scalar(pd.Timestamp(day).to_pydatetime(), TIMESTAMP) for day in (_FIRST, _LAST))
    inside = pc.and_(
        pc.greater_equal(moments, low), pc.less(moments, pc.add(high, pa.scalar(86_400_000_000, pa.duration("us"))))
    )
    return pc.if_else(inside, moments, pa.scalar(None, TIMESTAMP))


def _add_months(moments: Any, numbers: Any, factor: int) -> Any:
    missing = pc.or_(pc.is_null(moments), pc.is_null(numbers)).to_numpy(zero_copy_only=False)
    instants = pc.cast(moments, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).view("M8[us]")
    count = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    missing = missing | (np.abs(count.astype("f8")) > 150_000)
    months = instants.astype("M8[M]")
    days = (instants.astype("M8[D]") - months.astype("M8[D]")).astype("i8")
    rest = instants - instants.astype("M8[D]")
    target = months + np.where(missing, 0, count).astype("i8") * factor
    last = ((target + 1).astype("M8[D]") - target.astype("M8[D]")).astype("i8") - 1
    moved = target.astype("M8[D]") + np.minimum(days, last)
    result = pa.array((moved.astype("M8[us]") + rest).view("i8"), pa.int64(), mask=missing)
    return _within(pc.cast(result, TIMESTAMP))


def _ordinal(value: Any, unit: str) -> Any:
    if unit in _MONTHS:
        months = pc.add(pc.multiply(pc.year(value), 12), pc.subtract(pc.month(value), 1))
        return _floor_divide(months, _MONTHS[unit])
    microseconds = pc.cast(value, pa.int64())
    if unit == "week":
        return _floor_divide(pc.add(_floor_divide(microseconds, MICROSECONDS["day"]), _DAYS_FROM_MONDAY), 7)
    return _floor_divide(microseconds, MICROSECONDS[unit])


def _floor_divide(values: Any, divisor: int) -> Any:
    rest = pc.modulo(values, pa.scalar(divisor, pa.int64()))
    return pc.divide(pc.subtract(values, rest), pa.scalar(divisor, pa.int64()))

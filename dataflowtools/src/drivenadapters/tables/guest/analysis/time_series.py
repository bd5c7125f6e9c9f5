"""Numbers over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from drivenadapters.tables.guest.analysis.columns import Analysed, Role
from drivenadapters.tables.guest.analysis.summaries import number
from drivenadapters.tables.guest.engines.arrow_conversions import as_text
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.kinds import NUMERIC, Kind

_SPANS = (  # the longest span, in days, at which a period is chosen
    (0.2, "minute"),
    (4, "hour"),
    (120, "day"),
    (750, "week"),
    (3700, "month"),
    (15_000, "quarter"),
)
_MOST_PERIODS = 5000
_LEAST_FOR_TREND = 3


def time_series(columns: Sequence[Analysed], wanted: str | None, period: str | None, told: list[str]) -> dict[str, Any]:
    """Return counts, sums and means by period, gaps, trend and autocorrelation.

    Raises:
        TaskFailed: there is no date to go by, or there are too many periods.
    """
    time = _time_column(columns, wanted)
    moments = time.present
    if not len(moments):
        return {"time_column": time.name, "period": None, "periods": 0, "series": {}}
    edges = pc.min_max(moments)
    days = (edges["max"].as_py() - edges["min"].as_py()).total_seconds() / 86_400
    unit = period or next((name for most, name in _SPANS if days <= most), "year")
    if time.missing:
        told.append(f"time_series: {time.missing} rows without {time.name!r} are left out")
    starts = pc.floor_temporal(moments, unit=unit)
    places, labels = _timeline(starts, unit)
    rows = np.flatnonzero(pc.is_valid(time.values).to_numpy(zero_copy_only=False))
    counts = np.bincount(places, minlength=len(labels))
    numbers = [column for column in columns if column.kind in NUMERIC and column.role != Role.ID]
    return {
        "time_column": time.name,
        "period": unit,
        "periods": len(labels),
        "empty_periods": int((counts == 0).sum()),
        "start": labels[0],
        "labels": labels,
        "counts": counts.tolist(),
        "series": {column.name: _series(column.doubles[rows], places, len(labels)) for column in numbers},
    }


def _time_column(columns: Sequence[Analysed], wanted: str | None) -> Analysed:
    dates = [column for column in columns if column.role == Role.DATE]
    if wanted is None:
        if not dates:
            raise TaskFailed(
                FailureKind.INVALID, "no column holds dates; set types or time_column", field="time_column"
            )
        return dates[0]
    for column in columns:
        if column.name == wanted and column.kind in (Kind.DATE, Kind.DATETIME, Kind.INSTANT):
            return column
    raise TaskFailed(FailureKind.INVALID, f"{wanted!r} is no column of dates", field="time_column")


def _timeline(starts: Any, unit: str) -> tuple[Any, list[str]]:
    """Return the place of each moment on a line without gaps, and the line's labels."""
    frequency = {"minute": "m", "hour": "h", "day": "D", "week": "7D", "month": "M", "quarter": "3M", "year": "Y"}[unit]
    instants = starts.to_numpy(zero_copy_only=False)
    base = {"month": "M", "quarter": "M", "year": "Y", "week": "D"}.get(unit, frequency)
    numbers = instants.astype(f"M8[{base}]").astype("i8")
    step = {"week": 7, "quarter": 3}.get(unit, 1)
    first = int(numbers.min())
    places = (numbers - first) // step
    size = int(places.max()) + 1
    if size > _MOST_PERIODS:
        raise TaskFailed(FailureKind.INVALID, f"{size} periods; choose a longer period", field="period")
    line = (np.arange(size) * step + first).astype(f"M8[{base}]").astype("M8[us]")
    kind = Kind.DATETIME if unit in ("minute", "hour") else Kind.DATE
    labels: list[str] = as_text(pa.array(line), kind).to_pylist()
    return places, labels


def _series(values: Any, places: Any, size: int) -> dict[str, Any]:
    finite = np.isfinite(values)
    groups = pd.Series(values[finite]).groupby(places[finite])
    sums, means = (getattr(groups, name)().reindex(range(size)).to_numpy() for name in ("sum", "mean"))
    return {
        "sum": [number(value) for value in sums],
        "mean": [number(value) for value in means],
        "trend": _trend(means),
        "autocorrelation": _autocorrelation(means),
    }


def _trend(means: Any) -> dict[str, Any] | None:
    known = ~np.isnan(means)
    if known.sum() < _LEAST_FOR_TREND:
        return None
    with np.errstate(all="ignore"):
        found = stats.linregress(np.flatnonzero(known), means[known])
    return {
        "slope_per_period": number(found.slope),
        "intercept": number(found.intercept),
        "r_squared": number(found.rvalue**2),
        "p_value": number(found.pvalue),
    }


def _autocorrelation(means: Any) -> dict[str, Any]:
    series = pd.Series(means)
    result = {}
    with np.errstate(all="ignore"):
        for lag in (1, 7, 12):
            if len(series) > lag + _LEAST_FOR_TREND:
                result[str(lag)] = number(series.autocorr(lag))
    return result

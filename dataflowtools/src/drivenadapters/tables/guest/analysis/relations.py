"""How columns go together, how their values are spread, and which stand out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import stats

from drivenadapters.tables.guest.analysis.columns import Analysed, Role
from drivenadapters.tables.guest.analysis.summaries import number
from logics.tables.kinds import NUMERIC

_MOST_COLUMNS = 60
_LEAST_PAIRS = 3
_SHAPIRO_MOST = 5000
_MOST_BINS = 60
_FENCE, _DEVIATIONS, _SCALED_MAD, _MAD_TO_STD = 1.5, 3.0, 3.5, 0.6745


def correlation(columns: Sequence[Analysed], method: str, told: list[str]) -> dict[str, Any]:
    """Return coefficients with p-values between numbers, and Cramér's V between categories."""
    numbers = [column for column in columns if column.kind in NUMERIC and column.role != Role.ID]
    categories = [column for column in columns if column.role in (Role.CATEGORY, Role.BOOLEAN)]
    for kind, chosen in (("numbers", numbers), ("categories", categories)):
        if len(chosen) > _MOST_COLUMNS:
            told.append(f"correlation: the first {_MOST_COLUMNS} of {len(chosen)} {kind}")
    return {
        "method": method,
        "numbers": _pairs(numbers[:_MOST_COLUMNS], lambda one, two: _coefficient(one, two, method)),
        "categories": _pairs(categories[:_MOST_COLUMNS], _cramers_v),
    }


def _pairs(columns: Sequence[Analysed], compare: Any) -> list[dict[str, Any]]:
    return [
        {"one": one.name, "other": other.name, **compare(one, other)}
        for place, one in enumerate(columns)
        for other in columns[place + 1 :]
    ]


def _coefficient(one: Analysed, other: Analysed, method: str) -> dict[str, Any]:
    both = np.isfinite(one.doubles) & np.isfinite(other.doubles)
    x, y = one.doubles[both], other.doubles[both]
    if len(x) < _LEAST_PAIRS or (x == x[0]).all() or (y == y[0]).all():
        return {"coefficient": None, "p_value": None, "pairs": len(x)}
    test = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[method]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = test(x, y)
    return {"coefficient": number(found.statistic), "p_value": number(found.pvalue), "pairs": len(x)}


def _cramers_v(one: Analysed, other: Analysed) -> dict[str, Any]:
    table = pd.crosstab(one.series, other.series).to_numpy()
    pairs = int(table.sum())
    if min(table.shape, default=0) < 2:
        return {"coefficient": None, "p_value": None, "pairs": pairs}
    chi2, p_value, _, _ = stats.chi2_contingency(table, correction=False)
    strength = np.sqrt(chi2 / pairs / (min(table.shape) - 1))
    return {"coefficient": number(strength), "p_value": number(p_value), "pairs": pairs}


def distribution(columns: Sequence[Analysed], bins: int | None) -> dict[str, Any]:
    """Return histograms of numbers, with a test whether they are normal."""
    return {column.name: _histogram(column, bins) for column in columns if column.kind in NUMERIC}


def _histogram(column: Analysed, bins: int | None) -> dict[str, Any]:
    values = column.finite
    if not len(values):
        return {"bins": [], "normality": None}
    edges = _edges(values, bins)
    counts, edges = np.histogram(values, bins=edges)
    shown = [
        {"from": number(low), "to": number(high), "count": int(count)}
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return {"bins": shown, "normality": _normality(values)}


def _edges(values: Any, bins: int | None) -> Any:
    low, high = float(values.min()), float(values.max())
    if low == high or not np.isfinite(high - low):
        return bins or 1 if np.isfinite(high - low) else np.linspace(low / 2, high / 2, (bins or 10) + 1) * 2
    if bins is not None:
        return bins
    return min(len(np.histogram_bin_edges(values[:1_000_000], "auto")) - 1, _MOST_BINS) or 1


def _normality(values: Any) -> dict[str, Any] | None:
    if len(values) < 8 or (values == values[0]).all():
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        small = len(values) <= _SHAPIRO_MOST
        found = stats.shapiro(values) if small else stats.normaltest(values)
    name = "shapiro_wilk" if small else "dagostino_pearson"
    return {"test": name, "statistic": number(found.statistic), "p_value": number(found.pvalue)}


def outliers(columns: Sequence[Analysed], method: str, top: int) -> dict[str, Any]:
    """Return the bounds of what is usual in each column of numbers, and what lies outside."""
    return {
        column.name: _outside(column, method, top)
        for column in columns
        if column.kind in NUMERIC and column.role != Role.ID
    }


def _outside(column: Analysed, method: str, top: int) -> dict[str, Any]:
    low, high = _bounds(column.finite, method)
    with np.errstate(all="ignore"):
        outside = (column.doubles < low) | (column.doubles > high)
    rows = np.flatnonzero(outside)
    middle = np.median(column.finite) if len(column.finite) else 0.0
    order = rows[np.argsort(-np.abs(column.doubles[rows] - middle), kind="stable")][:top]
    shown = column.json(column.values.take(pa.array(order)))
    return {
        "method": method,
        "lower": number(low),
        "upper": number(high),
        "count": len(rows),
        "share": len(rows) / len(column.present) if len(column.present) else None,
        "rows": [{"row": int(row) + 1, "value": value} for row, value in zip(order, shown, strict=True)],
    }


def _bounds(values: Any, method: str) -> tuple[float, float]:
    if not len(values):
        return -np.inf, np.inf
    if method == "iqr":
        first, third = np.quantile(values, [0.25, 0.75])
        return first - _FENCE * (third - first), third + _FENCE * (third - first)
    if method == "zscore":
        spread = _DEVIATIONS * values.std(ddof=1) if len(values) > 1 else np.inf
        return values.mean() - spread, values.mean() + spread
    middle = np.median(values)
    deviation = np.median(np.abs(values - middle)) / _MAD_TO_STD
    spread = _SCALED_MAD * deviation if deviation else np.inf
    return middle - spread, middle + spread

"""Summaries of columns by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.analysis.columns import Analysed
from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.engines.frames.codes import combined, ranked
from drivenadapters.tables.guest.writing.values import json_rows
from logics.tables.kinds import NUMERIC, TEMPORAL, Kind

_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_SHOWN = 5
_MOST_PATTERNS = 20


def number(value: Any) -> float | int | None:
    """Return a figure as JSON has it; what cannot be computed is null."""
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, int) or (plain is not None and np.isfinite(plain)) else None


def summarise(columns: Sequence[Analysed]) -> dict[str, Any]:
    """Return a summary of each column."""
    return {column.name: summary(column) for column in columns}


def summary(column: Analysed) -> dict[str, Any]:
    """Return a summary of a column: what all have, and what its kind has."""
    size = len(column.values)
    common = {
        "kind": str(column.kind),
        "role": str(column.role),
        "count": len(column.present),
        "missing": column.missing,
        "missing_share": column.missing / size if size else None,
        "distinct": column.distinct,
        "constant": column.distinct == 1,
    }
    if column.kind in NUMERIC:
        return {**common, **_numbers(column)}
    if column.kind in TEMPORAL:
        return {**common, **_dates(column)}
    if column.kind == Kind.BOOLEAN:
        true = pc.sum(column.present).as_py() or 0
        share = true / len(column.present) if len(column.present) else None
        return {**common, "true": true, "false": len(column.present) - true, "true_share": share}
    return {**common, **_texts(column)}


def _numbers(column: Analysed) -> dict[str, Any]:
    finite = column.finite
    infinite = int(np.isinf(column.doubles).sum())
    series = pd.Series(finite, dtype="f8")
    with np.errstate(all="ignore"):
        quantiles = series.quantile(list(_QUANTILES))
        figures = {
            "infinite": infinite,
            "mean": number(series.mean()),
            "std": number(series.std()),
            "min": _edge(column, "min"),
            "max": _edge(column, "max"),
            "sum": _sum(column),
            "median": number(quantiles[0.5]),
            "quantiles": {f"{share:g}": number(quantiles[share]) for share in _QUANTILES},
            "iqr": number(quantiles[0.75] - quantiles[0.25]),
            "skewness": number(series.skew()),
            "kurtosis": number(series.kurt()),
            "zeros": int((finite == 0).sum()),
            "negative": int((column.doubles < 0).sum()),
            "most_common": column.most_common(_SHOWN),
        }
    if infinite:
        figures["note"] = "infinities are counted and left out of the other figures"
    return figures


def _edge(column: Analysed, which: str) -> Any:
    if column.kind == Kind.INTEGER:
        return getattr(pc, which)(column.present).as_py()
    return number(getattr(np, which)(column.finite)) if len(column.finite) else None


def _sum(column: Analysed) -> Any:
    """The exact sum of integers, however large; of numbers that of pandas."""
    if column.kind != Kind.INTEGER:
        return number(pd.Series(column.finite, dtype="f8").sum(min_count=1))
    if not len(column.present):
        return None
    if np.abs(column.doubles[~np.isnan(column.doubles)]).sum() < 2.0**62:
        return pc.sum(column.present).as_py()
    return sum(column.present.to_pylist())


def _dates(column: Analysed) -> dict[str, Any]:
    if not len(column.present):
        return {"min": None, "max": None, "span_days": None, "most_common": []}
    edges = pc.min_max(column.present)
    low, high = edges["min"].as_py(), edges["max"].as_py()
    shown = column.json(pa.array([low, high], column.values.type))
    weekdays = np.bincount(pc.day_of_week(column.present).to_numpy(zero_copy_only=False), minlength=7)
    return {
        "min": shown[0],
        "max": shown[1],
        "span_days": (high - low).total_seconds() / 86_400,
        "weekdays": dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), weekdays.tolist(), strict=True)),
        "most_common": column.most_common(_SHOWN),
    }


def _texts(column: Analysed) -> dict[str, Any]:
    lengths = pc.utf8_length(column.present)
    edges = pc.min_max(lengths)
    return {
        "shortest": edges["min"].as_py(),
        "longest": edges["max"].as_py(),
        "mean_length": number(pc.mean(lengths).as_py()),
        "blank": pc.sum(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(column.present)), 0)).as_py() or 0,
        "most_common": [] if column.kind == Kind.JSON else column.most_common(_SHOWN),
    }


def missing(frame: Frame, columns: Sequence[Analysed]) -> dict[str, Any]:
    """Return what is missing where, and in which combinations."""
    rows = frame.rows
    each: list[dict[str, Any]] = [
        {"column": column.name, "missing": column.missing, "share": column.missing / rows if rows else None}
        for column in columns
    ]
    total = sum(item["missing"] for item in each)
    incomplete, patterns = _patterns(columns, rows)
    return {
        "columns": each,
        "cells": rows * len(columns),
        "missing_cells": total,
        "complete_rows": rows - incomplete,
        "incomplete_rows": incomplete,
        "patterns": patterns,
    }


def _patterns(columns: Sequence[Analysed], rows: int) -> tuple[int, list[dict[str, Any]]]:
    lacking = [column for column in columns if column.missing]
    if not lacking:
        return 0, []
    masks = [pc.is_null(column.values).to_numpy(zero_copy_only=False).astype("i8") for column in lacking]
    codes = combined([(mask, 2) for mask in masks], rows)
    found, first, counts = np.unique(codes, return_index=True, return_counts=True)
    incomplete = int(np.logical_or.reduce(masks).sum())
    shown = []
    for place in np.argsort(-counts, kind="stable"):
        names = [column.name for column, mask in zip(lacking, masks, strict=True) if mask[first[place]]]
        if names:
            shown.append({"columns": names, "rows": int(counts[place])})
    del found
    return incomplete, shown[:_MOST_PATTERNS]


def duplicates(frame: Frame, names: Sequence[str], top: int) -> dict[str, Any]:
    """Return which rows are there more than once; missing values are equal."""
    codes = combined([ranked(frame.table.column(name)) for name in names], frame.rows)
    series = pd.Series(codes)
    repeated = series.duplicated(keep="first").to_numpy()
    involved = series.duplicated(keep=False).to_numpy()
    rows = np.flatnonzero(involved)
    order = rows[np.argsort(codes[rows], kind="stable")][:top]
    shown = json_rows(Frame(frame.table.take(pa.array(order)), frame.schema), top)
    return {
        "columns": list(names),
        "duplicate_rows": int(repeated.sum()),
        "share": float(repeated.mean()) if frame.rows else None,
        "groups": len(np.unique(codes[rows])),
        "rows": [{"row": int(place) + 1, "values": values} for place, values in zip(order, shown, strict=True)],
    }


def value_counts(columns: Sequence[Analysed], top: int) -> dict[str, Any]:
    """Return the commonest values of each column."""
    result = {}
    for column in columns:
        shown = column.most_common(top)
        result[column.name] = {
            "values": shown,
            "distinct": column.distinct,
            "missing": column.missing,
            "other": len(column.present) - sum(item["count"] for item in shown),
        }
    return result

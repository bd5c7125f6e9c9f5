"""Percentiles of measured times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """A distribution of times in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float


def summarise(seconds: Sequence[float]) -> Latency:
    """Return the percentiles of times given in seconds; all NaN for none."""
    ordered = sorted(seconds)
    return Latency(len(ordered), *(percentile(ordered, share) * 1000 for share in (50, 95, 99)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of ascending values: one that was really measured."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]

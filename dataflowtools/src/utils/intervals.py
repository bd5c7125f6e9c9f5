"""How long something took."""

from __future__ import annotations

import time


def now() -> float:
    """Return a moment to measure from, in seconds."""
    return time.perf_counter()


def milliseconds_since(started: float) -> float:
    """Return the time since a moment of :func:`now`."""
    return round((time.perf_counter() - started) * 1000, 3)

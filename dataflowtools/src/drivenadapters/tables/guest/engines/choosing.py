"""Which engine carries a pipeline."""

from __future__ import annotations

from typing import Any

from drivenadapters.tables.guest.engines.duck.engine import DuckEngine
from drivenadapters.tables.guest.engines.frames.engine import FrameEngine
from drivenadapters.tables.guest.engines.limits import Limits

_COPIES = 4  # of a table that steps in memory may hold at once
_TEXT_GROWTH = 1.2  # of a text file when it becomes columns
_PARQUET_GROWTH = 6.0


def estimate(size: int, format_name: str) -> int:
    """Guess what a file takes as columns."""
    if format_name == "parquet":
        return int(size * _PARQUET_GROWTH)
    return int(size * (_TEXT_GROWTH if format_name in ("csv", "tsv") else 3.0))


def fits_in_memory(size: int, limits: Limits) -> bool:
    """Whether steps in memory have room for a table of that many bytes."""
    return size * _COPIES <= limits.memory_bytes


def open_engine(name: str, size: int, limits: Limits) -> tuple[str, Any]:
    """Return the name and the engine that the caller wants, or that the size of the table asks for."""
    if name == "duckdb" or (name == "auto" and not fits_in_memory(size, limits)):
        return "duckdb", DuckEngine(limits)
    return "pandas", FrameEngine(limits)

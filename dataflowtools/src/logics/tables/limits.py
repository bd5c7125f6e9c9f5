"""Limits of the work on tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TableLimits:
    """Limits that are settings.

    Attributes:
        rows, columns: of any table.
        steps: of a transformation.
        preview: rows of an answer.
        memory_bytes: that an engine may take.
        threads: that it may run.
    """

    rows: int = 50_000_000
    columns: int = 10_000
    steps: int = 100
    preview: int = 1000
    memory_bytes: int = 512 << 20
    threads: int = 2

    def for_workers(self) -> dict[str, Any]:
        """Return what the workers need to know."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "memory_bytes": self.memory_bytes,
            "threads": self.threads,
        }

"""What an engine may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one task.

    Attributes:
        memory_bytes: that the engine may take.
        threads: that it may run.
        rows: of any table.
        columns: of any table.
    """

    memory_bytes: int = 512 << 20
    threads: int = 2
    rows: int = 50_000_000
    columns: int = 5000

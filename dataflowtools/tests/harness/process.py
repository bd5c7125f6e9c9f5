"""A real ``python src/main.py``, watched through its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servicekit.testing.openapi import CheckedClient
from servicekit.testing.process import ServiceProcess, children

__all__ = ["SOURCE", "STORAGE", "ServiceProcess", "children", "serving", "started"]

SOURCE = Path(__file__).resolve().parents[2] / "src"
STORAGE = Path(__file__).resolve().parent / "deadly_main.py"
"""The service without its workers, which take seconds to start and which most of what is stored does not need."""


@contextmanager
def started(folder: Path, **options: Any) -> Iterator[ServiceProcess]:
    """Run a service process until the block ends."""
    process = ServiceProcess(
        folder, **{"main": SOURCE / "main.py", "BATCH_LEASE_SECONDS": "3", "OCR_PRELOAD": "false", **options}
    )
    try:
        yield process
    finally:
        process.end()


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[tuple[ServiceProcess, CheckedClient]]:
    """Run a service process, with a client for it."""
    with started(folder, **options) as process, CheckedClient(process.url) as client:
        yield process, client

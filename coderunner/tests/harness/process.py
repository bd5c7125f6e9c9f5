"""A real ``python src/main.py``, watched through its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servicekit.testing.process import ServiceProcess, children

from harness.openapi import CheckedClient

__all__ = ["SOURCE", "ServiceProcess", "children", "serving", "started"]

SOURCE = Path(__file__).resolve().parents[2] / "src"


@contextmanager
def started(folder: Path, **options: Any) -> Iterator[ServiceProcess]:
    """Run a service process until the block ends."""
    own = {"main": SOURCE / "main.py", "MAX_MEMORY_MB": "256", "PACKAGES_DIR": str(folder / "packages")}
    process = ServiceProcess(folder, **{**own, **options})
    try:
        yield process
    finally:
        process.end()


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[tuple[ServiceProcess, CheckedClient]]:
    """Run a service process, with a client for it."""
    with started(folder, **options) as process, CheckedClient(process.url) as client:
        yield process, client

"""The composed service in a thread of the test's process, and settings for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicekit import Route
from servicekit.testing.openapi import CheckedClient
from servicekit.testing.thread import ServiceThread, in_thread

from common.settings import Settings
from container import build
from harness.idle_workers import IdleWorkers


@dataclass(frozen=True)
class RunningService:
    """A service that answers on loopback."""

    client: CheckedClient
    thread: ServiceThread
    settings: Settings

    @property
    def routes(self) -> tuple[Route, ...]:
        """Its addresses."""
        return self.thread.routes

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.thread.url


def settings_for(folder: Path, **values: Any) -> Settings:
    """Return settings that no ``.env`` changes, with quiet logs, small budgets, and all data in a folder."""
    defaults = {"log_format": "json", "log_level": "error", "data_dir": folder / "data", "batch_lease_seconds": 3}
    defaults["ocr_preload"] = False  # most tests need no engine, which takes two seconds of both cores
    return Settings(_env_file=None, **{**defaults, **values})


@contextmanager
def storing(settings: Settings, **overrides: Any) -> Iterator[RunningService]:
    """Serve until the block ends what needs no workers, which take seconds to start."""
    with running(settings, workers=IdleWorkers(settings), **overrides) as service:
        yield service


@contextmanager
def running(settings: Settings, **overrides: Any) -> Iterator[RunningService]:
    """Serve until the block ends, on a free port of loopback; overrides are those of ``container.build``."""
    with in_thread(lambda: build(settings, **overrides), settings) as thread, CheckedClient(thread.url) as client:
        yield RunningService(client, thread, settings)

"""The composed service in a thread of the test's process, and settings for it."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from servicekit.machine import usable_cores, usable_memory_bytes
from servicekit.testing.thread import in_thread

from common.settings import Settings
from container import Packages, StartedSandbox, build, capacity, make_packages, sandbox_settings
from drivenadapters.sandbox.egress import Egress
from drivenadapters.sandbox.import_graph import ImportGraph
from drivenadapters.sandbox.measures import RunMeasures
from drivenadapters.sandbox.runner import WorkerSandbox
from drivenadapters.sandbox.warm_groups import WarmLimits
from harness.openapi import CheckedClient

T = TypeVar("T")
_START_SECONDS = 120.0


@dataclass(frozen=True)
class RunningService:
    """A service that answers: one of this process's own, or one that runs elsewhere."""

    url: str
    client: CheckedClient

    def wait_until_running(self) -> None:
        """Wait until a program is being run."""
        end = time.monotonic() + _START_SECONDS
        while not self.client.get("/api/health").json()["result"]["checks"]["sandbox"]["running"]:
            assert time.monotonic() < end, "no program is being run"


@dataclass(frozen=True)
class OwnService(RunningService):
    """A service in a thread of this process."""

    loop: asyncio.AbstractEventLoop
    sandbox: StartedSandbox
    settings: Settings

    def await_(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await in the service's own thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(_START_SECONDS)


@contextmanager
def connected(url: str) -> Iterator[RunningService]:
    """Use a service that somebody else started and ends."""
    with CheckedClient(url) as client:
        yield RunningService(url, client)


def settings_for(**values: Any) -> Settings:
    """Return settings that no ``.env`` changes, with quiet logs and small budgets."""
    defaults = {"log_format": "json", "log_level": "error", "max_memory_mb": 256, "packages_dir": packages_dir()}
    return Settings(_env_file=None, **{**defaults, **values})


@cache
def packages_dir() -> Path:
    """Return a package store of these tests' own, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="packages-"))
    folder.chmod(0o755)  # workers are another user
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def worker_sandbox(
    settings: Settings,
    *,
    egress: Egress | None = None,
    language_layer: bool = True,
    packages: Packages | None = None,
) -> WorkerSandbox:
    """Return a real sandbox, not started; without the language layer it runs plain Python."""
    packages = packages or make_packages(settings)
    described = replace(sandbox_settings(settings), language_layer=language_layer)
    assert packages.sets is not None
    assert packages.graph_file is not None
    return WorkerSandbox(
        described,
        capacity(settings, usable_cores(), usable_memory_bytes()),
        allow_network=settings.allow_network,
        egress=egress or Egress(),
        measures=RunMeasures(CollectorRegistry()),
        warm=WarmLimits(settings.max_warm_environments, settings.environment_idle_seconds),
        hold=packages.sets.hold,
        graph=ImportGraph(described, packages.graph_file),
    )


@contextmanager
def running(
    settings: Settings,
    sandbox: StartedSandbox | None = None,
    *,
    headers: dict[str, str] | None = None,
    packages: Packages | None = None,
) -> Iterator[OwnService]:
    """Serve until the block ends, on a free port of loopback."""
    packages = packages or make_packages(settings)
    sandbox = sandbox or worker_sandbox(settings, packages=packages)
    with (
        in_thread(lambda: build(settings, sandbox=sandbox, packages=packages), settings) as thread,
        CheckedClient(thread.url, headers=headers) as client,
    ):
        yield OwnService(thread.url, client, thread.loop, sandbox, settings)

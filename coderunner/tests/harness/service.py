"""The composed service in a thread of the test's process, and settings for it."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from servicekit.lifecycle import close_all
from servicekit.machine import usable_cores, usable_memory_bytes
from servicekit.server import make_server

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
    thread = _ServiceThread(settings, sandbox, packages)
    thread.start()
    url = thread.wait_until_ready()
    try:
        with CheckedClient(url, headers=headers) as client:
            yield OwnService(url, client, thread.loop, sandbox, settings)
    finally:
        thread.end()


class _ServiceThread(threading.Thread):
    """Runs one service's event loop."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, settings: Settings, sandbox: StartedSandbox, packages: Packages) -> None:
        super().__init__(name="service")
        self._packages = packages
        self._settings = settings
        self._sandbox = sandbox
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._url = ""

    def run(self) -> None:
        """Serve in this thread."""
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - raised again where the test waits
            self._failure = failure
            self._ready.set()

    def wait_until_ready(self) -> str:
        """Return the address once the service serves; raise what kept it from that."""
        assert self._ready.wait(_START_SECONDS)
        if self._failure is not None:
            raise self._failure
        return self._url

    def end(self) -> None:
        """End the service and wait for it."""
        self.loop.call_soon_threadsafe(self._told_to_end.set)
        self.join(_START_SECONDS)
        if self._failure is not None:
            raise self._failure

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._told_to_end = asyncio.Event()
        service = build(self._settings, sandbox=self._sandbox, packages=self._packages)
        server = make_server(service.application, self._settings)
        try:
            for start in service.starters:
                await start()
            service.application.mark_serving()
            server.listen(0, "127.0.0.1")
            port = next(iter(server._sockets.values())).getsockname()[1]
            self._url = f"http://127.0.0.1:{port}"
            self._ready.set()
            await self._told_to_end.wait()
        finally:
            server.stop()
            await server.close_all_connections()
            await close_all(service.closers)

"""The composed service in a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicekit.lifecycle import close_all
from servicekit.server import make_server
from servicekit.testing.openapi import CheckedClient

from common.settings import Settings
from container import build
from fakes.result_cache import FakeResultCache
from fakes.stored_files import FakeStoredFiles

_START_SECONDS = 120.0


@dataclass(frozen=True)
class RunningService:
    """A service that answers on loopback, and the files and answers that it keeps."""

    client: CheckedClient
    files: FakeStoredFiles
    cache: FakeResultCache


def settings_for(**values: Any) -> Settings:
    """Return settings that no ``.env`` changes, with quiet logs."""
    return Settings(_env_file=None, **{"log_format": "json", "log_level": "error", **values})


@contextmanager
def running(settings: Settings, folder: Path) -> Iterator[RunningService]:
    """Serve until the block ends, on a free port of loopback, with files in a folder."""
    files, cache = FakeStoredFiles(folder), FakeResultCache()
    thread = _ServiceThread(settings, files, cache)
    thread.start()
    url = thread.wait_until_ready()
    try:
        with CheckedClient(url) as client:
            yield RunningService(client, files, cache)
    finally:
        thread.end()


class _ServiceThread(threading.Thread):
    """Runs one service's event loop."""

    def __init__(self, settings: Settings, files: FakeStoredFiles, cache: FakeResultCache) -> None:
        super().__init__(name="service")
        self._settings = settings
        self._files = files
        self._cache = cache
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
        self._loop.call_soon_threadsafe(self._told_to_end.set)
        self.join(_START_SECONDS)
        if self._failure is not None:
            raise self._failure

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told_to_end = asyncio.Event()
        service = build(self._settings, files=self._files, cache=self._cache)
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

"""A composed service that serves in a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from servicekit.application import ServiceApplication
from servicekit.lifecycle import Closer, Starter, close_all
from servicekit.routing import Route
from servicekit.server import make_server
from servicekit.settings import ServiceSettings

T = TypeVar("T")
_SECONDS = 120.0


class Composed(Protocol):
    """What a service's composition root returns."""

    @property
    def application(self) -> ServiceApplication:
        """The application."""

    @property
    def starters(self) -> tuple[Starter, ...]:
        """What begins."""

    @property
    def closers(self) -> tuple[Closer, ...]:
        """What ends."""


class ServiceThread(threading.Thread):
    """Runs one service's event loop, on a free port of loopback.

    Args:
        build: composes the service; called in the thread.
    """

    loop: asyncio.AbstractEventLoop
    url: str
    routes: tuple[Route, ...]

    def __init__(self, build: Callable[[], Composed], settings: ServiceSettings) -> None:
        super().__init__(name="service")
        self._build = build
        self._settings = settings
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Serve in this thread."""
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - raised again where the test waits
            self._failure = failure
            self._ready.set()

    def wait_until_ready(self) -> None:
        """Return once the service serves; raise what kept it from that."""
        assert self._ready.wait(_SECONDS)
        if self._failure is not None:
            raise self._failure

    def await_(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await in the service's own thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(_SECONDS)

    def end(self) -> None:
        """End the service and wait for it."""
        self.loop.call_soon_threadsafe(self._told_to_end.set)
        self.join(_SECONDS)
        if self._failure is not None:
            raise self._failure

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._told_to_end = asyncio.Event()
        service = self._build()
        self.routes = service.application.routes
        server = make_server(service.application, self._settings)
        try:
            for start in service.starters:
                await start()
            service.application.mark_serving()
            server.listen(0, "127.0.0.1")
            port = next(iter(server._sockets.values())).getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            self._ready.set()
            await self._told_to_end.wait()
        finally:
            server.stop()
            await server.close_all_connections()
            await close_all(service.closers)


@contextmanager
def in_thread(build: Callable[[], Composed], settings: ServiceSettings) -> Iterator[ServiceThread]:
    """Serve until the block ends."""
    thread = ServiceThread(build, settings)
    thread.start()
    thread.wait_until_ready()
    try:
        yield thread
    finally:
        thread.end()

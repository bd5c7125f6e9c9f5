"""The life of a service process, from listening to exit.

At SIGTERM: readiness says 503, a drain delay lets balancers notice while requests are still
served, the socket closes, requests in flight end within a deadline, connections close, adapters
close in reverse order, exit 0. A second signal skips what is left of the waiting; adapters still
close, because they hold processes that would outlive us, and the exit status names the signal.
At SIGINT there is no drain delay: no balancer is watching a terminal.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import structlog
from tornado.netutil import bind_sockets

from servicekit.application import ServiceApplication
from servicekit.auth import is_loopback
from servicekit.server import ServiceServer, make_server
from servicekit.settings import ServiceSettings
from servicekit.state import Phase

Starter = Callable[[], Awaitable[None]]
Closer = Callable[[], Awaitable[None] | None]

EXIT_OK: Final = 0
EXIT_FAILURE: Final = 1
_EXIT_BY_SIGNAL: Final = 128
_CLOSER_SECONDS: Final = 10.0

_log = structlog.get_logger("servicekit.lifecycle")


def serve(
    app: ServiceApplication,
    settings: ServiceSettings,
    *,
    on_start: Sequence[Starter] = (),
    closers: Sequence[Closer] = (),
) -> int:
    """Runs the service until it is told to stop; returns the process's exit status.

    The address answers at once; `on_start` runs in order, and until it is through only health
    and documents answer, all else says 503. What `on_start` raises ends the process with 1.
    """
    return asyncio.run(_Process(app, settings, on_start, closers).run())


class StopSignals:
    """SIGTERM and SIGINT as awaitable events: the first asks to stop, the second insists."""

    def __init__(self) -> None:
        self.first: signal.Signals | None = None
        self.last: signal.Signals | None = None
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()

    def install(self) -> None:
        """Takes over both signals in the running loop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._arrived, number)

    def _arrived(self, number: signal.Signals) -> None:
        self.last = number
        if self.first is None:
            self.first = number
            self.asked.set()
        else:
            self.insisted.set()

    async def insisted_within(self, seconds: float) -> None:
        """Waits for a second signal, for so long at most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.insisted.wait(), seconds)


class _Process:
    """One run of a service."""

    def __init__(
        self,
        app: ServiceApplication,
        settings: ServiceSettings,
        on_start: Sequence[Starter],
        closers: Sequence[Closer],
    ) -> None:
        self._app = app
        self._settings = settings
        self._on_start = on_start
        self._closers = closers
        self._server: ServiceServer = make_server(app, settings)
        self._signals = StopSignals()

    async def run(self) -> int:
        """Serves until stopped; always closes what was opened."""
        self._signals.install()
        lag = asyncio.create_task(self._app.runtime.metrics.watch_event_loop())
        try:
            if not self._listen() or not await self._start():
                return EXIT_FAILURE
            await self._signals.asked.wait()
            await self._stop()
            return self._exit_status()
        finally:
            lag.cancel()
            self._server.stop()
            await self._server.close_all_connections()
            await close_all(self._closers)
            _log.info("stopped")

    def _listen(self) -> bool:
        host, port = self._settings.host, self._settings.port
        try:
            sockets = bind_sockets(port, address=host, reuse_port=False)
        except OSError as exc:
            _log.error("cannot_listen", host=host, port=port, reason=exc.strerror or str(exc))
            return False
        self._server.add_sockets(sockets)
        self._warn_if_exposed()
        _log.info("listening", host=host, port=sockets[0].getsockname()[1], service=self._app.runtime.info.name)
        return True

    def _warn_if_exposed(self) -> None:
        if not is_loopback(self._settings.host) and not self._app.runtime.keys.required:
            _log.warning(
                "open_to_the_network",
                host=self._settings.host,
                advice="anybody who reaches this address can use it: set API_KEYS, or HOST=127.0.0.1",
            )

    async def _start(self) -> bool:
        """Runs the starters, unless a signal comes first."""
        starting = asyncio.create_task(_run_in_order(self._on_start))
        asked = asyncio.create_task(self._signals.asked.wait())
        await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait((starting,))
            return True
        if starting.exception() is not None:
            _log.error("start_failed", exc_info=starting.exception())
            return False
        self._app.mark_serving()
        _log.info("ready")
        return True

    async def _stop(self) -> None:
        state = self._app.state
        was_serving = state.phase is Phase.SERVING
        state.phase = Phase.DRAINING
        _log.info("stopping", in_flight=state.in_flight)
        if was_serving and self._signals.first is not signal.SIGINT:
            await self._signals.insisted_within(self._settings.shutdown_drain_seconds)
        self._server.stop()
        await self._until_idle()

    async def _until_idle(self) -> None:
        idle = asyncio.create_task(self._app.state.until_idle())
        insisted = asyncio.create_task(self._signals.insisted.wait())
        grace = self._settings.shutdown_grace_seconds
        await asyncio.wait((idle, insisted), timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        insisted.cancel()
        if self._app.state.in_flight:
            _log.warning("requests_cut_off", in_flight=self._app.state.in_flight)

    def _exit_status(self) -> int:
        if self._signals.insisted.is_set() and self._signals.last is not None:
            return _EXIT_BY_SIGNAL + self._signals.last
        return EXIT_OK


async def close_all(closers: Iterable[Closer]) -> None:
    """Closes in reverse order; a closer that fails or hangs is logged and does not stop the others."""
    for closer in reversed(tuple(closers)):
        try:
            async with asyncio.timeout(_CLOSER_SECONDS):
                outcome = closer()
                if outcome is not None:
                    await outcome
        except Exception:  # noqa: BLE001 - the remaining adapters must close whatever this one raises
            _log.exception("close_failed", closer=getattr(closer, "__qualname__", repr(closer)))


async def _run_in_order(starters: Sequence[Starter]) -> None:
    for starter in starters:
        await starter()

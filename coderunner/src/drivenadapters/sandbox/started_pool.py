"""The start of a pool: in the background, once at a time, and again after a failure."""

from __future__ import annotations

import asyncio
from typing import Generic, Protocol, TypeVar

import structlog
from sandboxkit.errors import PoolClosed, SandboxError, ZygoteFailed

_log = structlog.get_logger("coderunner.sandbox")


class Startable(Protocol):
    """What can be started, perhaps after a failure again, and closed."""

    async def start(self) -> None:
        """Get ready; raises SandboxError or OSError."""

    async def close(self) -> None:
        """End whatever runs."""


P = TypeVar("P", bound=Startable)


class StartedPool(Generic[P]):
    """A pool that may still be starting when the first run wants it."""

    def __init__(self, name: str, pool: P) -> None:
        self.name = name
        self.pool = pool
        self._starting: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_starting(self) -> bool:
        """Whether it was asked to start."""
        return self._starting is not None

    async def start(self) -> None:
        """Start, and wait until that is done; raises as :meth:`ready`."""
        self.start_in_background()
        await self.ready()

    def start_in_background(self) -> None:
        """Begin to start; whether that went well is told by :meth:`ready`."""
        self._starting = asyncio.get_running_loop().create_task(self._start())
        self._starting.add_done_callback(_look_at)

    async def ready(self) -> P:
        """Return the pool once it has started; the first call after a failure starts it anew.

        Raises:
            PoolClosed: it was not asked to start, or has been closed.
            SandboxError: this start failed.
        """
        if self._starting is None or self._closed:
            raise PoolClosed(f"the pool {self.name} is not open")
        if _has_failed(self._starting):
            self.start_in_background()
        starting = self._starting
        if not starting.done():
            await asyncio.wait([starting])  # a caller who goes away does not end the start
        if starting.cancelled():
            raise PoolClosed(f"the pool {self.name} is closing")
        starting.result()
        return self.pool

    async def close(self) -> None:
        """End the start, wherever it is, then the pool."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self.pool.close()

    async def _start(self) -> None:
        try:
            await self.pool.start()
        except SandboxError as reason:
            _log.error("pool_start_failed", pool=self.name, reason=str(reason))
            raise
        except OSError as reason:
            _log.error("pool_start_failed", pool=self.name, reason=str(reason))
            raise ZygoteFailed(f"{self.name}: {reason}") from reason


def _has_failed(starting: asyncio.Task[None]) -> bool:
    return starting.done() and (starting.cancelled() or starting.exception() is not None)


def _look_at(starting: asyncio.Task[None]) -> None:
    """Take note of a failure, which asyncio would otherwise report as overlooked."""
    if not starting.cancelled():
        starting.exception()

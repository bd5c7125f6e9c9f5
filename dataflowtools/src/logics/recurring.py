"""Work that is done again and again while the service runs."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

_log = structlog.get_logger("dataflowtools.recurring")
_SPREAD = 0.2


class Recurring:
    """Runs some work at the start and then every so many seconds; a failure is logged and waits for the next time.

    Args:
        wake: once set, the work runs at once.
    """

    def __init__(
        self, name: str, work: Callable[[], Awaitable[Any]], seconds: float, *, wake: asyncio.Event | None = None
    ) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._wake = wake or asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; the first run is not waited for."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def close(self) -> None:
        """End, in the middle of the work if need be."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._work()
            except Exception as reason:  # noqa: BLE001 - whatever it was, the next time may be better
                _log.warning("recurring_work_failed", work=self._name, reason=str(reason), exc_info=True)
            await self._pause()

    async def _pause(self) -> None:
        # Replicas that started together drift apart.
        seconds = self._seconds * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

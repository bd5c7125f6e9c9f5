"""Backpressure: a bounded number of runs, a bounded queue, a deadline for waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandboxkit.errors import Saturated


class Admission:
    """Lets ``capacity`` runs in, keeps ``queue_limit`` waiting in order of arrival."""

    def __init__(self, capacity: int, queue_limit: int, queue_seconds: float) -> None:
        self.capacity = capacity
        self._queue_limit = queue_limit
        self._queue_seconds = queue_seconds
        self._running = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def running(self) -> int:
        """Runs that were let in and have not ended."""
        return self._running

    @property
    def waiting(self) -> int:
        """Runs in the queue."""
        return len(self._queue)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot for the duration of the block.

        Raises:
            Saturated: the queue is full, or the wait exceeded its deadline.
        """
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._running < self.capacity:
            self._running += 1
            return
        if len(self._queue) >= self._queue_limit:
            raise Saturated(f"{self._running} runs in progress and {self.waiting} waiting", 1.0)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(self._queue_seconds):
                await turn
        except TimeoutError:
            if turn.done() and not turn.cancelled():
                return  # the slot came in the same instant
            raise Saturated(
                f"waited {self._queue_seconds:g} s for one of {self.capacity} slots", self._queue_seconds
            ) from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was this one's turn already
            raise
        finally:
            if turn in self._queue:
                self._queue.remove(turn)

    def _leave(self) -> None:
        """Hand the slot to the next in line, or free it."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

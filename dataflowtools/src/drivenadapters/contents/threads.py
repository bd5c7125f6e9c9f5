"""Threads for reading and writing files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from errors import Unavailable

T = TypeVar("T")
P = ParamSpec("P")
_THREADS = 16


class FileThreads:
    """Threads of their own, so that a slow disk holds up nobody else."""

    def __init__(self, count: int = _THREADS) -> None:
        self._pool = ThreadPoolExecutor(count, "contents")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a thread. It has ended when this does, also when this is cancelled.

        Otherwise a descriptor could be closed, and its number used anew, under a thread that writes to it.
        """
        try:
            running = asyncio.wrap_future(self._pool.submit(work, *args, **kwargs))
        except RuntimeError as reason:
            raise Unavailable("the store has been closed") from reason
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait((running,))
            raise

    def close(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False, cancel_futures=True)

"""Groups of workers for package sets: started on first use, kept while used, ended when long idle or in the way."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from servicekit.machine import memory_is_short

from drivenadapters.sandbox.worker_group import WorkerGroup
from logics.packages import PackageSet

_log = structlog.get_logger("coderunner.sandbox")
_LOOK_SECONDS = 15.0


class Lease(Protocol):
    """Keeps a set on the disk."""

    def release(self) -> None:
        """Let it go."""


Hold = Callable[[str], Lease]


class _NoLease:
    def release(self) -> None:
        """Nothing was held."""


def no_lease(_key: str) -> Lease:
    """Hold nothing: for a sandbox whose sets nobody collects."""
    return _NoLease()


@dataclass(frozen=True)
class WarmLimits:
    """How many sets have ready workers, and for how long.

    Attributes:
        most: sets at a time, more only while all of them have programs running.
        idle_seconds: after its last run.
    """

    most: int = 4
    idle_seconds: float = 900.0


@dataclass
class _Warm:
    group: WorkerGroup
    lease: Lease
    runs: int = 0
    last_used: float = 0.0


class WarmGroups:
    """The groups by set, the one that was used last at the end.

    Args:
        make: makes the group of a set, not started.
        hold: returns a lease of a set by its key; called in a thread.
        limits: how much stays.
    """

    def __init__(self, make: Callable[[PackageSet], WorkerGroup], hold: Hold, limits: WarmLimits) -> None:
        self._make = make
        self._hold = hold
        self._limits = limits
        self._warm: OrderedDict[str, _Warm] = OrderedDict()
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def count(self) -> int:
        """Sets with ready workers."""
        return len(self._warm)

    def start(self) -> None:
        """Look after idle groups from now on."""
        self._in_background(self._look())

    @asynccontextmanager
    async def use(self, packages: PackageSet) -> AsyncIterator[WorkerGroup]:
        """Keep the group of a set for the duration of the block.

        Raises:
            StoreUnavailable: the set is gone.
        """
        warm = await self._get(packages)
        warm.runs += 1
        try:
            yield warm.group
        finally:
            warm.runs -= 1
            warm.last_used = asyncio.get_running_loop().time()
            self._make_room()

    async def close(self) -> None:
        """End every group."""
        self._closed = True
        tasks = list(self._tasks)
        for key in list(self._warm):
            self._end(key)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)

    async def _get(self, packages: PackageSet) -> _Warm:
        if packages.key not in self._warm:
            async with self._opening:
                if packages.key not in self._warm:
                    lease = await asyncio.to_thread(self._hold, packages.key)
                    now = asyncio.get_running_loop().time()
                    self._warm[packages.key] = _Warm(self._make(packages), lease, last_used=now)
                    self._make_room(keep=packages.key)
        self._warm.move_to_end(packages.key)
        return self._warm[packages.key]

    def _make_room(self, keep: str = "") -> None:
        """End the groups that were idle longest while there are too many."""
        for key in [key for key, warm in self._warm.items() if not warm.runs and key != keep]:
            if len(self._warm) <= self._limits.most:
                return
            self._end(key)

    async def _look(self) -> None:
        while not self._closed:
            await asyncio.sleep(min(_LOOK_SECONDS, self._limits.idle_seconds))
            short = await asyncio.to_thread(memory_is_short)
            now = asyncio.get_running_loop().time()
            for key, warm in list(self._warm.items()):
                if not warm.runs and (short or now - warm.last_used >= self._limits.idle_seconds):
                    self._end(key)
                    short = False  # one at a time: it may have been enough

    def _end(self, key: str) -> None:
        warm = self._warm.pop(key)
        _log.info("environment_cooled", set=key)
        self._in_background(self._finish(warm))

    @staticmethod
    async def _finish(warm: _Warm) -> None:
        try:
            await warm.group.close()
        finally:
            warm.lease.release()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

"""The collection of what nobody uses any more, now and then, in a thread."""

from __future__ import annotations

import asyncio

import structlog

from drivenadapters.packages.set_files import SetFiles

_log = structlog.get_logger("coderunner.packages")
_EVERY_SECONDS = 3600.0


class Collector:
    """Collects at the start and every hour; every replica does, and each set is held by who uses it.

    Args:
        sets: the store.
        keep_seconds: how long an unnamed set is kept after its last use.
        cache_bytes: how large the installers' cache may grow.
    """

    def __init__(self, sets: SetFiles, keep_seconds: float, cache_bytes: int) -> None:
        self._sets = sets
        self._keep = keep_seconds
        self._cache_bytes = cache_bytes
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Collect from now on."""
        self._task = asyncio.get_running_loop().create_task(self._collect())

    async def close(self) -> None:
        """Collect no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _collect(self) -> None:
        while True:
            await asyncio.to_thread(self.collect_once)
            await asyncio.sleep(_EVERY_SECONDS)

    def collect_once(self) -> list[str]:
        """Collect now; return the keys of the sets that were removed."""
        if not self._sets.folders.root.is_dir():
            return []  # nothing was ever installed
        try:
            self._sets.folders.make()
            gone = self._sets.collect(self._keep)
            self._sets.trim_cache(self._cache_bytes)
        except OSError as reason:  # a read-only volume: what is there can be used all the same
            _log.warning("packages_not_collected", reason=str(reason))
            return []
        if gone:
            _log.info("packages_collected", sets=gone)
        return gone

"""The workers of one package set: a pool for each kind, started when it is first wanted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from sandboxkit.errors import PoolClosed
from sandboxkit.pool import Pool

from drivenadapters.sandbox.code_cache import CodeCache
from drivenadapters.sandbox.flavours import Flavour
from drivenadapters.sandbox.import_graph import ImportGraph
from drivenadapters.sandbox.specification import SandboxSettings, specify
from drivenadapters.sandbox.started_pool import StartedPool
from logics.packages import BASE_SET, PackageSet

_log = structlog.get_logger("coderunner.sandbox")
_CODE_CACHE_BYTES = 32 << 20


@dataclass(frozen=True)
class Capacity:
    """How much runs at once, how much waits, and how much stands ready.

    Attributes:
        concurrent: runs at a time.
        queue_limit: runs that may wait.
        queue_seconds: longest wait.
        ready: workers kept ready of the light and the data kind.
        ready_full: workers kept ready of the heaviest kind.
    """

    concurrent: int
    queue_limit: int = 64
    queue_seconds: float = 10.0
    ready: int = 8
    ready_full: int = 2


class WorkerGroup:
    """Pools that share their packages.

    Args:
        settings: what all workers share.
        capacity: how many stand ready.
        packages: what programs find beside the base.
        graph: tells what workers must not have imported beforehand; only for sets.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        capacity: Capacity,
        packages: PackageSet = BASE_SET,
        graph: ImportGraph | None = None,
    ) -> None:
        self._settings = settings
        self._capacity = capacity
        self._packages = packages
        self._graph = graph
        self._closed = False
        # Of each set its own: what was compiled among its packages is nobody else's.
        self.caches = {flavour: CodeCache(_CODE_CACHE_BYTES) for flavour in Flavour}
        self.pools: dict[tuple[Flavour, bool], StartedPool[Pool]] = {}

    def all_pools(self) -> list[StartedPool[Pool]]:
        """Return the pools there are."""
        return list(self.pools.values())

    def add(self, flavour: Flavour, *, network: bool = False, leave_out: tuple[str, ...] = ()) -> StartedPool[Pool]:
        """Make a pool, not started."""
        spec = specify(flavour, self._settings, network=network, packages=self._packages, leave_out=leave_out)
        pool = StartedPool(spec.name, Pool(spec, ready=self._ready(flavour, network=network), on_event=_note))
        self.pools[flavour, network] = pool
        return pool

    async def ready(self, flavour: Flavour, *, network: bool = False) -> Pool:
        """Return a pool that runs programs, started now if need be.

        Raises:
            SandboxError: see :class:`StartedPool`.
        """
        if (flavour, network) not in self.pools:
            leave_out = await self._left_out(flavour)
            if self._closed:
                raise PoolClosed(f"the workers of {self._packages.key} are ending")
            if (flavour, network) not in self.pools:
                self.add(flavour, network=network, leave_out=leave_out).start_in_background()
        return await self.pools[flavour, network].ready()

    async def close(self) -> None:
        """End every worker."""
        self._closed = True
        await asyncio.gather(*(pool.close() for pool in self.all_pools()))

    async def _left_out(self, flavour: Flavour) -> tuple[str, ...]:
        return () if self._graph is None else await self._graph.left_out(flavour, self._packages.modules)

    def _ready(self, flavour: Flavour, *, network: bool) -> int:
        if network:
            return 1
        return self._capacity.ready_full if flavour is Flavour.FULL else self._capacity.ready


def _note(event: str) -> None:
    _log.warning("sandbox_event", event_text=event)

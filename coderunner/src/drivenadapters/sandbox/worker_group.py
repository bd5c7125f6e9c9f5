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
_MOST_READY_OF_A_SET = 4  # they are memory, and there may be several sets


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
        self._openings: dict[tuple[Flavour, bool], asyncio.Task[StartedPool[Pool]]] = {}

    def all_pools(self) -> list[StartedPool[Pool]]:
        """Return the pools there are."""
        return list(self.pools.values())

    def add(self, flavour: Flavour, *, network: bool = False, leave_out: tuple[str, ...] = ()) -> StartedPool[Pool]:
        """Make a pool, not started."""
        spec = specify(flavour, self._settings, network=network, packages=self._packages, leave_out=leave_out)
        pool = StartedPool(spec.name, Pool(spec, ready=self._ready(flavour, network=network), on_event=_note))
        self.pools[flavour, network] = pool
        return pool

    async def ready(self, flavour: Flavour, *, network: bool = False, patient: bool = True) -> tuple[Flavour, Pool]:
        """Return a pool that runs programs, started now if need be, and its kind.

        Unless ``patient``, light workers do while others are starting: a program can import
        everything in any worker, only later.

        Raises:
            SandboxError: see :class:`StartedPool`.
        """
        opening = self._open(flavour, network=network)
        if not patient and not network and flavour is not Flavour.LIGHT and not self._is_up(flavour):
            return await self.ready(Flavour.LIGHT)
        started = await asyncio.shield(opening)
        return flavour, await started.ready()

    async def close(self) -> None:
        """End every worker."""
        self._closed = True
        for opening in self._openings.values():
            opening.cancel()
        await asyncio.gather(*self._openings.values(), return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in self.all_pools()))

    def _open(self, flavour: Flavour, *, network: bool) -> asyncio.Task[StartedPool[Pool]]:
        """Return the making of a pool, begun now if it is wanted for the first time."""
        if self._closed:
            raise PoolClosed(f"the workers of {self._packages.key} are ending")
        if (flavour, network) not in self._openings:
            task = asyncio.get_running_loop().create_task(self._make(flavour, network=network))
            self._openings[flavour, network] = task
        return self._openings[flavour, network]

    async def _make(self, flavour: Flavour, *, network: bool) -> StartedPool[Pool]:
        if (flavour, network) in self.pools:
            return self.pools[flavour, network]
        leave_out = () if self._graph is None else await self._graph.left_out(flavour, self._packages.modules)
        pool = self.add(flavour, network=network, leave_out=leave_out)
        pool.start_in_background()
        return pool

    def _is_up(self, flavour: Flavour) -> bool:
        return (flavour, False) in self.pools and bool(self.pools[flavour, False].pool.report)

    def _ready(self, flavour: Flavour, *, network: bool) -> int:
        if network:
            return 1
        ready = self._capacity.ready_full if flavour is Flavour.FULL else self._capacity.ready
        return min(ready, _MOST_READY_OF_A_SET) if self._packages.key else ready


def _note(event: str) -> None:
    _log.warning("sandbox_event", event_text=event)

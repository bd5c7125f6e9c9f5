"""The sandbox of the runner: pools of workers by kind, behind one admission."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sandboxkit.admission import Admission
from sandboxkit.errors import ConfinementUnavailable, SandboxError, Saturated, StagingFailed
from sandboxkit.files import InputFile
from sandboxkit.layers import encode
from sandboxkit.pool import Pool
from sandboxkit.run import Errand, RunLimits
from sandboxkit.supervisor import WorkerSpec

from drivenadapters.sandbox.code_cache import CodeCache
from drivenadapters.sandbox.egress import Egress
from drivenadapters.sandbox.flavours import Flavour, choose
from drivenadapters.sandbox.measures import RunMeasures
from drivenadapters.sandbox.reports import report
from drivenadapters.sandbox.specification import SandboxSettings, specify
from drivenadapters.sandbox.started_pool import StartedPool
from errors import Busy, TooLarge, Unavailable
from logics.domain import Program, RunReport

_log = structlog.get_logger("coderunner.sandbox")
_CODE_CACHE_BYTES = 32 << 20
_NETWORK_FRAMES = 2000
_ESSENTIAL = (Flavour.LIGHT, Flavour.DATA)


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


class WorkerSandbox:
    """Runs programs in pools of single-use workers; satisfies the port ``Sandbox``."""

    def __init__(
        self,
        settings: SandboxSettings,
        capacity: Capacity,
        *,
        allow_network: bool,
        egress: Egress,
        measures: RunMeasures,
    ) -> None:
        self._settings = settings
        self._admission = Admission(capacity.concurrent, capacity.queue_limit, capacity.queue_seconds)
        self._egress = egress
        self._measures = measures
        self._caches = {flavour: CodeCache(_CODE_CACHE_BYTES) for flavour in Flavour}
        ready = {Flavour.LIGHT: capacity.ready, Flavour.DATA: capacity.ready, Flavour.FULL: capacity.ready_full}
        self._pools = {flavour: _pool(specify(flavour, settings), ready[flavour]) for flavour in Flavour}
        self._network_pool = _pool(specify(Flavour.FULL, settings, network=True), 1) if allow_network else None
        self._show_state()

    async def start(self) -> None:
        """Start the light and the data workers; the heavier ones follow in the background.

        Raises:
            ConfinementUnavailable, ZygoteFailed: see :class:`Pool`.
        """
        try:
            for flavour in _ESSENTIAL:
                await self._pools[flavour].start()
        except ConfinementUnavailable as reason:
            _log.error("confinement_missing", reason=str(reason), setting="SANDBOX_REQUIRED_LAYERS")
            raise
        self._pools[Flavour.FULL].start_in_background()
        if self._network_pool is not None:
            self._network_pool.start_in_background()
        _log.info("confinement", **{name: state["detail"] for name, state in self._layers().items() if state["active"]})

    async def run(self, program: Program) -> RunReport:
        """Run a program to its end, whatever it does."""
        arrived = asyncio.get_running_loop().time()
        try:
            async with self._admission.slot():
                queued = asyncio.get_running_loop().time() - arrived
                return await self._run_now(program, queued)
        except Saturated as reason:
            self._measures.refused()
            raise Busy(str(reason), retry_after=reason.retry_after) from reason
        except StagingFailed as reason:
            raise TooLarge(f"the files do not fit into WORKDIR_MB and WORKDIR_ENTRIES: {reason}") from reason
        except SandboxError as reason:
            raise Unavailable(str(reason)) from reason

    async def close(self) -> None:
        """End every worker."""
        await asyncio.gather(*(started.close() for started in self._all_pools()))
        self._egress.close()

    async def health(self) -> Mapping[str, Any]:
        """Return what the health page shows.

        Raises:
            Unavailable: the fork server of the light or the data workers is down.
        """
        down = [str(flavour) for flavour in _ESSENTIAL if not self._pools[flavour].pool.report]
        if down:
            raise Unavailable(f"no fork server for workers of the kind {' and '.join(down)}")
        return {
            "layers": self._layers(),
            "workers": {started.name: _state(started.pool) for started in self._all_pools()},
            "running": self._admission.running,
            "waiting": self._admission.waiting,
            "capacity": self._admission.capacity,
        }

    def _all_pools(self) -> list[StartedPool[Pool]]:
        return [*self._pools.values(), *([self._network_pool] if self._network_pool else [])]

    def _show_state(self) -> None:
        self._measures.show("running", "Runs in progress.", lambda: self._admission.running)
        self._measures.show("waiting", "Runs waiting for a slot.", lambda: self._admission.waiting)
        for started in self._all_pools():
            name = started.name.replace("+", "_")
            self._measures.show(f"ready_{name}", f"Ready {started.name} workers.", _ready_of(started.pool))

    def _layers(self) -> dict[str, dict[str, object]]:
        return encode(self._pools[Flavour.LIGHT].pool.report)

    async def _run_now(self, program: Program, queued: float) -> RunReport:
        flavour = choose(program.code)
        started = self._pools[flavour]
        if program.network and self._network_pool is not None:
            flavour, started = Flavour.FULL, self._network_pool
        pool = await started.ready()
        outcome = await pool.run(self._errand(program, self._caches[flavour]))
        ended = report(outcome, program, queued)
        self._measures.ended(flavour, ended)
        return ended

    def _errand(self, program: Program, cache: CodeCache) -> Errand:
        key = cache.key(program.code)
        compiled = cache.get(key)
        return Errand(
            body=compiled or b"",
            header={
                "program": {
                    "code": program.code,
                    "inputs": program.inputs,
                    "stdin": program.stdin,
                }
            },
            limits=RunLimits(program.timeout_s, program.memory_mb << 20, math.ceil(program.timeout_s) + 1),
            inputs=tuple(InputFile(file.name, file.content) for file in program.files),
            collect=self._settings.limits.collect,
            answer=self._egress.for_run() if program.network else None,
            note=None if compiled else _first_note(cache, key),
            fault=lambda text: _log.error("worker_fault", trace=text),
            most_frames=_NETWORK_FRAMES if program.network else 4,
        )


def _first_note(cache: CodeCache, key: bytes) -> Callable[[bytes], None]:
    """Return what keeps the worker's own note: it comes first, a later one is the program's."""
    pending = True

    def keep(compiled: bytes) -> None:
        nonlocal pending
        if pending:
            pending = False
            cache.put(key, compiled)

    return keep


def _pool(spec: WorkerSpec, ready: int) -> StartedPool[Pool]:
    return StartedPool(spec.name, Pool(spec, ready=ready, on_event=_note))


def _state(pool: Pool) -> dict[str, Any]:
    return {"up": bool(pool.report), "ready": pool.ready, "restarts": pool.restarts}


def _ready_of(pool: Pool) -> Callable[[], float]:
    return lambda: pool.ready


def _note(event: str) -> None:
    _log.warning("sandbox_event", event_text=event)

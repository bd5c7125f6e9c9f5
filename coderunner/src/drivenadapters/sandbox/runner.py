"""The sandbox of the runner: groups of workers by package set, behind one admission."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from sandboxkit.admission import Admission
from sandboxkit.errors import ConfinementUnavailable, SandboxError, Saturated, StagingFailed
from sandboxkit.files import InputFile
from sandboxkit.layers import encode
from sandboxkit.pool import Pool
from sandboxkit.run import Errand, RunLimits

from drivenadapters.sandbox.code_cache import CodeCache
from drivenadapters.sandbox.egress import Egress
from drivenadapters.sandbox.flavours import Flavour, choose
from drivenadapters.sandbox.import_graph import ImportGraph
from drivenadapters.sandbox.measures import RunMeasures
from drivenadapters.sandbox.reports import report
from drivenadapters.sandbox.specification import SandboxSettings
from drivenadapters.sandbox.warm_groups import Hold, WarmGroups, WarmLimits, no_lease
from drivenadapters.sandbox.worker_group import Capacity, WorkerGroup
from errors import Busy, TooLarge, Unavailable
from logics.domain import Program, RunReport

_log = structlog.get_logger("coderunner.sandbox")
_NETWORK_FRAMES = 2000
_WARM = WarmLimits()
_IMPORT_SECONDS = 15.0
_IMPORT_MB = 384
_ESSENTIAL = (Flavour.LIGHT, Flavour.DATA)


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
        warm: WarmLimits = _WARM,
        hold: Hold = no_lease,
        graph: ImportGraph | None = None,
    ) -> None:
        self._settings = settings
        self._allow_network = allow_network
        self._admission = Admission(capacity.concurrent, capacity.queue_limit, capacity.queue_seconds)
        self._egress = egress
        self._measures = measures
        self._base = WorkerGroup(settings, capacity)
        for flavour in Flavour:
            self._base.add(flavour)
        if allow_network:
            self._base.add(Flavour.FULL, network=True)
        self._graph = graph
        self._groups = WarmGroups(lambda packages: WorkerGroup(settings, capacity, packages, graph), hold, warm)
        self._show_state()

    async def start(self) -> None:
        """Start the light and the data workers; the heavier ones follow in the background.

        Raises:
            ConfinementUnavailable, ZygoteFailed: see :class:`Pool`.
        """
        try:
            for flavour in _ESSENTIAL:
                await self._base.pools[flavour, False].start()
        except ConfinementUnavailable as reason:
            _log.error("confinement_missing", reason=str(reason), setting="SANDBOX_REQUIRED_LAYERS")
            raise
        for started in self._base.all_pools():
            if not started.is_starting:
                started.start_in_background()
        self._groups.start()
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
        await asyncio.gather(self._groups.close(), self._base.close())
        if self._graph is not None:
            await self._graph.close()
        self._egress.close()

    async def health(self) -> Mapping[str, Any]:
        """Return what the health page shows.

        Raises:
            Unavailable: the fork server of the light or the data workers is down.
        """
        down = [str(flavour) for flavour in _ESSENTIAL if not self._base.pools[flavour, False].pool.report]
        if down:
            raise Unavailable(f"no fork server for workers of the kind {' and '.join(down)}")
        return {
            "layers": self._layers(),
            "workers": {started.name: _state(started.pool) for started in self._base.all_pools()},
            "warm_environments": self._groups.count,
            "running": self._admission.running,
            "waiting": self._admission.waiting,
            "capacity": self._admission.capacity,
        }

    def _show_state(self) -> None:
        self._measures.show("running", "Runs in progress.", lambda: self._admission.running)
        self._measures.show("waiting", "Runs waiting for a slot.", lambda: self._admission.waiting)
        self._measures.show("warm_environments", "Package sets with ready workers.", lambda: self._groups.count)
        for started in self._base.all_pools():
            name = started.name.replace("+", "_")
            self._measures.show(f"ready_{name}", f"Ready {started.name} workers.", _ready_of(started.pool))

    def _layers(self) -> dict[str, dict[str, object]]:
        return encode(self._base.pools[Flavour.LIGHT, False].pool.report)

    async def _run_now(self, program: Program, queued: float) -> RunReport:
        network = program.network and self._allow_network
        flavour = Flavour.FULL if network else choose(program.code)
        if not program.packages.key:
            return await self._run_in(self._base, flavour, program, queued)
        async with self._groups.use(program.packages) as group:
            return await self._run_in(group, flavour, program, queued)

    async def _run_in(self, group: WorkerGroup, flavour: Flavour, program: Program, queued: float) -> RunReport:
        network = program.network and self._allow_network
        patient = group is self._base or not _can_import_itself(program)
        used, pool = await group.ready(flavour, network=network, patient=patient)
        outcome = await pool.run(self._errand(program, group.caches[used]))
        ended = report(outcome, program, queued)
        self._measures.ended(used, ended)
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


def _can_import_itself(program: Program) -> bool:
    """Whether a program's limits leave room for the imports that other workers have behind them."""
    return program.timeout_s >= _IMPORT_SECONDS and program.memory_mb >= _IMPORT_MB


def _first_note(cache: CodeCache, key: bytes) -> Callable[[bytes], None]:
    """Return what keeps the worker's own note: it comes first, a later one is the program's."""
    pending = True

    def keep(compiled: bytes) -> None:
        nonlocal pending
        if pending:
            pending = False
            cache.put(key, compiled)

    return keep


def _state(pool: Pool) -> dict[str, Any]:
    return {"up": bool(pool.report), "ready": pool.ready, "restarts": pool.restarts}


def _ready_of(pool: Pool) -> Callable[[], float]:
    return lambda: pool.ready

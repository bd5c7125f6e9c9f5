"""Tasks in pools of single-use workers by kind, behind one admission."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sandboxkit.admission import Admission
from sandboxkit.errors import SandboxError, Saturated
from sandboxkit.layers import encode
from sandboxkit.outcome import Outcome, Verdict
from sandboxkit.pool import Pool
from sandboxkit.run import Errand, RunLimits

from drivenadapters.workers.failures import error_of
from drivenadapters.workers.specification import WorkerKind, WorkerSettings, specify
from errors import Busy, FileDamaged, OverBudget, ServiceError, Unavailable

_log = structlog.get_logger("dataflowtools.workers")
_MOST_NOTES = 10_000
_MEBIBYTE = 1 << 20

Progress = Callable[[float, float, str], None]


@dataclass(frozen=True)
class Task:
    """One piece of work on files.

    Attributes:
        function: ``module:function`` of the guest; it is called with a workspace and the arguments.
        arguments: JSON-ready values.
        sources: descriptors open for reading, by the name that the function asks for.
        sinks: descriptors of empty files open for reading and writing, by name.
        seconds, memory_bytes: instead of the workers' usual budget.
        progress: hears how far it is: done, total, what.
    """

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    sinks: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    memory_bytes: int | None = None
    progress: Progress | None = None


class TaskWorkers:
    """Runs tasks; each in a worker of its own, which is gone afterwards."""

    def __init__(self, kinds: tuple[WorkerKind, ...], settings: WorkerSettings, admission: Admission) -> None:
        self._settings = settings
        self._admission = admission
        self._pools = {kind.name: _pool(kind, settings) for kind in kinds}

    async def start(self) -> None:
        """Start the fork servers of every kind.

        Raises:
            ConfinementUnavailable, ZygoteFailed: see :meth:`sandboxkit.pool.Pool.start`.
        """
        await asyncio.gather(*(pool.start() for pool in self._pools.values()))

    async def run(self, kind: str, task: Task) -> Any:
        """Run a task and return its value.

        Raises:
            InvalidInput, FileDamaged, FileEncrypted, UnsupportedMedia, TooLarge, Unprocessable: the task said so.
            OverBudget: it took more than it may.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """
        try:
            async with self._admission.slot():
                outcome = await self._pools[kind].run(self._errand(task))
        except Saturated as reason:
            raise Busy(str(reason), retry_after=reason.retry_after) from reason
        except SandboxError as reason:
            raise Unavailable(str(reason)) from reason
        return self._value(outcome)

    async def close(self) -> None:
        """End every worker."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def health(self) -> Mapping[str, Any]:
        """Return what the health page shows.

        Raises:
            Unavailable: a fork server is down.
        """
        down = [name for name, pool in self._pools.items() if not pool.report]
        if down:
            raise Unavailable(f"no fork server for workers of the kind {' and '.join(down)}")
        return {
            "layers": encode(next(iter(self._pools.values())).report),
            "workers": {name: {"ready": pool.ready, "restarts": pool.restarts} for name, pool in self._pools.items()},
            "running": self._admission.running,
            "waiting": self._admission.waiting,
            "capacity": self._admission.capacity,
        }

    def _errand(self, task: Task) -> Errand:
        seconds = task.seconds or self._settings.seconds
        return Errand(
            body=b"",
            header={"task": {"function": task.function, "arguments": dict(task.arguments)}},
            limits=RunLimits(seconds, task.memory_bytes or self._settings.memory_bytes, math.ceil(seconds) + 1),
            answer=_opener({**task.sources, **task.sinks}),
            note=_listener(task.progress),
            fault=lambda text: _log.warning("task_fault", function=task.function, trace=text),
            most_frames=_MOST_NOTES,
        )

    def _value(self, outcome: Outcome) -> Any:
        if outcome.result is None:
            raise self._verdict(outcome)
        answer = json.loads(outcome.result)
        if "failure" in answer:
            raise error_of(**answer["failure"], out_of_memory=self._out_of_memory().message)
        return answer["value"]

    def _verdict(self, outcome: Outcome) -> ServiceError:
        match outcome.verdict:
            case Verdict.WALL_TIME_EXCEEDED | Verdict.CPU_TIME_EXCEEDED:
                return OverBudget(f"processing took longer than {self._settings.seconds:g} seconds (TASK_SECONDS)")
            case Verdict.MEMORY_EXCEEDED:
                return self._out_of_memory()
            case Verdict.FILES_EXCEEDED:
                return OverBudget("processing wrote more than it may (TASK_DISK_MB)")
            case Verdict.LOST:
                return Unavailable("the fork server died under the task")
        _log.warning("task_ended", verdict=str(outcome.verdict), detail=outcome.detail)
        return FileDamaged("the reader of this kind of file broke on it; the file is damaged or made to break readers")

    def _out_of_memory(self) -> ServiceError:
        most = self._settings.memory_bytes // _MEBIBYTE
        return OverBudget(f"processing needed more than {most} MiB of memory (TASK_MEMORY_MB)")


def _opener(files: Mapping[str, int]) -> Callable[[bytes], Awaitable[tuple[bytes, tuple[int, ...]]]]:
    """Return what answers a worker that asks for one of its files."""

    async def answer(payload: bytes) -> tuple[bytes, tuple[int, ...]]:
        name = json.loads(payload).get("open")
        if name not in files:
            return b'{"error": "no such file"}', ()
        return b"{}", (os.dup(files[name]),)

    return answer


def _listener(progress: Progress | None) -> Callable[[bytes], None] | None:
    if progress is None:
        return None

    def hear(payload: bytes) -> None:
        with contextlib.suppress(ValueError, TypeError, LookupError):  # a worker that was taken over may say anything
            note = json.loads(payload)
            progress(float(note["done"]), float(note["total"]), str(note["what"])[:200])

    return hear


def _pool(kind: WorkerKind, settings: WorkerSettings) -> Pool:
    def note(event: str) -> None:
        _log.warning("worker_event", event_text=event)

    return Pool(specify(kind, settings), ready=kind.ready, on_event=note)

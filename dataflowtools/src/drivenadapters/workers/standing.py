"""A worker that serves many jobs, one at a time, and is replaced when it has grown, aged or failed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sandboxkit.errors import SandboxError
from sandboxkit.outcome import Outcome, Verdict
from sandboxkit.pool import Pool
from sandboxkit.run import Errand, RunLimits
from sandboxkit.supervisor import WorkerSpec

from drivenadapters.workers.failures import error_of
from errors import FileDamaged, OverBudget, ServiceError, Unavailable

_log = structlog.get_logger("dataflowtools.workers")
_A_LIFE = 30 * 24 * 3600  # seconds; each job has its own limit
_NOTES_A_JOB = 1000
_MOST_ATTEMPTS = 3

Progress = Callable[[float, float, str], None]


@dataclass(frozen=True)
class StandingLimits:
    """When a worker is replaced, and what a job may take.

    Attributes:
        seconds: of one job, until the worker is killed.
        memory_bytes: of address space beyond what the ready worker has mapped.
        resident_bytes: of memory in use after a job, from which on the worker is replaced.
        jobs: after which the worker is replaced.
        seconds_setting, memory_setting: named in messages.
    """

    seconds: float
    memory_bytes: int
    resident_bytes: int
    jobs: int
    seconds_setting: str
    memory_setting: str


@dataclass
class StandingJob:
    """One job: arguments as JSON has them, and descriptors by name."""

    arguments: Mapping[str, Any]
    sources: Mapping[str, int]
    sinks: Mapping[str, int]
    progress: Progress | None = None
    done: asyncio.Future[None] = field(init=False)
    begun: bool = False
    handed_over: int = 0


class StandingWorker:
    """Serves jobs in the order they come, in one confined worker.

    The worker sees what earlier jobs of its life left in its memory, unlike one of
    :class:`drivenadapters.workers.tasks.TaskWorkers`: give it nothing that is parsed.

    Args:
        preload: whether a worker gets ready before there is a job for it.
    """

    def __init__(self, spec: WorkerSpec, limits: StandingLimits, *, preload: bool = True) -> None:
        self._limits = limits
        self._pool = Pool(
            spec, ready=int(preload), on_event=lambda event: _log.warning("worker_event", event_text=event)
        )
        self._name = spec.name
        self._jobs: deque[StandingJob] = deque()
        self._arrived = asyncio.Event()
        self._current: StandingJob | None = None
        self._attendant: asyncio.Task[None] | None = None
        self._served = 0
        self._overdue = False
        self._resident = 0
        self.replaced = 0

    async def start(self) -> None:
        """Start the fork server; the worker gets ready in the background.

        Raises:
            ConfinementUnavailable, ZygoteFailed: see :meth:`sandboxkit.pool.Pool.start`.
        """
        await self._pool.start()
        self._attendant = asyncio.get_running_loop().create_task(self._attend())

    async def run(self, job: StandingJob) -> None:
        """Have a job done; one that is no longer wanted when its turn comes is left out.

        Raises:
            FileDamaged, Unprocessable, OverBudget ...: the job failed, as :func:`error_of` tells.
            Unavailable: the worker is not running.
        """
        if self._attendant is None or self._attendant.done():
            raise Unavailable(f"the worker {self._name} is not running")
        job.done = asyncio.get_running_loop().create_future()
        self._jobs.append(job)
        self._arrived.set()
        await job.done

    async def close(self) -> None:
        """End the worker; jobs that wait fail."""
        if self._attendant is not None:
            self._attendant.cancel()
            await asyncio.gather(self._attendant, return_exceptions=True)
        for job in (*([self._current] if self._current else []), *self._jobs):
            _settle(job, Unavailable("the service is closing"))
        self._jobs.clear()
        await self._pool.close()

    def health(self) -> Mapping[str, Any]:
        """Return what the health page shows.

        Raises:
            Unavailable: the fork server is down.
        """
        if not self._pool.report:
            raise Unavailable(f"no fork server for the worker {self._name}")
        return {
            "waiting": len(self._jobs),
            "busy": self._current is not None,
            "resident_mb": self._resident >> 20,
            "replaced": self.replaced,
        }

    async def _attend(self) -> None:
        """Live one worker's life after the other; each begins with a job, so that none begins in vain for ever."""
        while True:
            await self._next_arrival()
            try:
                outcome = await self._live()
            except SandboxError as reason:
                self._fail(Unavailable(str(reason)))
                continue
            self.replaced += 1
            if not self._hand_over_again():
                self._fail(self._judge(outcome))

    async def _next_arrival(self) -> None:
        while not self._jobs:
            self._arrived.clear()
            await self._arrived.wait()

    async def _live(self) -> Outcome | None:
        """Run a worker from its first job to its end; None if it was killed for taking too long."""
        self._served, self._overdue = 0, False
        errand = Errand(
            body=b"",
            limits=RunLimits(_A_LIFE, self._limits.memory_bytes, _A_LIFE),
            answer=self._answer,
            note=self._hear,
            fault=lambda text: _log.warning("task_fault", function=self._name, trace=text),
            most_frames=self._limits.jobs * _NOTES_A_JOB,
        )
        self._life = asyncio.get_running_loop().create_task(self._pool.run(errand))
        try:
            return await self._life
        except asyncio.CancelledError:
            if not self._overdue:
                self._life.cancel()
                await asyncio.gather(self._life, return_exceptions=True)
                raise
            return None
        finally:
            self._stop_clock()

    async def _answer(self, payload: bytes) -> tuple[bytes, tuple[int, ...]]:
        """Take the worker's report of its last job, and hand it the next."""
        self._stop_clock()
        report = _parsed(payload)
        self._resident = int(report.get("resident", 0))
        self._finish(report.get("failure"))
        if self._served >= self._limits.jobs or (self._served and self._resident > self._limits.resident_bytes):
            return b'{"end": true}', ()
        job = await self._take()
        self._served += 1
        self._clock = asyncio.get_running_loop().call_later(self._limits.seconds, self._too_long)
        order = {"arguments": dict(job.arguments), "sources": list(job.sources), "sinks": list(job.sinks)}
        return json.dumps(order).encode(), tuple(os.dup(fd) for fd in (*job.sources.values(), *job.sinks.values()))

    _clock: asyncio.TimerHandle | None = None

    async def _take(self) -> StandingJob:
        while True:
            await self._next_arrival()
            job = self._jobs.popleft()
            if not job.done.done():
                self._current = job
                job.handed_over += 1
                return job

    def _finish(self, failure: Mapping[str, str] | None) -> None:
        job, self._current = self._current, None
        if job is None:
            return
        if failure is None:
            _settle(job, None)
            return
        kind, message, where = (str(failure.get(name, "")) for name in ("kind", "message", "field"))
        _settle(job, error_of(kind, message, where, self._out_of_memory()))

    def _hand_over_again(self) -> bool:
        """Keep a job that its worker never began, being dead already, for the next; returns whether there is one."""
        job = self._current
        if job is None or job.begun or job.handed_over >= _MOST_ATTEMPTS:
            return False
        self._current = None
        self._jobs.appendleft(job)
        return True

    def _fail(self, error: ServiceError) -> None:
        job, self._current = self._current, None
        if job is not None:
            _settle(job, error)

    def _judge(self, outcome: Outcome | None) -> ServiceError:
        """Say why the worker ended, to whoever's job it had."""
        if outcome is None:
            most = f"{self._limits.seconds:g} seconds ({self._limits.seconds_setting})"
            return OverBudget(f"processing took longer than {most}")
        if outcome.verdict is Verdict.MEMORY_EXCEEDED:
            return OverBudget(self._out_of_memory())
        if outcome.verdict is Verdict.LOST:
            return Unavailable("the fork server died under the task")
        if outcome.verdict is not Verdict.COMPLETED:
            _log.warning("task_ended", verdict=str(outcome.verdict), detail=outcome.detail)
        return FileDamaged("the engine broke on this image")

    def _out_of_memory(self) -> str:
        most = self._limits.memory_bytes >> 20
        return f"processing needed more than {most} MiB of memory ({self._limits.memory_setting})"

    def _too_long(self) -> None:
        self._overdue = True
        self._life.cancel()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _hear(self, payload: bytes) -> None:
        job = self._current
        if job is None or job.done.done():
            return
        with contextlib.suppress(ValueError, TypeError, LookupError):  # a worker that was taken over may say anything
            note = json.loads(payload)
            if note.get("begun"):
                job.begun = True
            elif job.progress is not None:
                job.progress(float(note["done"]), float(note["total"]), str(note["what"])[:200])


def _log_event(event: str) -> None:
    _log.warning("worker_event", event_text=event)


def _parsed(payload: bytes) -> dict[str, Any]:
    """Read a worker's report; one that was taken over may say anything."""
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        report: dict[str, Any] = json.loads(payload)
        failure = report.get("failure")
        if isinstance(report.get("resident"), int) and isinstance(failure, dict | None):
            return report
    return {"resident": 1 << 62, "failure": {"kind": "broken", "message": "the worker's report makes no sense"}}


def _settle(job: StandingJob, error: ServiceError | None) -> None:
    if job.done.done():
        return
    if error is None:
        job.done.set_result(None)
    else:
        job.done.set_exception(error)

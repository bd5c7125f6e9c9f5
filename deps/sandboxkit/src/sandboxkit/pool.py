"""A pool of ready, confined, single-use workers of one kind."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine

from sandboxkit.errors import PoolClosed, SandboxError
from sandboxkit.layers import Layer, Report
from sandboxkit.outcome import Outcome
from sandboxkit.run import Errand, Run
from sandboxkit.supervisor import Supervisor, Worker, WorkerSpec

_AFTER_ANSWER_SECONDS = 0.002
_FIRST_RETRY_SECONDS = 0.1
_LAST_RETRY_SECONDS = 10.0


class Pool:
    """Keeps ``ready`` workers waiting and replaces its fork server when that dies or ages.

    Args:
        spec: the kind of worker.
        ready: workers kept ready.
        recycle_after: children after which the fork server is replaced, since
            siblings share its hash seed and address space layout.
        on_event: told in words of deaths, restarts and recycling, for a log.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        *,
        ready: int,
        recycle_after: int = 20_000,
        on_event: Callable[[str], None] | None = None,
    ) -> None:
        self.spec = spec
        self._target = ready
        self._recycle_after = recycle_after
        self._recycle_at = recycle_after
        self._on_event = on_event or (lambda _: None)
        self._supervisor: Supervisor | None = None
        self._retired: set[Supervisor] = set()
        self._ready: deque[Worker] = deque()
        self._pending = 0
        self._finished: dict[int, tuple[Worker, asyncio.TimerHandle]] = {}
        self._waiters: deque[asyncio.Future[Worker]] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False
        self.restarts = 0

    @property
    def report(self) -> Report:
        """The layers of confinement as proved by the running fork server."""
        return self._supervisor.report if self._supervisor is not None else {}

    @property
    def ready(self) -> int:
        """Workers that wait for a job."""
        return len(self._ready)

    @property
    def supervisor(self) -> Supervisor:
        """The running fork server.

        Raises:
            PoolClosed: there is none now.
        """
        if self._supervisor is None:
            raise PoolClosed(f"{self.spec.name} has no fork server")
        return self._supervisor

    async def start(self) -> None:
        """Start the fork server and fill the pool.

        Raises:
            ConfinementUnavailable, ZygoteFailed: see :meth:`Supervisor.start`.
        """
        supervisor = self._new_supervisor()
        await supervisor.start()
        self._supervisor = supervisor
        self._refill()

    async def run(self, errand: Errand) -> Outcome:
        """Run one errand in a worker of its own.

        Raises:
            PoolClosed: the pool is closing.
        """
        worker = await self._take()
        try:
            run = Run(worker, errand, self.spec.confinement, self.spec.largest_result)
            return await run.execute(watch_folder=not _folders_are_bounded(worker.owner.report))
        finally:
            self._finish(worker)

    async def close(self) -> None:
        """Kill every worker and end the fork server."""
        self._closed = True
        for worker, timer in list(self._finished.values()):
            timer.cancel()
            self._clean_up(worker)
        for task in self._background:
            task.cancel()
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(PoolClosed(f"{self.spec.name} is closing"))
        self._drop_ready()
        await asyncio.gather(*self._background, return_exceptions=True)
        running = [self._supervisor] if self._supervisor is not None else []
        self._supervisor = None
        await asyncio.gather(*(supervisor.stop() for supervisor in (*running, *self._retired)))
        self._retired.clear()

    def _finish(self, worker: Worker) -> None:
        """Clean up after the answer is out: the start of the next worker would compete with it."""
        if self._closed or self._waiters:
            self._clean_up(worker)
            return
        timer = asyncio.get_running_loop().call_later(_AFTER_ANSWER_SECONDS, self._clean_up, worker)
        self._finished[id(worker)] = (worker, timer)

    def _clean_up(self, worker: Worker) -> None:
        self._finished.pop(id(worker), None)
        _discard(worker)
        self._refill()

    async def _take(self) -> Worker:
        if self._closed:
            raise PoolClosed(f"{self.spec.name} is closed")
        while self._ready:
            worker = self._ready.popleft()
            if not worker.exited.done():
                return worker
            _discard(worker)  # the kernel took it while it was idle
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._refill()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._offer(waiter.result())
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise

    def _on_worker(self, worker: Worker) -> None:
        if worker.owner is self._supervisor:
            self._pending -= 1
        self._offer(worker)

    def _offer(self, worker: Worker) -> None:
        """Give a worker to whom waits longest, keep it ready, or discard it."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        wanted = not self._closed and worker.owner is self._supervisor
        if wanted and len(self._ready) < self._target:
            self._ready.append(worker)
        else:
            _discard(worker)

    def _refill(self) -> None:
        """Ask for as many workers as are wanted and not on their way."""
        supervisor = self._supervisor
        if self._closed or supervisor is None or not supervisor.alive:
            return
        if supervisor.spawned >= self._recycle_at and not self._background:
            self._in_background(self._recycle())
        wanted = self._target + len(self._waiters) - len(self._ready) - self._pending
        for _ in range(wanted):
            self._pending += 1
            supervisor.spawn()

    def _new_supervisor(self) -> Supervisor:
        return Supervisor(self.spec, self._on_worker, self._on_death, self._on_refusal)

    def _on_refusal(self, supervisor: Supervisor, reason: str) -> None:
        """Ask again a little later: what takes all the room now may be a run that ends soon."""
        self._on_event(f"{self.spec.name}: no new worker: {reason}")
        if supervisor is self._supervisor:
            self._pending -= 1
            asyncio.get_running_loop().call_later(_FIRST_RETRY_SECONDS, self._refill)

    def _on_death(self, supervisor: Supervisor) -> None:
        """Replace a fork server that died; requests that wait go on waiting."""
        self._drop_ready(supervisor)
        if self._closed or supervisor is not self._supervisor:
            return
        self._on_event(f"{self.spec.name}: the fork server died, starting another")
        self._supervisor = None
        self._retire(supervisor)
        self._in_background(self._replace())

    async def _replace(self) -> None:
        delay = _FIRST_RETRY_SECONDS
        while self._supervisor is None and not await self._install_new():
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LAST_RETRY_SECONDS)

    async def _recycle(self) -> None:
        self._recycle_at += self._recycle_after  # if it fails, the old one goes on that much longer
        if await self._install_new():
            self._recycle_at = self._recycle_after
            self._on_event(f"{self.spec.name}: fork server recycled after {self._recycle_after} workers")

    def _retire(self, old: Supervisor) -> None:
        """Let what runs on a replaced fork server end, then end it."""
        self._retired.add(old)
        self._drop_ready(old)
        self._in_background(self._bury(old))

    async def _bury(self, old: Supervisor) -> None:
        await old.drained()
        await old.stop()
        self._retired.discard(old)

    async def _install_new(self) -> bool:
        supervisor = self._new_supervisor()
        try:
            await supervisor.start()
        except (SandboxError, OSError) as reason:
            self._on_event(f"{self.spec.name}: the fork server did not start: {reason}")
            return False
        self.restarts += 1
        previous, self._supervisor = self._supervisor, supervisor
        self._pending = 0
        if previous is not None:
            self._retire(previous)
        self._refill()
        return True

    def _drop_ready(self, supervisor: Supervisor | None = None) -> None:
        kept: deque[Worker] = deque()
        for worker in self._ready:
            if supervisor is None or worker.owner is supervisor:
                _discard(worker)
            else:
                kept.append(worker)
        self._ready = kept

    def _in_background(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _discard(worker: Worker) -> None:
    worker.kill()
    _dispose(worker)


def _dispose(worker: Worker) -> None:
    worker.owner.release(worker)
    worker.close()


def _folders_are_bounded(report: Report) -> bool:
    state = report.get(Layer.NAMESPACES)
    return state is not None and state.active

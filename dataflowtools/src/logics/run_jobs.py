"""Working on batch jobs: an item at a time, by lease, with every end recorded once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from typing import Any

import structlog

from errors import Busy, DeadlineExceeded, LeaseLost, ServiceError, Unavailable, UnknownFile
from logics.jobs import ItemOutcome, ItemState, Operation, WorkItem
from logics.ports import JobQueue, JobWork, StoredFiles
from logics.work import current_attempt

_log = structlog.get_logger("dataflowtools.batch")
_MOST_FAILURES = 4
_RETRY_SECONDS = 5.0
_LARGEST_RESULT = 1 << 20  # bytes of JSON
_PASSING = (Busy, Unavailable, DeadlineExceeded)


class RunJobs:
    """Works on items, so many at a time.

    Args:
        lease_seconds: of an item; renewed three times as often.
        concurrent: items at a time in this process.
    """

    def __init__(
        self,
        work: JobWork,
        files: StoredFiles,
        queue: JobQueue,
        operations: Mapping[str, Operation],
        *,
        lease_seconds: float,
        concurrent: int,
    ) -> None:
        self._work = work
        self._files = files
        self._queue = queue
        self._operations = operations
        self._renew_seconds = lease_seconds / 3
        self._concurrent = concurrent
        self._slots = asyncio.Semaphore(concurrent)
        self._worker = secrets.token_hex(8)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.job_ended = asyncio.Event()

    @property
    def running(self) -> int:
        """Number of items under way in this process."""
        return len(self._tasks)

    async def one(self, job_id: str) -> None:
        """Work on one item of a job, if there is one to be had."""
        if self._closing:
            return
        task = asyncio.create_task(self._one(job_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait((task,))

    async def find_work(self) -> None:
        """Wake workers for items that nobody works on: of workers that died, or whose waking got lost."""
        for job_id in await self._work.claimable(self._concurrent):
            if self._slots.locked():
                return
            try:
                await self._queue.wake(job_id, 1)
            except Unavailable:
                # No queue: the records alone will do.
                await self.one(job_id)

    async def close(self) -> None:
        """Give back what is under way, so that others take it at once."""
        self._closing = True
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _one(self, job_id: str) -> None:
        async with self._slots:
            try:
                item = await self._work.claim(job_id, self._worker)
                if item is not None:
                    await self._attempt(item)
            except LeaseLost:
                _log.warning("work_taken_over", job_id=job_id)
            except ServiceError as reason:
                # Unrecorded, it will be done again once its lease is over.
                _log.warning("work_not_recorded", job_id=job_id, reason=str(reason))

    async def _attempt(self, item: WorkItem) -> None:
        if item.failures > _MOST_FAILURES:
            await self._end(item, _failed("worker_lost", "the worker died each time it tried this file"))
            return
        progress: dict[str, Any] = {}
        operating = asyncio.create_task(self._operate(item, progress))
        renewing = asyncio.create_task(self._renew(item, progress, operating))
        try:
            outcome = await operating
        except asyncio.CancelledError:
            await self._cut_off(item, operating, renewing)
            return
        except _PASSING as reason:
            await self._again(item, reason)
            return
        finally:
            renewing.cancel()
        await self._end(item, outcome)

    async def _operate(self, item: WorkItem, progress: dict[str, Any]) -> ItemOutcome:
        """Run the operation; what is wrong with the file is an outcome."""
        current_attempt.set(item.origin)

        def hear(done: float, total: float, what: str = "") -> None:
            progress.update(done=done, total=total, what=what)

        operation = self._operations.get(item.operation)
        if operation is None:
            # While versions change, another worker may know it.
            raise Unavailable(f"this worker knows no operation {item.operation}")
        try:
            file = await self._files.find(item.file_id)
            result = await operation.run(file, item.options, hear)
            return ItemOutcome(ItemState.DONE, await self._bounded(result, f"{file.name}.{item.operation}.json"))
        except UnknownFile as reason:
            if item.repeated and operation.gone_is_done:
                return ItemOutcome(ItemState.DONE, {})
            return _failed(reason.error_code, reason.shown)
        except (*_PASSING, LeaseLost):
            raise
        except ServiceError as reason:
            return _failed(reason.error_code, reason.shown)
        except Exception:  # noqa: BLE001 - one file must not end a worker, whatever its operation raises
            _log.exception("operation_failed", operation=item.operation)
            return _failed("internal_error", "internal error; the log has the details")

    async def _bounded(self, result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """Return a result as the records keep it: a large one as a file of its own."""
        text = json.dumps(result, ensure_ascii=False).encode()
        if len(text) <= _LARGEST_RESULT:
            return result
        async with self._files.new() as sink:
            await asyncio.to_thread(os.pwrite, sink, text, 0)
            return {"result_file_id": (await self._files.add(name, sink)).file_id}

    async def _renew(self, item: WorkItem, progress: Mapping[str, Any], operating: asyncio.Task[Any]) -> None:
        """Keep the lease while the operation runs; end the operation when the lease is lost or the job cancelled."""
        while True:
            await asyncio.sleep(self._renew_seconds)
            with contextlib.suppress(Unavailable):  # the next one may succeed in time
                if not await self._work.renew(item, progress):
                    operating.cancel()
                    return

    async def _cut_off(self, item: WorkItem, operating: asyncio.Task[Any], renewing: asyncio.Task[None]) -> None:
        """Record that the operation was cancelled: by this process's end, by the job's, or since the lease is lost."""
        renewing.cancel()
        operating.cancel()
        await asyncio.wait((operating,))
        if self._closing:
            await self._work.release(item, after_seconds=0, failed=False)
        else:
            await self._end(item, ItemOutcome(ItemState.CANCELLED))

    async def _again(self, item: WorkItem, reason: ServiceError) -> None:
        """Try later what failed for a reason that passes; a queue that is full counts against nobody."""
        if isinstance(reason, Busy):
            await self._work.release(item, after_seconds=max(reason.retry_after, 1.0), failed=False)
            return
        if item.failures >= _MOST_FAILURES:
            await self._end(item, _failed(reason.error_code, reason.shown))
            return
        await self._work.release(item, after_seconds=_RETRY_SECONDS * 2**item.failures, failed=True)

    async def _end(self, item: WorkItem, outcome: ItemOutcome) -> None:
        if await self._work.finish(item, outcome):
            self.job_ended.set()


def _failed(code: str, message: str) -> ItemOutcome:
    return ItemOutcome(ItemState.FAILED, None, code, message)

"""Batch jobs in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from errors import LeaseLost, Unavailable, UnknownJob
from fakes.records import FakeRecords
from logics.jobs import Callback, CallbackState, ItemOutcome, ItemState, Job, JobItem, JobState, WorkItem


@dataclass
class _Item:
    item: JobItem
    attempt: int = 0
    failures: int = 0
    free_at: datetime | None = None


@dataclass
class _Job:
    job: Job
    items: list[_Item]
    cancel_asked: bool = False
    due_at: datetime | None = None
    attempts: int = field(default=0)


class FakeJobs:
    """Satisfies the ports ``JobRecords``, ``JobWork`` and ``JobCallbacks``."""

    def __init__(
        self,
        records: FakeRecords,
        *,
        lease_seconds: float = 30,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records = records
        self._lease = timedelta(seconds=lease_seconds)
        self._clock = clock
        self._jobs: dict[str, _Job] = {}

    def holds_lease(self, origin: str) -> bool:
        """Whether an attempt is the present one."""
        job_id, position, attempt = origin.split("/")
        entry = self._jobs[job_id].items[int(position)]
        return entry.item.state is ItemState.RUNNING and entry.attempt == int(attempt)

    async def add(self, job: Job, file_ids: Sequence[str]) -> None:
        """See the port."""
        items = [_Item(JobItem(number, file_id, ItemState.WAITING)) for number, file_id in enumerate(file_ids)]
        self._jobs[job.job_id] = _Job(job, items)

    async def find(self, job_id: str) -> Job:
        """See the port."""
        entry = self._entry(job_id)
        counts = Counter(each.item.state for each in entry.items)
        return replace(entry.job, counts=counts, callback=replace(entry.job.callback, attempts=entry.attempts))

    async def items(self, job_id: str, after: int, limit: int) -> list[JobItem]:
        """See the port."""
        known = self._jobs[job_id].items if job_id in self._jobs else []
        return [entry.item for entry in known if entry.item.position > after][:limit]

    async def cancel(self, job_id: str) -> Job:
        """See the port."""
        entry = self._entry(job_id)
        if entry.job.finished_at is None:
            entry.cancel_asked = True
        for each in entry.items:
            if each.item.state is ItemState.WAITING:
                each.item = replace(each.item, state=ItemState.CANCELLED)
        self._close_if_through(entry)
        return await self.find(job_id)

    async def drop_ended(self, before: datetime) -> None:
        """See the port."""
        through = (CallbackState.NONE, CallbackState.DELIVERED, CallbackState.FAILED)
        self._jobs = {
            job_id: entry
            for job_id, entry in self._jobs.items()
            if entry.job.callback.state not in through
            or entry.job.finished_at is None
            or entry.job.finished_at >= before
        }

    async def claim(self, job_id: str, worker: str) -> WorkItem | None:
        """See the port."""
        if job_id not in self._jobs:
            return None
        entry = self._jobs[job_id]
        for each in entry.items:
            if self._is_free(each):
                return self._take(entry, each)
        return None

    async def renew(self, item: WorkItem, progress: Mapping[str, Any]) -> bool:
        """See the port."""
        if not self.holds_lease(item.origin):
            return False
        entry = self._jobs[item.job_id]
        each = entry.items[item.position]
        each.free_at = self._clock() + self._lease
        each.item = replace(each.item, progress=dict(progress))
        return not entry.cancel_asked

    async def release(self, item: WorkItem, *, after_seconds: float, failed: bool) -> None:
        """See the port."""
        self._records.drop_made_by(item.origin)
        if not self.holds_lease(item.origin):
            return
        entry = self._jobs[item.job_id]
        each = entry.items[item.position]
        each.item = replace(each.item, state=ItemState.CANCELLED if entry.cancel_asked else ItemState.WAITING)
        each.free_at = self._clock() + timedelta(seconds=after_seconds)
        each.failures += int(failed)
        self._close_if_through(entry)

    async def finish(self, item: WorkItem, outcome: ItemOutcome) -> bool:
        """See the port."""
        if item.job_id not in self._jobs or not self.holds_lease(item.origin):
            self._records.drop_made_by(item.origin)
            raise LeaseLost("taken over")
        if outcome.state is not ItemState.DONE:
            self._records.drop_made_by(item.origin)
        entry = self._jobs[item.job_id]
        each = entry.items[item.position]
        each.item = replace(each.item, state=outcome.state, outcome=outcome)
        return self._close_if_through(entry)

    async def claimable(self, limit: int) -> list[str]:
        """See the port."""
        return [
            job_id
            for job_id, entry in sorted(self._jobs.items(), key=lambda pair: pair[1].job.created_at)
            for each in entry.items
            if self._is_free(each)
        ][:limit]

    async def take_due(self, limit: int, lease_seconds: float) -> list[Job]:
        """See the port."""
        now = self._clock()
        due = [
            entry
            for entry in self._jobs.values()
            if entry.job.callback.state is CallbackState.DUE and entry.due_at is not None and entry.due_at <= now
        ][:limit]
        for entry in due:
            entry.due_at = now + timedelta(seconds=lease_seconds)
            entry.attempts += 1
        return [await self.find(entry.job.job_id) for entry in due]

    async def settle(self, job_id: str, callback: Callback, *, next_after_seconds: float = 0) -> None:
        """See the port."""
        entry = self._entry(job_id)
        entry.job = replace(entry.job, callback=callback)
        entry.due_at = self._clock() + timedelta(seconds=next_after_seconds)

    def _entry(self, job_id: str) -> _Job:
        if job_id not in self._jobs:
            raise UnknownJob(f"there is no job {job_id!r}")
        return self._jobs[job_id]

    def _is_free(self, each: _Item) -> bool:
        over = each.free_at is None or each.free_at <= self._clock()
        return over and each.item.state in (ItemState.WAITING, ItemState.RUNNING)

    def _take(self, entry: _Job, each: _Item) -> WorkItem | None:
        cut_off = each.item.state is ItemState.RUNNING
        if cut_off:
            self._records.drop_made_by(f"{entry.job.job_id}/{each.item.position}/{each.attempt}")
        if entry.cancel_asked:
            each.item = replace(each.item, state=ItemState.CANCELLED)
            self._close_if_through(entry)
            return None
        if entry.job.state is JobState.QUEUED:
            entry.job = replace(entry.job, state=JobState.RUNNING, started_at=self._clock())
        each.attempt += 1
        each.failures += int(cut_off)
        each.free_at = self._clock() + self._lease
        each.item = replace(each.item, state=ItemState.RUNNING, progress={})
        return WorkItem(
            job_id=entry.job.job_id,
            position=each.item.position,
            attempt=each.attempt,
            file_id=each.item.file_id,
            operation=entry.job.operation,
            options=entry.job.options,
            repeated=each.attempt > 1,
            failures=each.failures,
        )

    def _close_if_through(self, entry: _Job) -> bool:
        if any(each.item.state in (ItemState.WAITING, ItemState.RUNNING) for each in entry.items):
            return False
        if entry.job.finished_at is None:
            now = self._clock()
            state = JobState.CANCELLED if entry.cancel_asked else JobState.FINISHED
            entry.job = replace(entry.job, state=state, finished_at=now)
            if entry.job.callback.url:
                entry.job = replace(entry.job, callback=replace(entry.job.callback, state=CallbackState.DUE))
                entry.due_at = now
        return True


class FakeJobQueue:
    """Satisfies the port ``JobQueue``: remembers whom to wake."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.down = False

    async def wake(self, job_id: str, times: int) -> None:
        """See the port."""
        if self.down:
            raise Unavailable("the queue is down")
        self.woken += [job_id] * times


class FakeCallbackSender:
    """Satisfies the port ``CallbackSender``: remembers what was sent; fails as told."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.failures: list[Exception] = []

    async def check(self, url: str) -> None:
        """See the port."""

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """See the port."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((url, body, headers))

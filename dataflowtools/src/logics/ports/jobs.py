"""Batch jobs: their records, the work on them, and word of their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from logics.jobs import Callback, ItemOutcome, Job, JobItem, WorkItem


class JobRecords(Protocol):
    """The batch jobs. All of it raises Unavailable when the database does not answer."""

    async def add(self, job: Job, file_ids: Sequence[str]) -> None:
        """Record a job with its items, all waiting."""

    async def find(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            UnknownJob: there is none by that id.
        """

    async def items(self, job_id: str, after: int, limit: int) -> list[JobItem]:
        """Return items by position, those behind one."""

    async def cancel(self, job_id: str) -> Job:
        """Start no more items, and ask those under way to end; nothing happens to a job that has ended.

        Raises:
            UnknownJob: there is none by that id.
        """

    async def drop_ended(self, before: datetime) -> None:
        """Forget jobs that ended before a time and whose callbacks are through."""


class JobWork(Protocol):
    """Work on the items of the jobs, by lease. All of it raises Unavailable when the database does not answer."""

    async def claim(self, job_id: str, worker: str) -> WorkItem | None:
        """Take an item that waits, or whose worker has not renewed its lease; None without one.

        What an attempt that was cut off has made is forgotten.
        """

    async def renew(self, item: WorkItem, progress: Mapping[str, Any]) -> bool:
        """Keep the lease and note the progress; False when the work is to end."""

    async def release(self, item: WorkItem, *, after_seconds: float, failed: bool) -> None:
        """Give an item back to be tried again, without what it made; ``failed`` counts against it."""

    async def finish(self, item: WorkItem, outcome: ItemOutcome) -> bool:
        """Record what came of an item, and the end of its job with the last one; return whether the job has ended.

        What a failed attempt made is forgotten.

        Raises:
            LeaseLost: another worker has the item, and what this one made is forgotten.
        """

    async def claimable(self, limit: int) -> list[str]:
        """Return the jobs of items that could be claimed now, once for each, the oldest first."""


class JobCallbacks(Protocol):
    """Notices of jobs that have ended. All of it raises Unavailable when the database does not answer."""

    async def take_due(self, limit: int, lease_seconds: float) -> list[Job]:
        """Take notices to send; they are due again after the lease."""

    async def settle(self, job_id: str, callback: Callback, *, next_after_seconds: float = 0) -> None:
        """Note what came of a notice, and when it is due again where its state is due."""


class JobQueue(Protocol):
    """Wakes workers. What it loses they find in the records a little later."""

    async def wake(self, job_id: str, times: int) -> None:
        """Have so many workers claim an item of a job.

        Raises:
            Unavailable: the queue does not answer.
        """


class CallbackSender(Protocol):
    """Sends notices to addresses that callers choose."""

    async def check(self, url: str) -> None:
        """Judge an address.

        Raises:
            InvalidInput: it is no http or https address, has no public address, or is not allowed.
        """

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a notice.

        Raises:
            Forbidden: its address is not allowed.
            Unavailable: it was not taken; the message says why.
        """

"""Batch jobs: taking them, working on them, telling of their end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from servicekit import HealthRegistry, Starter

from common.settings import Settings
from composition.storage import Storage, redis_settings
from drivenadapters.callbacks import HttpCallbackSender
from drivenadapters.database.jobs import SqlJobRecords
from drivenadapters.database.work import SqlJobWork
from drivenadapters.queues.huey import HueyQueue, memory_queue, redis_queue, sqlite_queue
from logics.batch import BatchJobs
from logics.delete import DeleteFile
from logics.files import StoredFile
from logics.jobs import Operation, Progress
from logics.notify import NotifyCallers
from logics.recurring import Recurring
from logics.run_jobs import RunJobs

_FIND_SECONDS = 2.0
_NOTIFY_SECONDS = 2.0
_DROP_SECONDS = 3600.0


@dataclass(frozen=True)
class Batch:
    """Batch jobs, and the workers of this process."""

    jobs: BatchJobs
    queue: HueyQueue
    runner: RunJobs
    upkeep: tuple[Recurring, ...]
    workers: int

    async def start(self) -> None:
        """Have this process work on jobs."""
        await self.queue.start(self.runner.one, self.workers)

    async def health(self) -> Mapping[str, Any]:
        """Return how much is under way; raises Unavailable when the queue does not answer."""
        return {**await self.queue.health(), "running": self.runner.running, "workers": self.workers}


def make_batch(settings: Settings, storage: Storage, operations: Mapping[str, Operation]) -> Batch:
    """Return the batch jobs that the settings describe; nothing is started."""
    records = SqlJobRecords(storage.database)
    queue = make_queue(settings)
    sender = HttpCallbackSender(lambda _: True) if settings.callback_allow_private else HttpCallbackSender()
    known = {"delete": delete_operation(storage), **operations}
    jobs = BatchJobs(records, storage.records, queue, sender, known, most_files=settings.max_batch_files)
    lease = settings.batch_lease_seconds
    runner = RunJobs(
        SqlJobWork(storage.database, lease_seconds=lease),
        storage.files,
        queue,
        known,
        lease_seconds=lease,
        concurrent=settings.batch_workers,
    )
    notify = NotifyCallers(records, sender, secret=settings.callback_secret.get_secret_value())
    keep = timedelta(days=settings.batch_keep_days)
    upkeep = (
        Recurring("find work", runner.find_work, _FIND_SECONDS),
        Recurring("notify callers", notify, _NOTIFY_SECONDS, wake=runner.job_ended),
        Recurring("drop jobs", lambda: records.drop_ended(datetime.now(UTC) - keep), _DROP_SECONDS),
    )
    return Batch(jobs, queue, runner, upkeep, settings.batch_workers)


def make_queue(settings: Settings) -> HueyQueue:
    """Return the queue: Redis for many machines, a file for one; with only a database server, each its own."""
    if settings.redis_host:
        return redis_queue(redis_settings(settings))
    if settings.db_host:
        return memory_queue()
    return sqlite_queue(settings.data_dir / "queue.db")


def delete_operation(storage: Storage) -> Operation:
    """Return the operation that deletes files."""
    delete = DeleteFile(storage.files, storage.sweep)

    async def run(file: StoredFile, _: Mapping[str, Any], __: Progress) -> Mapping[str, Any]:
        await delete(file.file_id)
        return {"deleted": file.file_id}

    return Operation(run, gone_is_done=True)


def batch_dependencies(settings: Settings, batch: Batch) -> dict[str, Any]:
    """Return what the handlers of batch jobs ask for, by name."""
    return {
        "batch_jobs": batch.jobs,
        "callbacks_share_a_secret": bool(settings.callback_secret.get_secret_value()),
    }


def batch_starters(settings: Settings, batch: Batch, *, works: bool) -> tuple[Starter, ...]:
    """Return what begins the work, where this process has any part in it."""
    return (batch.start, *(work.start for work in batch.upkeep)) if works or settings.batch_embedded else ()


def check_batch(health: HealthRegistry, batch: Batch) -> None:
    """Register the check of the workers; without the queue they find their work more slowly."""
    health.add("batch", batch.health, critical=False)

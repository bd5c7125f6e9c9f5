"""Records of the batch jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from drivenadapters.database.engine import Database
from drivenadapters.database.tables import job_items, jobs
from errors import UnknownJob
from logics.jobs import Callback, CallbackState, ItemOutcome, ItemState, Job, JobItem, JobState

_OPEN = (JobState.QUEUED, JobState.RUNNING)


class SqlJobRecords:
    """Satisfies the ports ``JobRecords`` and ``JobCallbacks``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job, file_ids: Sequence[str]) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            if connection.execute(select(jobs.c.job_id).where(jobs.c.job_id == job.job_id)).scalar() is None:
                connection.execute(insert(jobs), [_job_row(job)])
                connection.execute(
                    insert(job_items),
                    [_item_row(job.job_id, number, file_id) for number, file_id in enumerate(file_ids)],
                )

        await self._database.write(work)

    async def find(self, job_id: str) -> Job:
        """See the port."""
        return await self._database.read(lambda connection: read_job(connection, job_id))

    async def items(self, job_id: str, after: int, limit: int) -> list[JobItem]:
        """See the port."""
        query = (
            select(job_items)
            .where(job_items.c.job_id == job_id, job_items.c.position > after)
            .order_by(job_items.c.position)
            .limit(limit)
        )
        return await self._database.read(lambda connection: [_item(row) for row in connection.execute(query)])

    async def cancel(self, job_id: str) -> Job:
        """See the port."""

        def work(connection: Connection) -> Job:
            lock_job(connection, job_id)
            connection.execute(
                update(jobs).where(jobs.c.job_id == job_id, jobs.c.state.in_(_OPEN)).values(cancel_asked=True)
            )
            connection.execute(
                update(job_items)
                .where(job_items.c.job_id == job_id, job_items.c.state == ItemState.WAITING)
                .values(state=ItemState.CANCELLED, finished_at=datetime.now(UTC))
            )
            close_if_through(connection, job_id)
            return read_job(connection, job_id)

        return await self._database.write(work)

    async def drop_ended(self, before: datetime) -> None:
        """See the port."""
        settled = (CallbackState.NONE, CallbackState.DELIVERED, CallbackState.FAILED)
        old = delete(jobs).where(jobs.c.finished_at < before, jobs.c.callback_state.in_(settled))
        await self._database.write(lambda connection: connection.execute(old))

    async def take_due(self, limit: int, lease_seconds: float) -> list[Job]:
        """See the port."""

        now = datetime.now(UTC)
        due = select(jobs.c.job_id).where(jobs.c.callback_state == CallbackState.DUE, jobs.c.callback_at <= now)
        due = due.limit(limit)
        # Mostly nothing is due, and a look is cheaper than a transaction that could write.
        if not await self._database.read(lambda connection: connection.execute(due).first()):
            return []

        def work(connection: Connection) -> list[Job]:
            ids = list(connection.execute(due.with_for_update(skip_locked=True)).scalars())
            connection.execute(
                update(jobs)
                .where(jobs.c.job_id.in_(ids))
                .values(
                    callback_at=now + timedelta(seconds=lease_seconds), callback_attempts=jobs.c.callback_attempts + 1
                )
            )
            return [read_job(connection, job_id) for job_id in ids]

        return await self._database.write(work)

    async def settle(self, job_id: str, callback: Callback, *, next_after_seconds: float = 0) -> None:
        """See the port."""
        change = (
            update(jobs)
            .where(jobs.c.job_id == job_id)
            .values(
                callback_state=callback.state,
                callback_error=callback.error[:500],
                callback_at=datetime.now(UTC) + timedelta(seconds=next_after_seconds),
            )
        )
        await self._database.write(lambda connection: connection.execute(change))


def lock_job(connection: Connection, job_id: str) -> None:
    """Let nobody else change a job, or end an item of it, until the transaction ends; raises UnknownJob."""
    query = select(jobs.c.job_id).where(jobs.c.job_id == job_id).with_for_update()
    if connection.execute(query).scalar() is None:
        raise UnknownJob(f"there is no job {job_id!r}")


def close_if_through(connection: Connection, job_id: str) -> bool:
    """End a job, which is locked, when all of its items have ended; return whether it has ended."""
    unfinished = select(job_items.c.position).where(
        job_items.c.job_id == job_id, job_items.c.state.in_((ItemState.WAITING, ItemState.RUNNING))
    )
    if connection.execute(unfinished.limit(1)).first() is not None:
        return False
    row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).one()
    if row.state in _OPEN:
        now = datetime.now(UTC)
        state = JobState.CANCELLED if row.cancel_asked else JobState.FINISHED
        notice = {"callback_state": CallbackState.DUE, "callback_at": now} if row.callback_url else {}
        connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(state=state, finished_at=now, **notice))
    return True


def read_job(connection: Connection, job_id: str) -> Job:
    """Return a job with its counts; raises UnknownJob."""
    row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).one_or_none()
    if row is None:
        raise UnknownJob(f"there is no job {job_id!r}")
    number = select(job_items.c.state, func.count()).where(job_items.c.job_id == job_id).group_by(job_items.c.state)
    counts = {ItemState(state): count for state, count in connection.execute(number)}
    callback = Callback(
        row.callback_url,
        row.callback_secret,
        CallbackState(row.callback_state),
        row.callback_attempts,
        row.callback_error,
    )
    return Job(
        job_id=row.job_id,
        operation=row.operation,
        options=json.loads(row.options),
        total=row.total,
        created_at=row.created_at,
        state=JobState(row.state),
        counts=counts,
        callback=callback,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def outcome_text(outcome: ItemOutcome) -> str:
    """Return an outcome as the table has it."""
    return json.dumps(
        {"result": outcome.result, "error_code": outcome.error_code, "error_message": outcome.error_message}
    )


def _item(row: Row[Any]) -> JobItem:
    state = ItemState(row.state)
    outcome = ItemOutcome(state, **json.loads(row.outcome)) if row.outcome else None
    progress: Mapping[str, Any] = json.loads(row.progress) if row.progress else {}
    return JobItem(row.position, row.file_id, state, progress, outcome)


def _job_row(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "operation": job.operation,
        "options": json.dumps(job.options),
        "state": job.state,
        "total": job.total,
        "cancel_asked": False,
        "callback_url": job.callback.url,
        "callback_secret": job.callback.secret,
        "callback_state": job.callback.state,
        "callback_attempts": 0,
        "callback_at": None,
        "callback_error": "",
        "created_at": job.created_at,
        "started_at": None,
        "finished_at": None,
    }


def _item_row(job_id: str, position: int, file_id: str) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "position": position,
        "file_id": file_id,
        "state": ItemState.WAITING,
        "attempt": 0,
        "failures": 0,
        "worker": "",
        "lease_until": None,
        "progress": "",
        "outcome": "",
        "finished_at": None,
    }

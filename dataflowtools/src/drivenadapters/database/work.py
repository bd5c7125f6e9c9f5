"""Work on the items of batch jobs, by lease."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, or_, select, update

from drivenadapters.database.engine import Database
from drivenadapters.database.files import doom_files_of
from drivenadapters.database.jobs import close_if_through, lock_job, outcome_text
from drivenadapters.database.tables import job_items, jobs
from errors import LeaseLost, UnknownJob
from logics.jobs import ItemOutcome, ItemState, JobState, WorkItem


class SqlJobWork:
    """Satisfies the port ``JobWork``.

    Args:
        lease_seconds: without a renewal for so long, a worker counts as dead.
    """

    def __init__(self, database: Database, *, lease_seconds: float) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)

    async def claim(self, job_id: str, worker: str) -> WorkItem | None:
        """See the port."""

        def work(connection: Connection) -> WorkItem | None:
            now = datetime.now(UTC)
            free = select(job_items).where(job_items.c.job_id == job_id, _free(now)).order_by(job_items.c.position)
            row = connection.execute(free.limit(1).with_for_update(skip_locked=True)).one_or_none()
            return None if row is None else self._take(connection, row, worker, now)

        return await self._database.write(work)

    async def renew(self, item: WorkItem, progress: Mapping[str, Any]) -> bool:
        """See the port."""

        def work(connection: Connection) -> bool:
            values = {"lease_until": datetime.now(UTC) + self._lease, "progress": json.dumps(dict(progress))}
            held = connection.execute(_held(item).values(**values)).rowcount
            asked = connection.execute(select(jobs.c.cancel_asked).where(jobs.c.job_id == item.job_id)).scalar()
            return bool(held) and asked is False

        return await self._database.write(work)

    async def release(self, item: WorkItem, *, after_seconds: float, failed: bool) -> None:
        """See the port."""
        values = {
            "state": ItemState.WAITING,
            "lease_until": datetime.now(UTC) + timedelta(seconds=after_seconds),
            "failures": job_items.c.failures + int(failed),
            "progress": "",
        }

        def work(connection: Connection) -> None:
            lock_job(connection, item.job_id)
            doom_files_of(connection, [item.origin])
            asked = connection.execute(select(jobs.c.cancel_asked).where(jobs.c.job_id == item.job_id)).scalar()
            if asked:
                values.update(state=ItemState.CANCELLED, finished_at=datetime.now(UTC))
            connection.execute(_held(item).values(**values))
            close_if_through(connection, item.job_id)

        await self._database.write(work)

    async def finish(self, item: WorkItem, outcome: ItemOutcome) -> bool:
        """See the port."""

        def work(connection: Connection) -> bool | None:
            try:
                lock_job(connection, item.job_id)
            except UnknownJob:
                return None
            text = outcome_text(outcome)
            values = {"state": outcome.state, "outcome": text, "finished_at": datetime.now(UTC), "lease_until": None}
            held = connection.execute(_held(item).values(**values)).rowcount
            if not held and not _is_recorded(connection, item, outcome.state, text):
                doom_files_of(connection, [item.origin])
                return None
            if outcome.state is not ItemState.DONE:
                doom_files_of(connection, [item.origin])
            return close_if_through(connection, item.job_id)

        ended = await self._database.write(work)
        if ended is None:
            raise LeaseLost("another worker has taken the work over")
        return ended

    async def claimable(self, limit: int) -> list[str]:
        """See the port."""
        query = (
            select(job_items.c.job_id)
            .join(jobs, jobs.c.job_id == job_items.c.job_id)
            .where(_free(datetime.now(UTC)))
            .order_by(jobs.c.created_at, job_items.c.position)
            .limit(limit)
        )
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    def _take(self, connection: Connection, row: Row[Any], worker: str, now: datetime) -> WorkItem | None:
        cut_off = row.state == ItemState.RUNNING
        failures = row.failures + int(cut_off)
        if cut_off:
            doom_files_of(connection, [f"{row.job_id}/{row.position}/{row.attempt}"])
        job = connection.execute(select(jobs).where(jobs.c.job_id == row.job_id)).one()
        if job.cancel_asked:
            self._cancel(connection, row, now)
            return None
        item = WorkItem(
            job_id=row.job_id,
            position=row.position,
            attempt=row.attempt + 1,
            file_id=row.file_id,
            operation=job.operation,
            options=json.loads(job.options),
            repeated=row.attempt > 0,
            failures=failures,
        )
        connection.execute(
            update(job_items)
            .where(job_items.c.job_id == row.job_id, job_items.c.position == row.position)
            .values(
                state=ItemState.RUNNING,
                attempt=item.attempt,
                failures=failures,
                worker=worker,
                lease_until=now + self._lease,
                progress="",
            )
        )
        connection.execute(
            update(jobs)
            .where(jobs.c.job_id == row.job_id, jobs.c.state == JobState.QUEUED)
            .values(state=JobState.RUNNING, started_at=now)
        )
        return item

    def _cancel(self, connection: Connection, row: Row[Any], now: datetime) -> None:
        """End an item whose worker died after somebody asked for the job's end."""
        connection.execute(
            update(job_items)
            .where(job_items.c.job_id == row.job_id, job_items.c.position == row.position)
            .values(state=ItemState.CANCELLED, finished_at=now)
        )
        close_if_through(connection, row.job_id)


def _free(now: datetime) -> ColumnElement[bool]:
    """Items that wait and whose time has come, and those whose worker is gone."""
    waits = and_(
        job_items.c.state == ItemState.WAITING, or_(job_items.c.lease_until.is_(None), job_items.c.lease_until <= now)
    )
    return or_(waits, and_(job_items.c.state == ItemState.RUNNING, job_items.c.lease_until < now))


def _held(item: WorkItem) -> Update:
    return update(job_items).where(
        job_items.c.job_id == item.job_id,
        job_items.c.position == item.position,
        job_items.c.attempt == item.attempt,
        job_items.c.state == ItemState.RUNNING,
    )


def _is_recorded(connection: Connection, item: WorkItem, state: ItemState, text: str) -> bool:
    """Whether this very end is recorded already, by an attempt whose answer got lost."""
    row = connection.execute(
        select(job_items).where(job_items.c.job_id == item.job_id, job_items.c.position == item.position)
    ).one()
    return bool(row.attempt == item.attempt and row.state == state and row.outcome == text)

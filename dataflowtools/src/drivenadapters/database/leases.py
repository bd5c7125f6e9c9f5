"""Whether an attempt of a batch item is still the item's present one."""

from __future__ import annotations

from sqlalchemy import Connection, select

from drivenadapters.database.tables import job_items


def origin_of(job_id: str, position: int, attempt: int) -> str:
    """Return the name of an attempt, which the files it makes carry."""
    return f"{job_id}/{position}/{attempt}"


def holds_lease(connection: Connection, origin: str) -> bool:
    """Whether an attempt may still have effects; it keeps that until the transaction ends."""
    job_id, position, attempt = origin.split("/")
    row = connection.execute(
        select(job_items.c.state, job_items.c.attempt)
        .where(job_items.c.job_id == job_id, job_items.c.position == int(position))
        .with_for_update()
    ).one_or_none()
    return row is not None and row.state == "running" and row.attempt == int(attempt)

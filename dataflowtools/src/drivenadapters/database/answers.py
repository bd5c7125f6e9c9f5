"""Answers to requests that carry an idempotency key."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from drivenadapters.database.engine import Database
from drivenadapters.database.tables import requests
from errors import KeyReused, RequestRunning
from logics.answers import LEASE_SECONDS, StoredAnswer

_RUNNING = 0


class SqlAnswerLedger:
    """Satisfies the port ``AnswerLedger``.

    Args:
        keep_hours: how long an answer is kept.
        lease_seconds: without a renewal for so long, a request under way counts as dead.
    """

    def __init__(self, database: Database, *, keep_hours: float, lease_seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._keep = timedelta(hours=keep_hours)
        self._lease = timedelta(seconds=lease_seconds)

    async def begin(self, key: str, fingerprint: str, owner: str) -> StoredAnswer | None:
        """See the port."""

        def work(connection: Connection) -> StoredAnswer | None:
            now = datetime.now(UTC)
            row = connection.execute(
                select(requests).where(requests.c.request_key == key).with_for_update()
            ).one_or_none()
            if row is not None and row.expires_at > now and row.owner != owner:
                return _answer(row, fingerprint)
            connection.execute(delete(requests).where(requests.c.request_key == key))
            values = {"status": _RUNNING, "headers": "{}", "body": "", "expires_at": now + self._lease}
            connection.execute(
                insert(requests), [{"request_key": key, "fingerprint": fingerprint, "owner": owner, **values}]
            )
            return None

        try:
            return await self._database.write(work)
        except IntegrityError as reason:
            raise RequestRunning("a request with the same Idempotency-Key has just begun") from reason

    async def renew(self, key: str, owner: str) -> None:
        """See the port."""
        await self._change(key, owner, expires_at=datetime.now(UTC) + self._lease)

    async def finish(self, key: str, owner: str, answer: StoredAnswer) -> None:
        """See the port."""
        await self._change(
            key,
            owner,
            status=answer.status,
            headers=json.dumps(dict(answer.headers)),
            body=answer.body,
            expires_at=datetime.now(UTC) + self._keep,
        )

    async def give_up(self, key: str, owner: str) -> None:
        """See the port."""
        gone = delete(requests).where(requests.c.request_key == key, requests.c.owner == owner)
        await self._database.write(lambda connection: connection.execute(gone))

    async def expire(self) -> None:
        """See the port."""
        gone = delete(requests).where(requests.c.expires_at < datetime.now(UTC))
        await self._database.write(lambda connection: connection.execute(gone))

    async def _change(self, key: str, owner: str, **values: Any) -> None:
        change = update(requests).where(requests.c.request_key == key, requests.c.owner == owner).values(**values)
        await self._database.write(lambda connection: connection.execute(change))


def _answer(row: Row[Any], fingerprint: str) -> StoredAnswer:
    if row.fingerprint != fingerprint:
        raise KeyReused("the Idempotency-Key belongs to a request with another body")
    if row.status == _RUNNING:
        raise RequestRunning("a request with the same Idempotency-Key is under way")
    return StoredAnswer(row.status, json.loads(row.headers), row.body)

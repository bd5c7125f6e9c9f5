"""Answering a repeated request with the answer it already had."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from errors import ServiceError

if TYPE_CHECKING:
    from logics.ports import AnswerLedger

LEASE_SECONDS = 60.0
_log = structlog.get_logger("dataflowtools.answers")


@dataclass(frozen=True)
class StoredAnswer:
    """An answer as it was sent: the status, some headers, the body."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass
class Attempt:
    """A request under way: either ``earlier`` holds its answer, or it is to be made and put into ``answer``."""

    earlier: StoredAnswer | None = None
    answer: StoredAnswer | None = field(default=None)


class AnswerOnce:
    """Lets one request of those with the same key act, and gives the others its answer."""

    def __init__(self, ledger: AnswerLedger, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._ledger = ledger
        self._renew_seconds = lease_seconds / 3

    @asynccontextmanager
    async def attempt(self, key: str, fingerprint: str) -> AsyncIterator[Attempt]:
        """Hold the key while the request acts; without an answer in the end, the next one may try again.

        Raises:
            RequestRunning: it is under way elsewhere.
            KeyReused: the key belongs to a request with another fingerprint.
            Unavailable: the database does not answer.
        """
        owner = secrets.token_hex(16)
        attempt = Attempt(await self._ledger.begin(key, fingerprint, owner))
        if attempt.earlier is not None:
            yield attempt
            return
        renewing = asyncio.create_task(self._renew(key, owner))
        try:
            yield attempt
        finally:
            renewing.cancel()
            await asyncio.shield(self._end(key, owner, attempt.answer))

    async def _renew(self, key: str, owner: str) -> None:
        while True:
            await asyncio.sleep(self._renew_seconds)
            with contextlib.suppress(ServiceError):  # the next one may succeed in time
                await self._ledger.renew(key, owner)

    async def _end(self, key: str, owner: str, answer: StoredAnswer | None) -> None:
        try:
            if answer is None:
                await self._ledger.give_up(key, owner)
            else:
                await self._ledger.finish(key, owner, answer)
        except ServiceError as reason:
            _log.warning("answer_not_kept", reason=str(reason))

"""Answers and results that are kept."""

from __future__ import annotations

from typing import Protocol

from logics.answers import StoredAnswer


class ResultCache(Protocol):
    """Remembers results of pure work by what went into it; may forget at any time, never fails."""

    async def get(self, key: str) -> bytes | None:
        """Return what was put, if it is still known."""

    async def put(self, key: str, value: bytes) -> None:
        """Remember a value."""


class AnswerLedger(Protocol):
    """The answers to requests that carry an idempotency key. All of it raises Unavailable."""

    async def begin(self, key: str, fingerprint: str, owner: str) -> StoredAnswer | None:
        """Note that a request is under way, or return the answer that it already had.

        Raises:
            RequestRunning: it is under way elsewhere.
            KeyReused: the key belongs to a request with another fingerprint.
        """

    async def renew(self, key: str, owner: str) -> None:
        """Note that the request is still under way."""

    async def finish(self, key: str, owner: str, answer: StoredAnswer) -> None:
        """Keep the answer."""

    async def give_up(self, key: str, owner: str) -> None:
        """Note that the request failed: the next one with the key is a new one."""

    async def expire(self) -> None:
        """Drop answers that have been kept long enough."""

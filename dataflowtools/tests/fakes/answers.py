"""Answers in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from errors import KeyReused, RequestRunning
from logics.answers import StoredAnswer

_Entry = tuple[str, str, StoredAnswer | None, datetime]


class FakeAnswerLedger:
    """Satisfies the port ``AnswerLedger``."""

    def __init__(self, *, keep_hours: float = 24, lease_seconds: float = 60) -> None:
        self._keep = timedelta(hours=keep_hours)
        self._lease = timedelta(seconds=lease_seconds)
        self._entries: dict[str, _Entry] = {}

    async def begin(self, key: str, fingerprint: str, owner: str) -> StoredAnswer | None:
        """See the port."""
        now = datetime.now(UTC)
        known = self._entries.get(key)
        if known is None or known[3] <= now:
            self._entries[key] = (fingerprint, owner, None, now + self._lease)
            return None
        if known[0] != fingerprint:
            raise KeyReused("another body")
        if known[2] is None:
            raise RequestRunning("under way")
        return known[2]

    async def renew(self, key: str, owner: str) -> None:
        """See the port."""
        known = self._entries.get(key)
        if known is not None and known[1] == owner:
            self._entries[key] = (*known[:3], datetime.now(UTC) + self._lease)

    async def finish(self, key: str, owner: str, answer: StoredAnswer) -> None:
        """See the port."""
        known = self._entries.get(key)
        if known is not None and known[1] == owner:
            self._entries[key] = (known[0], owner, answer, datetime.now(UTC) + self._keep)

    async def give_up(self, key: str, owner: str) -> None:
        """See the port."""
        known = self._entries.get(key)
        if known is not None and known[1] == owner:
            del self._entries[key]

    async def expire(self) -> None:
        """See the port."""
        now = datetime.now(UTC)
        self._entries = {key: entry for key, entry in self._entries.items() if entry[3] >= now}

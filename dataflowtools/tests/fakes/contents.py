"""Contents in memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from errors import ContentMissing, Unavailable
from logics.files import ContentFacts

_PIECE = 1000


class _FakeDraft:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._content = b""

    async def write(self, data: bytes) -> None:
        self._content += data
        os.write(self.descriptor, data)

    async def facts(self) -> ContentFacts:
        return ContentFacts(len(self._content), hashlib.sha256(self._content).hexdigest())


class FakeContents:
    """Satisfies the ports ``Contents`` and ``ContentReader``; ``down`` makes it fail."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.drafts = 0
        self.down = False

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[_FakeDraft]:
        """See the port."""
        self._require_up()
        self.drafts += 1
        try:
            with tempfile.TemporaryFile() as file:
                yield _FakeDraft(file.fileno())
        finally:
            self.drafts -= 1

    async def measure(self, descriptor: int) -> ContentFacts:
        """See the port."""
        content = _content(descriptor)
        return ContentFacts(len(content), hashlib.sha256(content).hexdigest())

    async def keep(self, key: str, descriptor: int) -> None:
        """See the port."""
        self._require_up()
        self.kept[key] = _content(descriptor)

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[int]:
        """See the port."""
        with tempfile.TemporaryFile() as file:
            file.write(self._get(key))
            file.seek(0)
            yield file.fileno()

    async def remove(self, key: str) -> None:
        """See the port."""
        self._require_up()
        self.kept.pop(key, None)

    async def read(self, key: str, first: int, count: int) -> AsyncGenerator[bytes, None]:
        """See the port."""
        content = self._get(key)
        if first + count > len(content):
            raise ContentMissing("shorter than it was")
        for place in range(first, first + count, _PIECE):
            yield content[place : min(place + _PIECE, first + count)]

    async def tidy(self, older_than_seconds: float) -> None:
        """Nothing to tidy."""

    async def health(self) -> Mapping[str, Any]:
        """Return what it is."""
        self._require_up()
        return {"kind": "fake"}

    async def close(self) -> None:
        """Nothing to close."""

    def _get(self, key: str) -> bytes:
        self._require_up()
        if key not in self.kept:
            raise ContentMissing("gone")
        return self.kept[key]

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("the store is down")


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

"""Stands in where nothing is stored: files of requests are held only while they are served."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from errors import NotImplementedHere, UnknownFile
from logics.files import StoredFile


class NothingStored:
    """Satisfies the port ``StoredFiles``: there are no files, and none can be kept."""

    async def find(self, file_id: str) -> StoredFile:
        """See the port."""
        raise UnknownFile(f"there is no file {file_id[:100]!r}")

    def opened(self, file: StoredFile) -> AbstractAsyncContextManager[int]:
        """See the port."""
        raise UnknownFile(f"there is no file {file.file_id!r}")

    @asynccontextmanager
    async def new(self) -> AsyncIterator[int]:
        """See the port."""
        with tempfile.TemporaryFile() as file:
            yield file.fileno()

    async def add(self, name: str, content: int, *, description: str = "", tags: Sequence[str] = ()) -> StoredFile:
        """See the port."""
        raise NotImplementedHere("this installation keeps no files")


class ForgetfulCache:
    """Satisfies the port ``ResultCache``, and forgets at once."""

    async def get(self, key: str) -> bytes | None:
        """See the port."""
        return None

    async def put(self, key: str, value: bytes) -> None:
        """See the port."""

"""Stored files in a folder of the test."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from errors import UnknownFile
from logics.files import StoredFile


class FakeStoredFiles:
    """Satisfies the port ``StoredFiles``; knows media types and kinds by the name's ending only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: dict[str, StoredFile] = {}

    def put(self, name: str, content: bytes, *, media_type: str = "", kind: str = "") -> StoredFile:
        """Store a file at once."""
        file_id = f"file-{len(self.files) + 1}"
        (self._folder / file_id).write_bytes(content)
        self.files[file_id] = StoredFile(
            file_id=file_id,
            name=name,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            media_type=media_type or "application/octet-stream",
            kind=kind or name.rpartition(".")[2].lower() or "unknown",
            created_at=datetime.now(UTC),
        )
        return self.files[file_id]

    def content(self, file_id: str) -> bytes:
        """Return what a file holds."""
        return (self._folder / file_id).read_bytes()

    def path(self, file_id: str) -> Path:
        """Return where the content of a file is."""
        return self._folder / file_id

    async def find(self, file_id: str) -> StoredFile:
        """See the port."""
        try:
            return self.files[file_id]
        except KeyError:
            raise UnknownFile(f"there is no file {file_id!r}") from None

    @asynccontextmanager
    async def opened(self, file: StoredFile) -> AsyncIterator[int]:
        """See the port."""
        fd = os.open(self._folder / file.file_id, os.O_RDONLY)
        try:
            yield fd
        finally:
            os.close(fd)

    @asynccontextmanager
    async def new(self) -> AsyncIterator[int]:
        """See the port."""
        with tempfile.TemporaryFile(dir=self._folder) as file:
            yield file.fileno()

    async def add(self, name: str, content: int, *, description: str = "", tags: Sequence[str] = ()) -> StoredFile:
        """See the port."""
        stored = self.put(name, os.pread(content, os.fstat(content).st_size, 0))
        self.files[stored.file_id] = replace(stored, description=description, tags=tuple(sorted(tags)))
        return self.files[stored.file_id]

"""Contents in a folder, which several replicas may share."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from drivenadapters.contents.drafts import DraftFolder, FileDraft, sync_folder, translated
from drivenadapters.contents.threads import FileThreads
from errors import ContentMissing, Unavailable
from logics.files import ContentFacts

_PIECE = 256 << 10


class LocalContents:
    """Satisfies the ports ``Contents`` and ``ContentReader``.

    A content is ``ab/abcdef...`` by its key, so that no folder gets too large.
    """

    def __init__(self, folder: Path, *, nameless_drafts: bool = True) -> None:
        self._folder = folder
        self._threads = FileThreads()
        self._drafts = DraftFolder(folder / "drafts", self._threads, nameless=nameless_drafts)

    def draft(self) -> AbstractAsyncContextManager[FileDraft]:
        """See the port."""
        return self._drafts.draft()

    async def measure(self, descriptor: int) -> ContentFacts:
        """See the port."""
        return await self._drafts.measure(descriptor)

    async def keep(self, key: str, descriptor: int) -> None:
        """See the port."""
        await self._threads.run(self._keep, key, descriptor)

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[int]:
        """See the port."""
        descriptor = await self._threads.run(self._open, key)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    async def remove(self, key: str) -> None:
        """See the port."""
        await self._threads.run(self._remove, key)

    async def read(self, key: str, first: int, count: int) -> AsyncGenerator[bytes, None]:
        """See the port."""
        async with self.opened(key) as descriptor:
            end = first + count
            while first < end:
                piece = await self._threads.run(_read, descriptor, min(_PIECE, end - first), first)
                if not piece:
                    raise ContentMissing("the content is shorter than it was")
                first += len(piece)
                yield piece

    async def tidy(self, older_than_seconds: float) -> None:
        """Remove drafts that a crash left behind."""
        await self._threads.run(self._drafts.tidy, older_than_seconds)

    async def health(self) -> Mapping[str, Any]:
        """Return the room that is left; raises Unavailable when nothing can be written."""
        return await self._threads.run(self._health)

    async def close(self) -> None:
        """Take no more work."""
        self._threads.close()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _keep(self, key: str, descriptor: int) -> None:
        target = self._path(key)
        with translated():
            if not target.parent.is_dir():
                target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
                sync_folder(target.parent.parent)
            self._drafts.publish(descriptor, target)

    def _open(self, key: str) -> int:
        try:
            return os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as reason:
            raise ContentMissing("the content of this file is gone from the store") from reason
        except OSError as reason:
            raise Unavailable(f"the store does not work: {reason}") from reason

    def _remove(self, key: str) -> None:
        with translated():
            self._path(key).unlink(missing_ok=True)

    def _health(self) -> Mapping[str, Any]:
        with translated():
            self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            if not os.access(self._folder, os.W_OK | os.X_OK):
                raise Unavailable(f"{self._folder} is not writable")
            return {"kind": "folder", "free_mb": shutil.disk_usage(self._folder).free >> 20}


def _read(descriptor: int, count: int, place: int) -> bytes:
    with translated():
        return os.pread(descriptor, count, place)

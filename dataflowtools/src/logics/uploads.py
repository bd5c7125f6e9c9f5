"""The files of one request on their way in."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from errors import InvalidInput, TooLarge
from logics.files import StoredFile
from logics.ports import Contents, Draft
from logics.storage import FileStorage, Labels, NewFile

_MEBIBYTE = 1 << 20


class Upload:
    """Takes the files of one request one after the other; all are kept, or none.

    Args:
        largest_bytes: of one file.
        most_files: of the request.
    """

    def __init__(self, storage: FileStorage, contents: Contents, *, largest_bytes: int, most_files: int) -> None:
        self._storage = storage
        self._contents = contents
        self._largest = largest_bytes
        self._most = most_files
        self._drafts = AsyncExitStack()
        self._turn = asyncio.Lock()
        self._complete: list[NewFile] = []
        self._names: list[str] = []
        self._draft: Draft | None = None
        self._size = 0
        self._abandoned = False

    async def begin(self, name: str) -> None:
        """Start the next file.

        Raises:
            InvalidInput: there are too many.
            Unavailable: the store does not work.
        """
        async with self._turn:
            if len(self._names) == self._most:
                raise InvalidInput(f"a request has at most {self._most} files (MAX_UPLOAD_FILES)")
            self._names.append(name)
            self._size = 0
            if not self._abandoned:
                self._draft = await self._drafts.enter_async_context(self._contents.draft())

    async def write(self, data: bytes) -> None:
        """Append to the file.

        Raises:
            TooLarge: it is larger than a file may be.
            StorageFull: there is no room.
        """
        async with self._turn:
            self._size += len(data)
            if self._size > self._largest:
                raise TooLarge(f"a file is larger than {self._largest / _MEBIBYTE:g} MiB, the limit set by MAX_FILE_MB")
            if self._draft is not None:
                await self._draft.write(data)

    async def end(self) -> None:
        """End the file."""
        async with self._turn:
            if self._draft is not None:
                self._complete.append(NewFile(self._names[-1], self._draft.descriptor, await self._draft.facts()))
            self._draft = None

    async def keep(self, labels: Labels) -> list[tuple[StoredFile, tuple[str, ...]]]:
        """Keep the files; see :meth:`logics.storage.FileStorage.keep`.

        Raises:
            InvalidInput: there is none.
        """
        async with self._turn:
            if not self._complete:
                raise InvalidInput("the request has no file")
            return await self._storage.keep(self._complete, labels)

    @property
    def digests(self) -> list[str]:
        """Names and digests of the files, to compare requests by."""
        return [f"{file.name}:{file.facts.sha256}" for file in self._complete]

    async def abandon(self) -> None:
        """Let go of the drafts; what has not been kept is gone."""
        async with self._turn:
            self._abandoned = True
            self._draft = None
            self._complete.clear()
            await self._drafts.aclose()

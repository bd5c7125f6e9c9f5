"""What the use cases need from the outside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from logics.files import StoredFile
from logics.tables.work import CustomOutcome, CustomProgram, TableTask


class StoredFiles(Protocol):
    """The stored files, for use cases that read them and make new ones."""

    async def find(self, file_id: str) -> StoredFile:
        """Return what is known of a file.

        Raises:
            UnknownFile: there is none by that id.
            Unavailable: the database does not answer.
        """

    def opened(self, file: StoredFile) -> AbstractAsyncContextManager[int]:
        """Hold the content as a local descriptor, open for reading at its start.

        Raises:
            UnknownFile: the content is gone.
            Unavailable: the store does not answer.
        """

    def new(self) -> AbstractAsyncContextManager[int]:
        """Hold an empty local file, open for reading and writing; it has no name and is gone afterwards.

        Raises:
            Unavailable: there is no room.
        """

    async def add(self, name: str, content: int, *, description: str = "", tags: Sequence[str] = ()) -> StoredFile:
        """Keep what a descriptor of :meth:`new` holds as a stored file, durable on return.

        Raises:
            InvalidInput: a tag that does not exist.
            TooLarge: it is larger than a file may be.
            Unavailable: the store or the database does not answer, or is full.
        """


class ResultCache(Protocol):
    """Remembers results of pure work by what went into it; may forget at any time, never fails."""

    async def get(self, key: str) -> bytes | None:
        """Return what was put, if it is still known."""

    async def put(self, key: str, value: bytes) -> None:
        """Remember a value."""


class TableWorkers(Protocol):
    """Confined workers that read, transform, analyse, check and write tables."""

    async def run(self, task: TableTask) -> dict[str, Any]:
        """Do a piece of work and return its result, JSON-ready.

        Raises:
            InvalidInput, Unprocessable, UnsupportedMedia, TooLarge: the task says what is wrong, with the field.
            FileDamaged, FileEncrypted: a file cannot be read.
            OverBudget: it took more time or memory than it may.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """


class CustomCode(Protocol):
    """Runs a caller's code on a table, elsewhere."""

    async def run(self, program: CustomProgram, table: int, result: int) -> CustomOutcome:
        """Run code on a table and write the one it leaves.

        Args:
            table: descriptor of the file to read, in the format `columns` of the workers.
            result: descriptor of the empty file to fill, in the same format.

        Raises:
            CodeFailed: the code failed; the message has its lines.
            InvalidInput, Forbidden, NotFound, TooLarge: coderunner refused the request, with its reason.
            Busy: it has no capacity.
            CoderunnerDown: it does not answer.
        """

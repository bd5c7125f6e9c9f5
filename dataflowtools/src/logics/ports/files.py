"""Stored files: their records, their contents, and what they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from logics.files import ContentFacts, DetectedType, FilePage, FileQuery, StoredFile


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
            InvalidInput: a name of a tag that cannot be one; tags that do not exist yet are made.
            TooLarge: it is larger than a file may be.
            Unavailable: the store or the database does not answer, or is full.
        """


class FileRecords(Protocol):
    """What is known of the stored files, and that their contents have an owner.

    All of it raises Unavailable when the database does not answer.
    """

    async def reserve(self, keys: Sequence[str]) -> None:
        """Note, durably, that contents are about to be kept by these keys."""

    async def add(self, files: Sequence[StoredFile], *, origin: str = "") -> None:
        """Record files whose contents, reserved by the files' ids, are kept; all or none.

        Tags that do not exist yet are made. ``origin`` names the attempt of a batch item that made them.

        Raises:
            LeaseLost: that attempt is not the item's present one, or a reservation has been given up.
        """

    async def find(self, file_id: str) -> StoredFile:
        """Return what is known of a file.

        Raises:
            UnknownFile: there is none by that id.
        """

    async def remove(self, file_id: str) -> None:
        """Forget a file; from then on its content is doomed.

        Raises:
            UnknownFile: there is none by that id.
        """

    async def page(self, query: FileQuery) -> FilePage:
        """Return a page of the list of files."""


class ContentLedger(Protocol):
    """Which contents belong to no file. Raises Unavailable when the database does not answer."""

    async def give_up_reservations(self, before: datetime) -> None:
        """Doom what was reserved before a time and never recorded."""

    async def doomed(self, limit: int) -> list[str]:
        """Return keys of contents to remove."""

    async def forget(self, keys: Sequence[str]) -> None:
        """Note that doomed contents are removed."""


class Draft(Protocol):
    """A local file that is being written and has no name yet."""

    @property
    def descriptor(self) -> int:
        """Open for reading and writing."""

    async def write(self, data: bytes) -> None:
        """Append.

        Raises:
            StorageFull: there is no room.
        """

    async def facts(self) -> ContentFacts:
        """Return size and digest of what was appended."""


class Contents(Protocol):
    """The contents of the files, by key; once kept they do not change.

    All of it raises Unavailable when the store does not answer, StorageFull when it is full.
    """

    def draft(self) -> AbstractAsyncContextManager[Draft]:
        """Hold an empty draft; without :meth:`keep` nothing of it remains."""

    async def measure(self, descriptor: int) -> ContentFacts:
        """Return size and digest of a draft that others have written."""

    async def keep(self, key: str, descriptor: int) -> None:
        """Keep a draft's content by a new key, durable on return."""

    def opened(self, key: str) -> AbstractAsyncContextManager[int]:
        """Hold a content as a local descriptor, open for reading at its start.

        Raises:
            ContentMissing: there is none by that key.
        """

    async def remove(self, key: str) -> None:
        """Remove a content; nothing happens where there is none."""


class ContentReader(Protocol):
    """Reads contents in pieces."""

    def read(self, key: str, first: int, count: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from a place on, in pieces.

        Raises:
            ContentMissing: there is no content by that key, or less of it.
            Unavailable: the store does not answer.
        """


class Descriptors(Protocol):
    """Moves content between descriptors."""

    async def copy(self, source: int, target: int) -> None:
        """Copy all of the source into the empty target.

        Raises:
            Unavailable: there is no room.
        """

    async def fill(self, target: int, content: bytes) -> None:
        """Write content into the empty target.

        Raises:
            Unavailable: there is no room.
        """


class TypeDetector(Protocol):
    """Recognises files by their content."""

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """Return what a file is; a name that says something else gives a warning, never a refusal.

        Args:
            descriptor: open for reading.
            name: as it was uploaded; decides only between kinds that look alike.

        Raises:
            Busy, Unavailable: no worker looks at it now.
            OverBudget: it took more than it may.
        """

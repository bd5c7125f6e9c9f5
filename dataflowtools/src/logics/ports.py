"""What the use cases need from the outside."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from logics.answers import StoredAnswer
from logics.files import ContentFacts, DetectedType, FilePage, FileQuery, StoredFile
from logics.tags import Tag, TagChange


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


class ResultCache(Protocol):
    """Remembers results of pure work by what went into it; may forget at any time, never fails."""

    async def get(self, key: str) -> bytes | None:
        """Return what was put, if it is still known."""

    async def put(self, key: str, value: bytes) -> None:
        """Remember a value."""


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


class TypeDetector(Protocol):
    """Tells what a content is, by the content; the name only helps to choose among texts."""

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """Return the type of an open file; its offset is not used. Never fails on a content."""


class DocumentInspector(Protocol):
    """Tells what is inside a document."""

    async def inspect(self, file: StoredFile) -> dict[str, Any]:
        """Return facts such as author, title, pages, sheets, dimensions, macros and encryption, JSON-ready.

        Raises:
            Unprocessable, UnsupportedMedia: the file does not let itself be inspected.
            Busy, Unavailable: not now.
        """


class TagRecords(Protocol):
    """The tags. All of it raises Unavailable when the database does not answer."""

    async def add(self, tag: Tag) -> None:
        """Record a tag.

        Raises:
            TagExists: another one has that name.
        """

    async def all(self) -> list[Tag]:
        """Return the tags by name, with how many files have each."""

    async def change(self, reference: str, change: TagChange) -> Tag:
        """Change a tag, given its id or name, and return it as it is then.

        Raises:
            UnknownTag: there is none.
            TagExists: another one has the new name.
        """

    async def remove(self, reference: str) -> Tag:
        """Remove a tag, given its id or name, from all files and altogether; return what it was.

        Raises:
            UnknownTag: there is none.
        """


class FileTags(Protocol):
    """The tags on files. All of it raises Unavailable when the database does not answer."""

    async def attach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """Put tags, given by id or name, on files, all or nothing; those that are there stay.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
            InvalidInput: a file would have too many.
        """

    async def detach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """Take tags off files, all or nothing.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
        """


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

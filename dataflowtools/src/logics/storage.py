"""Keeping files: the content first, then the record, and only then the answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from errors import FieldProblem, InvalidInput, TooLarge
from logics.files import ContentFacts, DetectedType, StoredFile
from logics.ports import Contents, FileRecords, TypeDetector
from logics.tags import tag_names
from logics.work import current_attempt
from utils.names import safe_name

LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True)
class NewFile:
    """A draft that is complete."""

    name: str
    descriptor: int
    facts: ContentFacts


@dataclass(frozen=True)
class Labels:
    """What a caller says of new files."""

    tags: tuple[str, ...] = ()
    description: str = ""


class FileStorage:
    """The stored files; satisfies the port ``StoredFiles``.

    A content is reserved in the database before it is kept, so that whatever dies when, nothing is kept that
    the sweep does not find; the record is written once the content is durable.
    """

    def __init__(self, records: FileRecords, contents: Contents, detector: TypeDetector, *, largest_bytes: int) -> None:
        self._records = records
        self._contents = contents
        self._detector = detector
        self._largest = largest_bytes

    async def find(self, file_id: str) -> StoredFile:
        """See the port."""
        return await self._records.find(file_id)

    def opened(self, file: StoredFile) -> AbstractAsyncContextManager[int]:
        """See the port."""
        return self._contents.opened(file.file_id)

    @asynccontextmanager
    async def new(self) -> AsyncIterator[int]:
        """See the port."""
        async with self._contents.draft() as draft:
            yield draft.descriptor

    async def add(self, name: str, content: int, *, description: str = "", tags: Sequence[str] = ()) -> StoredFile:
        """See the port."""
        facts = await self._contents.measure(content)
        if facts.size > self._largest:
            raise TooLarge(f"the new file has {facts.size} bytes, more than MAX_FILE_MB allows")
        kept = await self.keep([NewFile(name, content, facts)], Labels(tuple(tags), description))
        return kept[0][0]

    async def keep(self, new: Sequence[NewFile], labels: Labels) -> list[tuple[StoredFile, tuple[str, ...]]]:
        """Keep drafts as files, all or none; return each with warnings for the caller.

        Raises:
            InvalidInput: a tag or the description cannot be one.
            Unavailable: the store or the database does not answer, or is full.
        """
        labels = checked(labels)
        ids = [secrets.token_hex(16) for _ in new]
        types = await self._types_while_reserving(ids, new)
        described = zip(ids, new, types, strict=True)
        kept = [(_file(file_id, draft, detected, labels), draft) for file_id, draft, detected in described]
        for (file, _), draft in kept:
            await self._contents.keep(file.file_id, draft.descriptor)
        await self._records.add([file for (file, _), _ in kept], origin=current_attempt.get())
        return [stored for stored, _ in kept]

    async def remove(self, file_id: str) -> StoredFile:
        """Delete a file and return what it was: the record first, so that nobody finds it without its content.

        Raises:
            UnknownFile: there is none by that id.
            Unavailable: the database does not answer.
        """
        file = await self._records.find(file_id)
        await self._records.remove(file_id)
        return file

    async def _types_while_reserving(self, ids: Sequence[str], new: Sequence[NewFile]) -> list[DetectedType]:
        """Look into the contents while the database writes."""
        reserving = asyncio.create_task(self._records.reserve(ids))
        try:
            return [await self._detector.detect(draft.descriptor, draft.name) for draft in new]
        finally:
            await reserving


def _file(file_id: str, draft: NewFile, detected: DetectedType, labels: Labels) -> tuple[StoredFile, tuple[str, ...]]:
    """Return the record of a draft, and warnings for the caller."""
    name = safe_name(draft.name)
    changed = () if name == draft.name else (f"the name was changed to {name}",)
    empty = () if draft.facts.size else ("the file is empty",)
    file = StoredFile(
        file_id=file_id,
        name=name,
        size=draft.facts.size,
        sha256=draft.facts.sha256,
        media_type=detected.media_type,
        kind=detected.kind,
        created_at=datetime.now(UTC),
        description=labels.description,
        tags=labels.tags,
    )
    return file, (*changed, *empty, *detected.warnings)


def checked(labels: Labels) -> Labels:
    """Return labels in their stored form.

    Raises:
        InvalidInput: a tag or the description cannot be one.
    """
    if len(labels.description) > LONGEST_DESCRIPTION:
        message = f"a description has at most {LONGEST_DESCRIPTION} characters"
        raise InvalidInput(f"description: {message}", details=[FieldProblem("description", message)])
    return Labels(tag_names(labels.tags), labels.description)

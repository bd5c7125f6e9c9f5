"""What is known of a file: the stored facts, and those inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from errors import Busy, ContentMissing, Unavailable, Unprocessable, UnsupportedMedia
from logics.files import StoredFile
from logics.ports import DocumentInspector, ResultCache, StoredFiles

_FAILURES = (Unprocessable, UnsupportedMedia)
_NOT_REMEMBERED = (Busy, Unavailable, ContentMissing)


@dataclass(frozen=True)
class FileDescription:
    """A file, what is inside (None where it cannot be told), and why it cannot."""

    file: StoredFile
    content: dict[str, Any] | None
    problem: str = ""


class DescribeFile:
    """Tells what is known of a file; what is inside is remembered by the content."""

    def __init__(self, files: StoredFiles, cache: ResultCache, inspector: DocumentInspector | None) -> None:
        self._files = files
        self._cache = cache
        self._inspector = inspector

    async def __call__(self, file_id: str) -> FileDescription:
        """Describe a file. What is wrong inside it is told, not raised.

        Raises:
            UnknownFile: there is none by that id.
            Unavailable: the database does not answer.
        """
        file = await self._files.find(file_id)
        if self._inspector is None:
            return FileDescription(file, None)
        key = f"inspect:{file.sha256}:{file.kind}"
        known = await self._cache.get(key)
        if known is not None:
            return FileDescription(file, *json.loads(known))
        try:
            content, problem = await self._inspector.inspect(file), ""
        except _FAILURES as reason:
            content, problem = None, reason.shown
        except _NOT_REMEMBERED as reason:
            return FileDescription(file, None, reason.shown)
        await self._cache.put(key, json.dumps([content, problem]).encode())
        return FileDescription(file, content, problem)

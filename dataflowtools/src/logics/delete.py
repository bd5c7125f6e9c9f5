"""Deleting files."""

from __future__ import annotations

import structlog

from errors import Unavailable
from logics.files import StoredFile
from logics.storage import FileStorage
from logics.sweep import SweepContents

_log = structlog.get_logger("dataflowtools.files")


class DeleteFile:
    """Deletes a file; its content goes at once, or with the next sweep."""

    def __init__(self, storage: FileStorage, sweep: SweepContents) -> None:
        self._storage = storage
        self._sweep = sweep

    async def __call__(self, file_id: str) -> StoredFile:
        """Delete a file and return what it was.

        Raises:
            UnknownFile: there is none by that id.
            Unavailable: the database does not answer; the file is as it was.
        """
        file = await self._storage.remove(file_id)
        try:
            await self._sweep.content(file_id)
        except Unavailable as reason:
            _log.warning("content_left_to_the_sweep", reason=str(reason))
        return file

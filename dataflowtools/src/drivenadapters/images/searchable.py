"""Searchable PDFs made by PDFium in confined workers."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from pydantic import TypeAdapter

from drivenadapters.images.codes import IMAGES
from drivenadapters.workers.tasks import Task, TaskWorkers
from logics.images import ImageSource
from logics.ports.images import Progress
from logics.recognition import RecognisedDocument, RecognisedPage

_TASK = "drivenadapters.images.guest.tasks:bind"
_PAGES = TypeAdapter(list[tuple[RecognisedPage, ...]])


class PdfiumBinder:
    """Satisfies the port ``PdfBinder``.

    Args:
        limits: the fields of :class:`drivenadapters.images.guest.limits.ImageLimits`.
    """

    def __init__(self, workers: TaskWorkers, limits: Mapping[str, int]) -> None:
        self._workers = workers
        self._limits = dict(limits)

    async def bind(
        self,
        sources: Sequence[ImageSource],
        documents: Sequence[RecognisedDocument],
        password: str | None,
        content: int,
        progress: Progress | None,
    ) -> None:
        """See the port."""
        with await asyncio.to_thread(_written, documents) as pages:
            files = {f"source{number}": source.descriptor for number, source in enumerate(sources)}
            task = Task(
                _TASK,
                {"limits": self._limits, "password": password},
                {"pages": pages.fileno(), **files},
                {"sink": content},
                progress=progress,
            )
            await self._workers.run(IMAGES.name, task)


def _written(documents: Sequence[RecognisedDocument]) -> BinaryIO:
    """Return a file that holds the pages of each document."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(_PAGES.dump_json([document.pages for document in documents]))
    file.flush()
    return file

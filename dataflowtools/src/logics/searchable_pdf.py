"""Searchable PDFs of recognised pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from logics.files import StoredFile
from logics.images import ImageSource
from logics.ports import StoredFiles
from logics.ports.images import PdfBinder, Progress
from logics.recognition import RecognisedDocument


class MakeSearchablePdf:
    """Keeps a PDF that looks like the images, and whose text can be found and copied."""

    def __init__(self, binder: PdfBinder, files: StoredFiles) -> None:
        self._binder = binder
        self._files = files

    async def __call__(
        self,
        sources: Sequence[ImageSource],
        documents: Sequence[RecognisedDocument],
        password: str | None,
        progress: Progress | None = None,
    ) -> StoredFile:
        """Return the stored PDF.

        Args:
            sources: the files.
            documents: what each of them says, word by word.
            password: of the files, if they have one.

        Raises:
            TooLarge: the PDF is larger than a file may be.
            OverBudget, Busy, Unavailable: it cannot be made, or not now.
        """
        async with self._files.new() as content:
            await self._binder.bind(sources, documents, password, content, progress)
            return await self._files.add(_name(sources), content)


def _name(sources: Sequence[ImageSource]) -> str:
    return f"{PurePath(sources[0].name).stem or 'scan'}-searchable.pdf"

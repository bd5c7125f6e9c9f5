"""What the use cases on images need from the outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from logics.images import ImageSource

if TYPE_CHECKING:
    from logics.codes import CodeOptions, CodeReport
    from logics.recognition import RecognisedDocument, RecognitionOptions

Progress = Callable[[float, float, str], None]
"""Hears how far it is: done, of how many, of what."""


class CodeReader(Protocol):
    """Reads barcodes."""

    @property
    def version(self) -> str:
        """What changes whenever the same file may be read differently."""

    async def read(self, source: ImageSource, options: CodeOptions, progress: Progress | None) -> CodeReport:
        """Return the barcodes of one file, page by page, each page from top to bottom.

        Raises:
            FileDamaged, FileEncrypted, UnsupportedMedia, TooLarge, Unprocessable, OverBudget: it cannot be read.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """


class TextRecogniser(Protocol):
    """Recognises text in images and PDFs."""

    @property
    def version(self) -> str:
        """What changes whenever the same file may be read differently."""

    async def recognise(
        self, source: ImageSource, options: RecognitionOptions, progress: Progress | None
    ) -> RecognisedDocument:
        """Return what one file says, page by page.

        Raises:
            FileDamaged, FileEncrypted, UnsupportedMedia, TooLarge, Unprocessable, OverBudget: it cannot be read.
            Busy: no capacity within the waiting time.
            Unavailable, DeadlineExceeded: the engine is not running, or does not answer.
        """


class PdfBinder(Protocol):
    """Makes searchable PDFs."""

    async def bind(
        self,
        sources: Sequence[ImageSource],
        documents: Sequence[RecognisedDocument],
        password: str | None,
        content: int,
        progress: Progress | None,
    ) -> None:
        """Write a PDF of the recognised pages into an empty file.

        Args:
            sources: the files that the pages come from.
            documents: what was recognised in each of them.
            password: of the files, if they have one.
            content: a descriptor open for reading and writing.
            progress: hears how many pages are done.

        Raises:
            FileDamaged, FileEncrypted, OverBudget: it cannot be made.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """

"""What the use cases need from the outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from logics.files import StoredFile

if TYPE_CHECKING:
    from logics.codes import CodeOptions, CodeReport
    from logics.images import ImageSource
    from logics.recognition import RecognisedDocument, RecognitionOptions

Progress = Callable[[float, float, str], None]


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

        Raises:
            FileDamaged, FileEncrypted, OverBudget: it cannot be made.
            Busy: no capacity within the waiting time.
            Unavailable: the workers are not running.
        """

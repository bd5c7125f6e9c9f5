"""Documents: reading, converting and filling them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from logics.conversions import ConversionOptions, Engine, Step, StepResult
from logics.documents import Extraction, Format, PageText, Reading
from logics.files import StoredFile
from logics.templates import Filling, TemplateFacts


class DocumentInspector(Protocol):
    """Tells what is inside a document."""

    async def inspect(self, file: StoredFile) -> dict[str, Any]:
        """Return facts such as author, title, pages, sheets, dimensions, macros and encryption, JSON-ready.

        Raises:
            UnknownFile: its content is gone.
            Unprocessable, UnsupportedMedia, TooLarge: the file does not let itself be inspected.
            Busy, Unavailable: not now.
        """


class DocumentReader(Protocol):
    """Takes text, tables and images out of documents."""

    async def formats(self) -> tuple[Format, ...]:
        """Return the kinds of files that are known.

        Raises:
            Busy, Unavailable: no worker can tell now.
        """

    async def read(self, source: int, answer: int, images: int, reading: Reading) -> Extraction:
        """Return what is wanted of a document.

        Args:
            source: open for reading.
            answer: an empty file for whatever needs room.
            images: an empty file that receives the images, one after the other.
            reading: what is wanted.

        Raises:
            InvalidInput: pages or sheets that make no sense.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable: why it cannot be read.
            UnsupportedMedia: nothing can be taken out of files of this kind.
            Busy, Unavailable: no worker reads it now.
        """


class LegacyConverter(Protocol):
    """Makes newer kinds of files out of old ones, so that they can be read without loss."""

    async def modernise(self, source: int, sink: int, kind: str, target: str) -> None:
        """Convert a file.

        Args:
            source: open for reading.
            sink: an empty file that receives the result.
            kind, target: what it is and what it becomes.

        Raises:
            NotImplementedHere: the program that does it is not installed.
            FileDamaged, FileEncrypted, OverBudget, Unprocessable: why it cannot be converted.
            Busy, Unavailable: it cannot be done now.
        """


class PageReader(Protocol):
    """Reads pages that are pictures."""

    async def read(
        self, descriptor: int, kind: str, pages: Sequence[int], language: str, password: str
    ) -> Sequence[PageText]:
        """Return the text of pages of a PDF or an image, in their order.

        Args:
            descriptor: open for reading.
            kind: of the file.
            pages: from 1.
            password: empty if there is none.
            language: as in RFC 5646; empty for whatever it is.

        Raises:
            FileDamaged, FileEncrypted, OverBudget, TooLarge: why they cannot be read.
            NotImplementedHere: there is no recognition here.
            Busy, Unavailable: it cannot be done now.
        """


class Converter(Protocol):
    """Makes files of one kind out of another."""

    async def engines(self) -> tuple[Engine, ...]:
        """Return what converts, with what is missing."""

    async def convert(self, step: Step, source: int, sink: int, options: ConversionOptions) -> StepResult:
        """Do one step.

        Args:
            step: one that a kind declares.
            source: open for reading.
            sink: an empty file that receives the result.
            options: each engine takes what it knows.

        Raises:
            InvalidInput: an option that makes no sense for this file.
            NotImplementedHere: its engine is missing.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable, UnsupportedMedia: why it cannot be done.
            Busy, Unavailable: it cannot be done now.
        """


class TemplateEngine(Protocol):
    """Fills templates, and tells what they expect."""

    async def generate(self, source: int, sink: int, filling: Filling) -> tuple[str, ...]:
        """Fill a template; returns warnings.

        Args:
            source: the template, open for reading.
            sink: an empty file that receives the result, of the template's kind.
            filling: what to fill it with.

        Raises:
            InvalidInput, Unprocessable: a mistake of the template or the data, with its place.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, UnsupportedMedia: why it cannot be filled.
            Busy, Unavailable: it cannot be done now.
        """

    async def inspect(self, source: int, kind: str, password: str) -> TemplateFacts:
        """Return what a template expects, and its mistakes.

        Raises:
            FileDamaged, FileEncrypted, OverBudget, TooLarge, UnsupportedMedia: why it cannot be read.
            Busy, Unavailable: it cannot be done now.
        """

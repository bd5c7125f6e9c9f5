"""Recognisers, code readers and binders that recognise nothing, and what they would say."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from errors import FileDamaged, ServiceError
from logics.codes import Code, CodeOptions, CodePage, CodeReport
from logics.images import ImageSource
from logics.ports.images import Progress
from logics.recognition import (
    RecognisedDocument,
    RecognisedLine,
    RecognisedPage,
    RecognisedWord,
    RecognitionOptions,
)

DAMAGED = b"damaged"


def line(text: str, *, confidence: float = 0.9, top: int = 0, block: int = 0, row: int = 0) -> RecognisedLine:
    """Return a line whose letters are ten pixels wide."""
    words = []
    start = 0
    for word in text.split():
        left = 10 * text.index(word, start)
        box = (left, top, left + 10 * len(word), top + 20)
        words.append(RecognisedWord(word, confidence, box, _corners(box)))
        start = text.index(word, start) + len(word)
    box = (0, top, 10 * len(text), top + 20)
    return RecognisedLine(text, confidence, box, _corners(box), block, row, words=tuple(words))


def page(number: int, *lines: RecognisedLine, warnings: tuple[str, ...] = ()) -> RecognisedPage:
    """Return a page of lines."""
    return RecognisedPage(
        page=number,
        width=800,
        height=600,
        rotation=0,
        skew=0.0,
        corners=None,
        text="\n".join(item.text for item in lines),
        lines=lines,
        warnings=warnings,
    )


def document(*pages: RecognisedPage, name: str = "scan.png", warnings: tuple[str, ...] = ()) -> RecognisedDocument:
    """Return a document of pages."""
    return RecognisedDocument(name, "png", len(pages), pages, "fake", warnings)


class FakeTextRecogniser:
    """Satisfies the port ``TextRecogniser``: a file says what its bytes say, a page to each form feed."""

    version = "fake 1"

    def __init__(self, failure: ServiceError | None = None, warnings: tuple[str, ...] = ()) -> None:
        self.asked: list[RecognitionOptions] = []
        self.failure = failure
        self.warnings = warnings

    async def recognise(
        self, source: ImageSource, options: RecognitionOptions, progress: Progress | None
    ) -> RecognisedDocument:
        """See the port."""
        self.asked.append(options)
        if self.failure is not None:
            raise self.failure
        content = _content(source)
        pages = [
            page(number, *(line(text, row=row) for row, text in enumerate(part.splitlines())))
            for number, part in enumerate(content.decode().split("\f"), 1)
        ]
        if progress is not None:
            progress(len(pages), len(pages), "pages")
        return document(*pages, name=source.name, warnings=self.warnings)


class FakeCodeReader:
    """Satisfies the port ``CodeReader``: every line of a file is a QR code."""

    version = "fake 1"

    def __init__(self) -> None:
        self.asked: list[CodeOptions] = []

    async def read(self, source: ImageSource, options: CodeOptions, progress: Progress | None) -> CodeReport:
        """See the port."""
        self.asked.append(options)
        codes = tuple(
            Code("QRCode", text, None, "ascii", None, (0, 0, 9, 9), _corners((0, 0, 9, 9)), 0, 1)
            for text in _content(source).decode().splitlines()
        )
        if progress is not None:
            progress(1, 1, "pages")
        return CodeReport(source.name, "png", 1, (CodePage(1, 10, 10),), codes)


class FakePdfBinder:
    """Satisfies the port ``PdfBinder``: the PDF is what it would say."""

    async def bind(
        self,
        sources: Sequence[ImageSource],
        documents: Sequence[RecognisedDocument],
        password: str | None,
        content: int,
        progress: Progress | None,
    ) -> None:
        """See the port."""
        os.write(content, json.dumps([item.pages[0].text for item in documents]).encode())


def _content(source: ImageSource) -> bytes:
    content = os.pread(source.descriptor, 1 << 20, 0)
    if content == DAMAGED:
        raise FileDamaged("the image is damaged")
    return content


def _corners(box: tuple[int, int, int, int]) -> tuple[tuple[int, int], ...]:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)

"""Text that was recognised in images: pages, lines, words, tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from errors import FieldProblem, Unprocessable
from logics.images import ReadingOptions
from utils.languages import LANGUAGES, find_language

Box = tuple[int, int, int, int]
Polygon = tuple[tuple[int, int], ...]
Mode = Literal["auto", "photo", "scan"]
Layout = Literal["auto", "row"]
Granularity = Literal["line", "word"]


@dataclass(frozen=True)
class RecognitionOptions:
    """How text is recognised.

    Attributes:
        languages: as the caller names them; none or ``auto`` means any that the engine reads.
        mode: ``photo`` looks for the edges of a document, ``scan`` does not, ``auto`` where it is clearly one.
        orientation: degrees clockwise that the pages are turned; None to find out.
        layout: ``auto`` reads columns and vertical text in their order, ``row`` goes across the page.
        granularity: ``word`` tells where each word is.
        min_confidence: of the lines that are kept.
        reading: which pages, with which password.
    """

    languages: tuple[str, ...] = ()
    mode: Mode = "auto"
    orientation: int | None = None
    layout: Layout = "auto"
    granularity: Granularity = "line"
    min_confidence: float = 0.5
    reading: ReadingOptions = field(default_factory=ReadingOptions)


@dataclass(frozen=True)
class RecognisedWord:
    """A word: what stands between spaces."""

    text: str
    confidence: float
    box: Box
    polygon: Polygon


@dataclass(frozen=True)
class RecognisedLine:
    """A piece of a line, as wide as its text goes on.

    Attributes:
        text: what it says.
        confidence: 0 to 1.
        box: left, top, right, bottom, in pixels of the upright page.
        polygon: its corners, from the text's own top left clockwise.
        block: which of the page's columns or paragraphs it is in, from 0 in reading order.
        row: which row of the block it is in, from 0; pieces of one row stand side by side.
        vertical: whether its text runs downwards.
        words: where they were asked for.
    """

    text: str
    confidence: float
    box: Box
    polygon: Polygon
    block: int
    row: int
    vertical: bool = False
    words: tuple[RecognisedWord, ...] = ()


@dataclass(frozen=True)
class TableCell:
    """A cell: where it begins, from 0, how many rows and columns it takes, and what it says."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    box: Box


@dataclass(frozen=True)
class RecognisedTable:
    """A ruled table."""

    box: Box
    row_count: int
    column_count: int
    cells: tuple[TableCell, ...]


@dataclass(frozen=True)
class RecognisedPage:
    """A page; coordinates are pixels of it upright.

    Attributes:
        page: number in its file, from 1.
        width, height: of the upright page.
        rotation: degrees clockwise that it was turned, and was turned back.
        skew: degrees by which its text falls to the right.
        corners: where the document was in the photo, if it was straightened, before that and after the turning back.
        text: in reading order, a row a line.
        lines: in reading order.
        warnings: what the reader should know, in words.
    """

    page: int
    width: int
    height: int
    rotation: int
    skew: float
    corners: Polygon | None
    text: str
    lines: tuple[RecognisedLine, ...]
    tables: tuple[RecognisedTable, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def confidence(self) -> float:
        """The mean over the characters, 0 to 1; 0 without any."""
        letters = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / letters if letters else 0.0


@dataclass(frozen=True)
class RecognisedDocument:
    """What one file says.

    Attributes:
        name: of the file.
        format: of the file, by content.
        page_count: pages that the file has; ``pages`` are those read.
        engine: what recognised it.
        warnings: about the file as a whole.
    """

    name: str
    format: str
    page_count: int
    pages: tuple[RecognisedPage, ...]
    engine: str
    warnings: tuple[str, ...] = ()


def choose_languages(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of the languages of a request; none for ``auto``.

    Raises:
        Unprocessable: one that the embedded engine does not read; names those it does.
    """
    codes: dict[str, None] = {}
    for name in names:
        if name.strip().casefold() in ("", "auto"):
            continue
        code = find_language(name)
        if code is None:
            problem = f"{name[:40]!r} is not read; supported are auto, {', '.join(LANGUAGES)}"
            raise Unprocessable(f"language: {problem}", details=[FieldProblem("language", problem)])
        codes[code] = None
    return tuple(codes)

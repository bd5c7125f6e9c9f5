"""What an engine elsewhere answers, read leniently: the text is enough."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from logics.recognition import (
    Box,
    Polygon,
    RecognisedDocument,
    RecognisedLine,
    RecognisedPage,
    RecognisedTable,
    RecognisedWord,
    TableCell,
)

NAME = "external"


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ExternalWord(_Lenient):
    """A word; where it is, is needed."""

    text: str
    confidence: float = Field(1.0, ge=0, le=1)
    box: Box
    polygon: Polygon | None = None


class ExternalLine(_Lenient):
    """A line; with neither box nor polygon it is text only."""

    text: str
    confidence: float = Field(1.0, ge=0, le=1)
    box: Box | None = None
    polygon: Polygon | None = None
    block: int = Field(0, ge=0)
    row: int | None = Field(None, ge=0)
    vertical: bool = False
    words: tuple[ExternalWord, ...] | None = None


class ExternalTable(_Lenient):
    """A table."""

    box: Box
    row_count: int = Field(ge=1, le=100_000)
    column_count: int = Field(ge=1, le=10_000)
    cells: tuple[TableCell, ...]


class ExternalPage(_Lenient):
    """A page."""

    page: int | None = Field(None, ge=1)
    width: int = Field(0, ge=0)
    height: int = Field(0, ge=0)
    rotation: int = 0
    skew: float = 0.0
    corners: Polygon | None = None
    text: str | None = None
    lines: tuple[ExternalLine, ...] = ()
    tables: tuple[ExternalTable, ...] = ()
    warnings: tuple[str, ...] = ()


class ExternalImage(_Lenient):
    """What the file is."""

    format: str = "unknown"
    page_count: int = Field(1, ge=1)


class ExternalResult(_Lenient):
    """The result."""

    pages: tuple[ExternalPage, ...]
    images: tuple[ExternalImage, ...] = ()


class ExternalAnswer(_Lenient):
    """The whole answer."""

    result: ExternalResult


def to_document(answer: ExternalAnswer, name: str) -> RecognisedDocument:
    """Return what an answer says of a file."""
    pages = answer.result.pages
    image = answer.result.images[0] if answer.result.images else ExternalImage(page_count=max(1, len(pages)))
    read = tuple(_page(page, number) for number, page in enumerate(pages, 1))
    return RecognisedDocument(name, image.format, image.page_count, read, NAME)


def _page(page: ExternalPage, number: int) -> RecognisedPage:
    return RecognisedPage(
        page=page.page or number,
        width=page.width,
        height=page.height,
        rotation=page.rotation,
        skew=page.skew,
        corners=page.corners,
        text="\n".join(line.text for line in page.lines) if page.text is None else page.text,
        lines=tuple(_line(line, place) for place, line in enumerate(page.lines)),
        tables=tuple(_table(table) for table in page.tables),
        warnings=page.warnings,
    )


def _line(line: ExternalLine, place: int) -> RecognisedLine:
    box = line.box or _around(line.polygon or ((0, 0),))
    return RecognisedLine(
        text=line.text,
        confidence=line.confidence,
        box=box,
        polygon=line.polygon or _corners(box),
        block=line.block,
        row=place if line.row is None else line.row,
        vertical=line.vertical,
        words=tuple(
            RecognisedWord(word.text, word.confidence, word.box, word.polygon or _corners(word.box))
            for word in line.words or ()
        ),
    )


def _table(table: ExternalTable) -> RecognisedTable:
    cells = tuple(cell for cell in table.cells if cell.row < table.row_count and cell.column < table.column_count)
    return RecognisedTable(table.box, table.row_count, table.column_count, cells)


def _around(polygon: Polygon) -> Box:
    across, down = [x for x, _ in polygon], [y for _, y in polygon]
    return min(across), min(down), max(across), max(down)


def _corners(box: Box) -> Polygon:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)

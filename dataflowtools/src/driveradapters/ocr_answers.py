"""What is answered about recognised text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import Field
from servicekit import ResponseModel

from logics.files import StoredFile
from logics.recognised_formats import to_hocr, to_text, to_tsv
from logics.recognition import RecognisedDocument, RecognisedLine, RecognisedPage, RecognisedTable

_BOX = "Left, top, right, bottom, in pixels of the upright page."
_POLYGON = "Four corners, clockwise from the text's own top left."
BoxModel = tuple[int, int, int, int]
PolygonModel = tuple[tuple[int, int], ...]


class WordModel(ResponseModel):
    """A word: what stands between spaces."""

    text: str
    confidence: float = Field(description="0 to 1.")
    box: BoxModel = Field(description=_BOX)
    polygon: PolygonModel = Field(description=_POLYGON)


class LineModel(ResponseModel):
    """A line, or a piece of one where it has wide gaps."""

    text: str
    confidence: float = Field(description="0 to 1.")
    box: BoxModel = Field(description=_BOX)
    polygon: PolygonModel = Field(description=_POLYGON)
    block: int = Field(description="Column or paragraph, from 0 in reading order.")
    row: int = Field(description="Row of the block, from 0; pieces of one row stand side by side.")
    vertical: bool = Field(description="Whether its text runs downwards.")
    words: list[WordModel] | None = Field(description="With `granularity` word.")


class CellModel(ResponseModel):
    """A cell of a table."""

    row: int = Field(description="From 0.")
    column: int = Field(description="From 0.")
    row_span: int
    column_span: int
    text: str
    box: BoxModel = Field(description=_BOX)


class TableModel(ResponseModel):
    """A table whose cells are ruled."""

    box: BoxModel = Field(description=_BOX)
    row_count: int
    column_count: int
    rows: list[list[str]] = Field(description="The texts; a cell over several places stands in the first of them.")
    cells: list[CellModel]


class PageModel(ResponseModel):
    """A page that was read."""

    image: int = Field(description="Which of the images, from 0.")
    page: int = Field(description="From 1.")
    width: int = Field(description="Pixels of the upright page.")
    height: int = Field(description="Pixels of the upright page.")
    rotation: int = Field(description="Degrees clockwise that the page was turned, and was turned back.")
    skew: float = Field(description="Degrees by which the text falls to the right.")
    corners: PolygonModel | None = Field(
        description="Where the document was in the photo, once that was upright, if it was made flat."
    )
    confidence: float = Field(description="Mean over the characters, 0 to 1.")
    text: str
    lines: list[LineModel] = Field(description="In reading order; empty where `content` has them.")
    tables: list[TableModel]
    warnings: list[str]


class ImageModel(ResponseModel):
    """A file that was read."""

    name: str
    format: str = Field(description="By content.")
    page_count: int = Field(description="Pages of the file.")


class StoredPdfModel(ResponseModel):
    """A stored file."""

    file_id: str
    name: str
    size: int = Field(description="Bytes.")


class ExtractModel(ResponseModel):
    """What the images say."""

    text: str = Field(description="All pages, an empty line between them.")
    pages: list[PageModel]
    images: list[ImageModel]
    engine: str
    warnings: list[str]
    content: str | None = Field(description="The document, where `output` is `text`, `tsv` or `hocr`.")
    media_type: str | None = Field(description="Of `content`.")
    file: StoredPdfModel | None = Field(description="The stored PDF, where `output` is `pdf`.")


_DOCUMENTS: dict[str, tuple[str, Callable[[Sequence[RecognisedDocument]], str]]] = {
    "text": ("text/plain", to_text),
    "tsv": ("text/tab-separated-values", to_tsv),
    "hocr": ("text/vnd.hocr+html", to_hocr),
}


def answer(documents: Sequence[RecognisedDocument], output: str, pdf: StoredFile | None) -> ExtractModel:
    """Return what is answered about files.

    Args:
        output: as in the request; lines are told of with ``json``, and with ``pdf``, which is the same beside a file.
        pdf: what was stored.
    """
    media_type, render = _DOCUMENTS.get(output, (None, None))
    pages = [(place, page) for place, document in enumerate(documents) for page in document.pages]
    return ExtractModel(
        text="\n\n".join(page.text for _, page in pages),
        pages=[_page(place, page, lines=render is None) for place, page in pages],
        images=[ImageModel(name=item.name, format=item.format, page_count=item.page_count) for item in documents],
        engine=", ".join(dict.fromkeys(document.engine for document in documents)),
        warnings=[warning for document in documents for warning in document.warnings],
        content=render(documents) if render is not None else None,
        media_type=media_type,
        file=None if pdf is None else StoredPdfModel(file_id=pdf.file_id, name=pdf.name, size=pdf.size),
    )


def _page(image: int, page: RecognisedPage, *, lines: bool) -> PageModel:
    return PageModel(
        image=image,
        page=page.page,
        width=page.width,
        height=page.height,
        rotation=page.rotation,
        skew=page.skew,
        corners=page.corners,
        confidence=round(page.confidence, 4),
        text=page.text,
        lines=[_line(line) for line in page.lines] if lines else [],
        tables=[_table(table) for table in page.tables],
        warnings=list(page.warnings),
    )


def _table(table: RecognisedTable) -> TableModel:
    rows = [[""] * table.column_count for _ in range(table.row_count)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return TableModel(
        box=table.box,
        row_count=table.row_count,
        column_count=table.column_count,
        rows=rows,
        cells=[CellModel(**vars(cell)) for cell in table.cells],
    )


def _line(line: RecognisedLine) -> LineModel:
    return LineModel(**{**vars(line), "words": [WordModel(**vars(word)) for word in line.words] or None})

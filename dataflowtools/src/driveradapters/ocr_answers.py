"""What is answered about recognised text."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from servicekit import ResponseModel

from logics.recognition import RecognisedDocument, RecognisedLine, RecognisedPage

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
    lines: list[LineModel]
    tables: list[TableModel]
    warnings: list[str]


class ImageModel(ResponseModel):
    """A file that was read."""

    name: str
    format: str = Field(description="By content.")
    page_count: int = Field(description="Pages of the file.")


class ExtractModel(ResponseModel):
    """What the images say."""

    text: str = Field(description="All pages, an empty line between them.")
    pages: list[PageModel]
    images: list[ImageModel]
    engine: str
    warnings: list[str]


def answer(documents: Sequence[RecognisedDocument]) -> ExtractModel:
    """Return what is answered about files."""
    pages = [(place, page) for place, document in enumerate(documents) for page in document.pages]
    return ExtractModel(
        text="\n\n".join(page.text for _, page in pages),
        pages=[_page(place, page) for place, page in pages],
        images=[ImageModel(name=item.name, format=item.format, page_count=item.page_count) for item in documents],
        engine=", ".join(dict.fromkeys(document.engine for document in documents)),
        warnings=[warning for document in documents for warning in document.warnings],
    )


def _page(image: int, page: RecognisedPage) -> PageModel:
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
        lines=[_line(line) for line in page.lines],
        tables=[],
        warnings=list(page.warnings),
    )


def _line(line: RecognisedLine) -> LineModel:
    return LineModel(**{**vars(line), "words": [WordModel(**vars(word)) for word in line.words] or None})

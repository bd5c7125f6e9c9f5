"""POST /api/file/extract and GET /api/file/formats: what can be taken out of files, and taking it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, StringConstraints
from servicekit import ApiHandler, ApiModel, Example, ResponseModel, Route
from servicekit.schemas import Success

from errors import (
    Busy,
    FileDamaged,
    FileEncrypted,
    InvalidInput,
    NotImplementedHere,
    OverBudget,
    TooLarge,
    Unavailable,
    UnknownFile,
    Unprocessable,
    UnsupportedMedia,
)
from logics.conversion_matrix import ConversionMatrix, Possibility
from logics.documents import ExtractionWish, Format, Ocr, Part
from logics.extract_document import ExtractDocument

_MOST_SHEETS = 1000

PageRange = Annotated[str, StringConstraints(max_length=10_000)]
SheetName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class ExtractRequest(ApiModel):
    """What to take out of which file."""

    file_id: str = Field(min_length=1, max_length=200, description="The stored file.")
    what: tuple[Part, ...] = Field((Part.TEXT,), min_length=1, description="The parts of the answer.")
    pages: PageRange | int = Field(
        "", description="Of a PDF or a picture: `1-3,7`, `5-` to the end; all if empty. From 1."
    )
    sheets: tuple[SheetName | int, ...] = Field(
        (), max_length=_MOST_SHEETS, description="Of a workbook: names, or numbers from 1; all if empty."
    )
    password: SecretStr = Field(SecretStr(""), max_length=1000, description="Of an encrypted file.")
    ocr: Ocr = Field(
        Ocr.AUTO,
        description="Character recognition: of pages without text, of none, or of all, whatever text they have.",
    )
    language: str = Field(
        "", max_length=100, description="Of the text, for recognition, such as `zh`; empty if unknown."
    )
    inline_images: bool = Field(
        False, description="Whether small images stand in the answer (MAX_INLINE_IMAGE_KB) instead of becoming files."
    )


class PageModel(ResponseModel):
    """A page of a document that has pages."""

    page: int = Field(description="From 1.")
    text: str
    source: Literal["text", "ocr", "none"] = Field(description="Where the text is from; none: nobody could read it.")
    confidence: float | None = Field(None, description="Of the recognition, from 0 to 1.")


class MergedModel(ResponseModel):
    """A cell that spans several; its value stands in the first."""

    row: int = Field(description="From 0.")
    column: int = Field(description="From 0.")
    rows: int
    columns: int


class TableModel(ResponseModel):
    """A table."""

    page: int | None = Field(description="Of a PDF, from 1.")
    sheet: str | None = Field(description="Of a workbook.")
    hidden: bool | None = Field(None, description="Whether a workbook hides the sheet.")
    confidence: float = Field(description="From 0 to 1: how sure it is that this is a table, and cut as it was meant.")
    method: Literal["cells", "lines", "alignment"] = Field(
        description="How its cells were found: said by the file, by ruling lines, by the gaps between words."
    )
    merged: list[MergedModel]
    rows: list[list[str | int | float | bool | None]] = Field(
        description="Dates as ISO 8601, errors such as #N/A as text, what a merged cell covers as null."
    )


class ImageModel(ResponseModel):
    """An image: a stored file of its own, or in the answer."""

    file_id: str | None = None
    content_base64: str | None = None
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    page: int | None
    width: int | None
    height: int | None


class ExtractModel(ResponseModel):
    """What was found; fields that were not asked for are absent."""

    file_id: str
    kind: str
    media_type: str
    text: str | None = None
    markdown: str | None = None
    pages: list[PageModel] | None = Field(None, description="With text or Markdown, of documents that have pages.")
    tables: list[TableModel] | None = None
    images: list[ImageModel] | None = None
    metadata: dict[str, Any] | None = None
    warnings: list[str]


class TargetModel(ResponseModel):
    """A kind of file that another can be made into."""

    kind: str
    available: bool = Field(description="Whether it can be done here.")
    reason: str = Field(description="Why it cannot; empty if it can.")
    engines: list[str] = Field(description="What does it, in order.")
    via: list[str] = Field(description="Kinds on the way.")
    note: str = Field(description="What is lost or needed.")


class FormatModel(ResponseModel):
    """A kind of file."""

    kind: str
    title: str
    media_types: list[str]
    endings: list[str]
    extracts: list[Part]
    converts_to: list[TargetModel]


class ExtractHandler(ApiHandler):
    """Takes parts out of a stored file; also when the client leaves, since it will ask again and the answer waits."""

    def initialize(self, extract_document: ExtractDocument) -> None:
        """Take the use case."""
        self._extract = extract_document

    async def post(self) -> None:
        """Answer with the parts; they are JSON already and can be large."""
        body = await self._extract(wish_of_extraction(self.read_json(ExtractRequest)))
        self.set_header("Content-Type", "application/json; charset=utf-8")
        for piece in (b'{"status":"success","result":', body, b"}"):
            self.write(piece)
        self.finish()


class FormatsHandler(ApiHandler):
    """The kinds of files that are known."""

    def initialize(self, conversion_matrix: ConversionMatrix) -> None:
        """Take what knows them."""
        self._matrix = conversion_matrix

    async def get(self) -> None:
        """Answer with all kinds."""
        self.reply([_format(known, possible) for known, possible in await self._matrix.listing()])


def wish_of_extraction(request: ExtractRequest) -> ExtractionWish:
    """Return the wish of a request."""
    return ExtractionWish(
        file_id=request.file_id,
        parts=frozenset(request.what),
        pages=str(request.pages),
        sheets=request.sheets,
        password=request.password.get_secret_value(),
        ocr=request.ocr,
        language=request.language,
        inline_images=request.inline_images,
    )


def _format(known: Format, possible: Sequence[Possibility]) -> FormatModel:
    return FormatModel(
        kind=known.kind,
        title=known.title,
        media_types=list(known.media_types),
        endings=list(known.endings),
        extracts=list(known.extracts),
        converts_to=[TargetModel(**vars(item)) for item in possible],
    )


_EXAMPLE = Example(
    name="text",
    summary="Take the text out of a Word file",
    request={"file_id": "f_1", "what": ["text"]},
    response={
        "status": "success",
        "result": {
            "file_id": "f_1",
            "kind": "docx",
            "media_type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "text": "Quarterly report\n",
            "warnings": [],
        },
    },
)

ROUTES = (
    Route(
        "POST",
        "/api/file/extract",
        ExtractHandler,
        summary="Take text, Markdown, tables, images or metadata out of a file",
        description="Repeated with the same content and options, it is answered from memory.",
        tag="file",
        request=ExtractRequest,
        response=Success[ExtractModel],
        errors=(
            InvalidInput,
            UnknownFile,
            UnsupportedMedia,
            TooLarge,
            Unprocessable,
            FileDamaged,
            FileEncrypted,
            OverBudget,
            Busy,
            NotImplementedHere,
            Unavailable,
        ),
        needs=("extract_document",),
        examples=(_EXAMPLE,),
    ),
    Route(
        "GET",
        "/api/file/formats",
        FormatsHandler,
        summary="The kinds of files, what can be taken out of each, and what each can be made into",
        tag="file",
        response=Success[list[FormatModel]],
        errors=(Busy, Unavailable),
        needs=("conversion_matrix",),
    ),
)

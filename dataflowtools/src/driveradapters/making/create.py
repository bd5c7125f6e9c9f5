"""POST /api/file/create: a new file from Markdown, HTML or rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from servicekit import ApiModel, Route

from driveradapters.making.models import (
    MAKING_ERRORS,
    ConvertOptions,
    FileName,
    Format,
    MadeFile,
    MadeFileResponse,
    kind_of,
    wish,
)
from driveradapters.once import ONCE_ERRORS, CreatingHandler
from errors import FieldProblem, InvalidInput
from logics.answers import AnswerOnce
from logics.convert_file import Converted
from logics.create_file import CreateFile

_TARGETS = (
    *("docx", "xlsx", "pdf", "md", "html", "odt", "rtf", "txt"),
    *("csv", "tsv", "json", "jsonl", "parquet", "doc", "xls", "ods"),
)
RowModel = Annotated[list[Any], Field(max_length=16_384)] | dict[str, Any]


class ColumnModel(ApiModel):
    """A column: where its values come from, what they are, and how they look."""

    name: str = Field("", max_length=300, description="Its heading; unset: the key.")
    key: str = Field("", max_length=300, description="Of its values in rows that are objects; unset: the name.")
    type: Literal["auto", "text", "number", "currency", "percent", "date", "datetime", "boolean"] = Field(
        "auto", description="`auto` keeps JSON's types and takes texts in ISO 8601 for dates."
    )
    format: str = Field("", max_length=100, description="A number format of spreadsheets: `#,##0.00`, `dd.mm.yyyy`.")
    width: float | None = Field(None, gt=0, le=255, description="In characters; unset: as wide as its content.")
    align: Literal["left", "center", "right", ""] = ""

    @model_validator(mode="after")
    def _named(self) -> ColumnModel:
        if not (self.name or self.key):
            raise ValueError("a column needs a name or a key")
        return self


class SheetModel(ApiModel):
    """A table of its own."""

    name: str = Field("", max_length=200)
    columns: list[ColumnModel] | None = Field(None, max_length=16_384)
    rows: list[RowModel] = Field(max_length=1_048_576, description="Lists, or objects by the columns' keys.")


class CreateOptions(ConvertOptions):
    """Choices; those that mean nothing for the format are left aside."""

    formulas: bool = Field(
        False,
        description="Whether texts that begin with an equals sign become formulas of a workbook; otherwise they stay "
        "text, whatever they say.",
    )
    author: str | None = Field(None, max_length=300, description="Of a workbook.")
    subject: str | None = Field(None, max_length=300, description="Of a workbook.")


class CreateRequest(ApiModel):
    """What a file is to be made of: one of markdown, html, rows and sheets."""

    target_format: Format = Field(description="`docx`, `xlsx`, `pdf`, `md`, `html` and others.")
    markdown: str | None = None
    html: str | None = None
    rows: list[RowModel] | None = Field(None, max_length=1_048_576, description="Lists, or objects.")
    columns: list[ColumnModel] | None = Field(None, max_length=16_384, description="Of `rows`.")
    sheets: list[SheetModel] | None = Field(None, min_length=1, max_length=200, description="Several tables.")
    options: CreateOptions = Field(default_factory=CreateOptions)
    name: FileName = Field("", description="Of the file, without ending; unset: its title, or `document`.")
    description: str = Field("", max_length=2000)
    tags: list[str] = Field([], max_length=50)

    @model_validator(mode="after")
    def _one_source(self) -> CreateRequest:
        given = [name for name in ("markdown", "html", "rows", "sheets") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"one of markdown, html, rows and sheets is needed, not {' and '.join(given) or 'none'}")
        if self.columns is not None and self.rows is None:
            raise ValueError("columns belong to rows; each of the sheets has its own")
        return self

    def tables(self) -> list[dict[str, Any]]:
        """Return the sheets as JSON."""
        sheets = self.sheets or [SheetModel(rows=self.rows or [], columns=self.columns)]
        return [sheet.model_dump() for sheet in sheets]


class CreateHandler(CreatingHandler):
    """Creates, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, answer_once: AnswerOnce, create_file: CreateFile) -> None:
        """Take what keeps the answers, and the use case."""
        self.keep_answers_in(answer_once)
        self._create_file = create_file

    async def post(self) -> None:
        """Create the file of the request."""
        asked = self.read_json(CreateRequest)
        if kind_of(asked.target_format) not in _TARGETS:
            message = f"one of {', '.join(_TARGETS)} is expected"
            raise InvalidInput(f"target_format: {message}", details=[FieldProblem("target_format", message)])
        await self.create_once(lambda: self._create(asked))

    async def _create(self, asked: CreateRequest) -> None:
        self.reply(MadeFile.made(await self._make(asked)), http_status=201)

    async def _make(self, asked: CreateRequest) -> Converted:
        wanted = wish(
            asked.target_format, asked.options, name=asked.name, description=asked.description, tags=asked.tags
        )
        if asked.markdown is not None:
            return await self._create_file.from_text(asked.markdown, "md", wanted)
        if asked.html is not None:
            return await self._create_file.from_text(asked.html, "html", wanted)
        return await self._create_file.from_sheets(asked.tables(), wanted)


ROUTES = (
    Route(
        "POST",
        "/api/file/create",
        CreateHandler,
        summary="Create a file from Markdown, HTML or rows",
        request=CreateRequest,
        response=MadeFileResponse,
        status=201,
        errors=(*MAKING_ERRORS, *ONCE_ERRORS),
        needs=("answer_once", "create_file"),
    ),
)

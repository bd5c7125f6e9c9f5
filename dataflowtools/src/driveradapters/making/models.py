"""What requests for new files, and the answers to them, have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from servicekit import ApiModel, ResponseModel

from driveradapters.files.models import FileModel
from errors import (
    Busy,
    FileDamaged,
    FileEncrypted,
    InvalidInput,
    NotImplementedHere,
    OverBudget,
    ServiceError,
    TooLarge,
    Unavailable,
    UnknownFile,
    Unprocessable,
    UnsupportedMedia,
)
from logics.conversions import ConversionOptions
from logics.convert_file import Converted, Wish

MAKING_ERRORS: tuple[type[ServiceError], ...] = (
    InvalidInput,
    UnknownFile,
    TooLarge,
    UnsupportedMedia,
    Unprocessable,
    FileDamaged,
    FileEncrypted,
    OverBudget,
    Busy,
    NotImplementedHere,
    Unavailable,
)
_CHOSEN_ELSEWHERE = {"password"}

Format = Annotated[str, StringConstraints(pattern=r"^\.?[A-Za-z0-9]{1,16}$")]
FileName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^/\\\x00-\x1f\x7f]*$")]
Character = Annotated[str, StringConstraints(min_length=1, max_length=1, pattern=r"^[^\r\n\"]$")]
Encoding = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}$")]
Pages = Annotated[str, StringConstraints(max_length=200, pattern=r"^[0-9]+(-[0-9]*)?(,[0-9]+(-[0-9]*)?)*$")]


class ConvertOptions(ApiModel):
    """Choices; those that mean nothing for the two formats are left aside."""

    password: str = Field("", max_length=255, description="Of the file, if it is encrypted.")
    sheet: str | int | None = Field(
        None,
        description="Of a workbook: a name, a number from 1, or `all`, which gives a zip archive where the format "
        "holds one table. Unset: formats of several tables get all, the others the first visible sheet and a warning.",
    )
    header: bool = Field(True, description="Whether the first row of a table names its columns.")
    delimiter: Character | None = Field(None, description="Of the CSV file that is read; unset: detected.")
    encoding: Encoding | None = Field(None, description="Of the CSV file that is read; unset: detected.")
    output_delimiter: Character | None = Field(None, description="Of the CSV file that is written; unset: a comma.")
    output_encoding: Encoding = Field("utf-8", description="Of the CSV file that is written; `utf-8-sig` for Excel.")
    infer_types: bool = Field(
        True,
        description="Whether texts of a CSV file become numbers and dates where nothing is lost; "
        "leading zeros and long numbers stay text in any case.",
    )
    escape_formulas: bool = Field(
        False, description="Whether texts that spreadsheets take for formulas get an apostrophe in CSV files."
    )
    pages: Pages | None = Field(None, description="Pages of a PDF that is read or written, such as `1-3,7`.")
    pdf_standard: Literal["pdf/a-1b", "pdf/a-2b", "pdf/a-3b"] | None = Field(
        None, description="For archives; of office documents and workbooks only."
    )
    page_size: Literal["a3", "a4", "a5", "letter", "legal"] | None = Field(
        None, description="Of a PDF made from HTML, Markdown, text or a table; unset: A4."
    )
    orientation: Literal["portrait", "landscape"] | None = Field(None, description="Of the same.")
    images: Literal["embed", "omit"] | None = Field(
        None, description="Whether images go into HTML (unset: yes) and Markdown (unset: no)."
    )
    title: str | None = Field(None, max_length=300, description="Of the HTML page or PDF; unset: the file's name.")

    def chosen(self) -> dict[str, Any]:
        """Return what was set, without what is no matter of the result's content."""
        return self.model_dump(exclude=_CHOSEN_ELSEWHERE, exclude_none=True)


class MadeFile(FileModel):
    """A new file, described as an uploaded one is, and how it came about."""

    warnings: list[str] = Field(description="What was lost, left out or cut.")
    route: list[str] = Field(description="The formats on the way, the first and the last included.")
    engines: list[str] = Field(description="What did it.")
    cached: bool = Field(description="Whether an equal request had been answered before.")

    @classmethod
    def made(cls, made: Converted) -> MadeFile:
        """Return the model of a new file."""
        return cls(
            **FileModel.of(made.file).model_dump(),
            warnings=list(made.warnings),
            route=list(made.route),
            engines=list(made.engines),
            cached=made.cached,
        )


class MadeFileResponse(ResponseModel):
    """The new file, durable."""

    status: Literal["success"] = "success"
    result: MadeFile


def kind_of(name: str) -> str:
    """Return the short name of a format as people write it: `.DOCX`, `markdown`, `htm`."""
    word = name.lstrip(".").lower()
    return _OTHER_NAMES.get(word, word)


_OTHER_NAMES = {
    "markdown": "md",
    "htm": "html",
    "text": "txt",
    "ndjson": "jsonl",
    "excel": "xlsx",
    "word": "docx",
    "jpg": "jpeg",
    "tif": "tiff",
}


def wish(target: str, options: ConvertOptions, *, name: str, description: str, tags: list[str]) -> Wish:
    """Return the wish of a request."""
    return Wish(
        target=kind_of(target),
        options=ConversionOptions(options.password, options.chosen()),
        name=name.strip(),
        description=description,
        tags=tuple(tags),
    )

"""Where a table comes from, and what is said of how to read it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from logics.tables.kinds import Kind
from logics.tables.models import ColumnName, TableModel

Format = Literal["csv", "tsv", "xlsx", "xls", "json", "jsonl", "parquet"]
OneCharacter = Annotated[str, StringConstraints(min_length=1, max_length=1)]


class Rows(TableModel):
    """A table as rows of values under column names."""

    columns: tuple[ColumnName, ...] = Field(max_length=5000)
    rows: tuple[tuple[Any, ...], ...] = Field(description="Each as long as `columns`.")


class Source(TableModel):
    """A table: a stored file or data in the request. What is left out is detected and said in `conversions`."""

    file_id: str | None = Field(None, max_length=200, description="A stored file.")
    data: tuple[dict[str, Any], ...] | Rows | None = Field(
        None, description="The table itself: a list of records, or columns and rows."
    )
    format: Format | None = Field(None, description="Where the file's own format is not to be trusted.")
    sheet: str | int | None = Field(
        None, description="Of a workbook: its name, or its number from 1; first by default."
    )
    header: bool | int | None = Field(
        None, description="False: no names in it. A number: the line of the names, from 1. Detected by default."
    )
    delimiter: OneCharacter | None = Field(None, description="Between the fields of a line.")
    quote: OneCharacter | None = Field(None, description="Around fields.")
    encoding: str | None = Field(None, max_length=40, description="Such as `utf-8`, `gb18030`, `utf-16`.")
    decimal: Literal[".", ","] | None = Field(None, description="The decimal mark of numbers.")
    thousands: Literal[",", ".", " ", "'", ""] | None = Field(
        None, description="What groups the digits of numbers; empty: nothing does."
    )
    date_format: str | None = Field(None, max_length=60, description="Of dates, such as `%d.%m.%Y`.")
    null_values: tuple[str, ...] | None = Field(
        None, max_length=50, description="Texts that mean a missing value, besides an empty field."
    )
    types: dict[ColumnName, Kind] = Field({}, description="Kinds of columns; the others are detected.")
    detect_types: bool = Field(True, description="False: every column of a text file is text.")
    columns: tuple[ColumnName, ...] | None = Field(None, min_length=1, description="Only these columns are read.")
    password: str | None = Field(None, max_length=255, description="Of an encrypted workbook.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.file_id is None) == (self.data is None):
            raise ValueError("give either file_id or data")
        return self

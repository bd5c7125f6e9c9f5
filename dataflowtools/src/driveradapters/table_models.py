"""Answers of /api/data_analysis."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from servicekit import ResponseModel

from logics.tables.kinds import Kind


class ColumnModel(ResponseModel):
    """A column of a table."""

    name: str
    kind: Kind


class ConversionModel(ResponseModel):
    """Something that was decided or changed while a table was read."""

    column: str | None = Field(description="Null: the whole table.")
    message: str


class BadRowModel(ResponseModel):
    """A line that is no row of the table, or not a whole one."""

    row: int | None = Field(description="The line, from 1, where it is known.")
    reason: str
    text: str


class BadRowsModel(ResponseModel):
    """Lines that are no row: all are counted, the first are shown."""

    total: int
    shown: list[BadRowModel]


class ReadModel(ResponseModel):
    """How a source was read."""

    format: str
    rows: int
    columns: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    conversions: list[ConversionModel] = Field(description="Everything that was decided or changed.")
    bad_rows: BadRowsModel


class LineageModel(ResponseModel):
    """What a step did."""

    step: int = Field(description="From 1.")
    op: str
    rows_in: int | None
    rows_out: int | None
    ms: float
    stdout: str | None = Field(None, description="What a custom step printed.")
    usage: dict[str, Any] | None = Field(None, description="What a custom step took.")


class SavedFileModel(ResponseModel):
    """The file that was saved."""

    name: str
    size: int


class TransformResult(ResponseModel):
    """A transformed table."""

    rows: int
    schema_: list[ColumnModel] = Field(alias="schema")
    preview: list[dict[str, Any]] = Field(
        description="The first rows. Dates are ISO 8601, infinities the words Infinity and -Infinity."
    )
    lineage: list[LineageModel]
    engine: Literal["pandas", "duckdb"]
    read: dict[str, ReadModel] = Field(description="How each source was read, by its field.")
    file_id: str | None = None
    file: SavedFileModel | None = None
    written: list[str] | None = Field(None, description="What had to be changed for the format of the file.")


class AnalysedColumnModel(ColumnModel):
    """A column, and what it is to an analyst."""

    role: Literal["number", "category", "text", "date", "boolean", "id", "empty", "json"]


class ChartModel(ResponseModel):
    """A drawn chart."""

    name: str
    operation: str
    column: str | None
    mime: str
    content_base64: str


class AnalyzeResult(ResponseModel):
    """What was found out of a table."""

    rows: int
    columns: list[AnalysedColumnModel]
    results: dict[str, Any] = Field(description="By operation; figures that cannot be computed are null.")
    charts: list[ChartModel]
    warnings: list[str]
    read: dict[str, ReadModel]
    report_file_id: str | None = Field(None, description="The HTML file of `profile`.")
    report_file: SavedFileModel | None = None


class ViolationCountModel(ResponseModel):
    """How often a rule is broken."""

    rule: str
    column: str | None
    count: int


class ViolationModel(ResponseModel):
    """One broken rule in one row."""

    row: int | None = Field(description="From 1; null: the table as a whole.")
    column: str | None
    rule: str
    value: Any
    message: str


class ValidateResult(ResponseModel):
    """What is wrong with a table."""

    valid: bool
    rows: int
    total: int = Field(description="Violations in all.")
    counts: list[ViolationCountModel]
    items: list[ViolationModel] = Field(description="One page, by row.")
    next_cursor: str | None = Field(description="Ask with it for the next page.")
    read: dict[str, ReadModel]
    file_id: str | None = Field(None, description="The file of all violations.")
    file: SavedFileModel | None = None

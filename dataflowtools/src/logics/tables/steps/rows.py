"""Steps on rows: which, and in what order."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from logics.tables.models import ColumnName, Columns, Expression, TableModel

MOST_ROWS = 10**12
RowCount = Annotated[int, Field(ge=0, le=MOST_ROWS)]


class FilterStep(TableModel):
    """Keep the rows where a condition is true; neither those where it is false nor those where it is null."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "filter", "where": "price >= 10 and city in ('Bonn', '北京')"}]}
    )
    op: Literal["filter"]
    where: Expression


class DropMissingStep(TableModel):
    """Leave out rows with missing values."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "drop_missing", "columns": ["price"]}]})
    op: Literal["drop_missing"]
    columns: Columns | None = Field(None, description="Where to look; everywhere by default.")
    how: Literal["any", "all"] = Field("any", description="Whether one missing value is enough.")


class DeduplicateStep(TableModel):
    """Keep one row of those that are equal; missing values are equal here."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "deduplicate", "columns": ["id"], "keep": "last"}]}
    )
    op: Literal["deduplicate"]
    columns: Columns | None = Field(None, description="What must be equal; all columns by default.")
    keep: Literal["first", "last", "none"] = Field("first", description="None: neither of equal rows.")


class SortKey(TableModel):
    """One column to sort by."""

    column: ColumnName
    descending: bool = False


class SortStep(TableModel):
    """Sort the rows; equal ones stay in their order. Text goes by its code points."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "sort", "by": [{"column": "price", "descending": True}, "city"]}]}
    )
    op: Literal["sort"]
    by: tuple[SortKey | ColumnName, ...] = Field(min_length=1, max_length=50)
    nulls: Literal["first", "last"] = Field("last", description="Where missing values go.")


class LimitStep(TableModel):
    """Keep so many rows, after leaving out some."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "limit", "count": 100}]})
    op: Literal["limit"]
    count: RowCount
    offset: RowCount = 0


class SampleStep(TableModel):
    """Keep rows by chance, in their order; the same seed always picks the same rows."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "sample", "count": 1000, "seed": 7}]})
    op: Literal["sample"]
    count: RowCount | None = None
    fraction: float | None = Field(None, ge=0, le=1)
    seed: int = Field(0, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.count is None) == (self.fraction is None):
            raise ValueError("give either count or fraction")
        return self

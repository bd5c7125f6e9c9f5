"""Steps on values: missing ones, text, dates, lists."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from logics.tables.models import ColumnName, Columns, TableModel

Scalar = bool | int | float | str
Unit = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]


class FillMissingStep(TableModel):
    """Put something where values are missing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "fill_missing", "columns": ["price"], "method": "median"}]}
    )
    op: Literal["fill_missing"]
    columns: Columns | None = Field(None, description="Where; by default every column that it can be done to.")
    value: Scalar | None = Field(None, description="A constant of the columns' kind.")
    method: Literal["forward", "backward", "mean", "median", "min", "max", "mode"] | None = Field(
        None, description="The last or next value, or a statistic of the column."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.method is None):
            raise ValueError("give either value or method")
        return self


class ReplaceStep(TableModel):
    """Replace values: whole ones by `mapping`, or parts of text by `pattern` (a regular expression, RE2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"op": "replace", "columns": ["size"], "mapping": [{"from": "S", "to": "small"}]}]
        }
    )
    op: Literal["replace"]
    columns: Columns
    mapping: tuple[Replacement, ...] | None = Field(None, min_length=1, max_length=1000)
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    replacement: str | None = Field(None, max_length=1000, description="Groups are `\\1` to `\\9`.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.mapping is None) == (self.pattern is None):
            raise ValueError("give either mapping or pattern")
        if (self.pattern is None) != (self.replacement is None):
            raise ValueError("pattern and replacement go together")
        return self


class Replacement(TableModel):
    """One value and what takes its place; null stands for a missing one."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Scalar | None = Field(alias="from")
    to: Scalar | None


class SplitStep(TableModel):
    """Split text into columns at a separator; what is left over stays in the last one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"op": "split", "column": "name", "separator": " ", "into": ["first", "last"], "keep": False}]
        }
    )
    op: Literal["split"]
    column: ColumnName
    separator: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    into: Columns = Field(description="Names of the new columns.")
    keep: bool = Field(True, description="Whether the column itself stays.")


class ExplodeStep(TableModel):
    """Make a row of each part of a value: of a JSON list, or of text split at a separator. A missing or empty
    value keeps its row."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "explode", "column": "tags", "separator": ","}]})
    op: Literal["explode"]
    column: ColumnName
    separator: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


class TextStep(TableModel):
    """Change text in columns."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "text", "columns": ["city"], "operation": "trim"}]}
    )
    op: Literal["text"]
    columns: Columns
    operation: Literal[
        "trim", "trim_start", "trim_end", "upper", "lower", "title", "left", "right", "substring", "pad_left",
        "pad_right", "extract", "length",
    ]  # fmt: skip
    arguments: tuple[Any, ...] = Field(
        (), max_length=3, description="What the function of that name takes after the text."
    )
    suffix: str | None = Field(
        None, min_length=1, max_length=100, description="Put the result in new columns with this ending."
    )


class DateStep(TableModel):
    """Take from dates, move them, or write them as text."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "date", "column": "ordered", "operation": "month", "into": "month"}]}
    )
    op: Literal["date"]
    column: ColumnName
    operation: Literal[
        "year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute", "second",
        "truncate", "add", "difference", "format", "parse", "parse_datetime",
    ]  # fmt: skip
    unit: Unit | None = Field(None, description="For truncate, add and difference.")
    amount: int | None = Field(None, ge=-(10**9), le=10**9, description="For add.")
    other: ColumnName | None = Field(None, description="For difference: the column of the later date.")
    format: str | None = Field(None, max_length=60, description="For format and parse, such as `%d.%m.%Y`.")
    into: ColumnName | None = Field(None, description="Name of the result; the column itself by default.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "truncate": ("unit",), "add": ("unit", "amount"), "difference": ("unit", "other"),
            "format": ("format",), "parse": ("format",), "parse_datetime": ("format",),
        }.get(self.operation, ())  # fmt: skip
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.operation} needs {' and '.join(missing)}")
        return self


ReplaceStep.model_rebuild()

"""Our own checks, a model each."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from logics.tables.kinds import Kind
from logics.tables.models import ColumnName, Columns, Expression, TableModel
from logics.tables.sources import Source

Bound = int | float | str
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class _Check(TableModel):
    message: str | None = Field(None, max_length=500, description="Instead of the usual message.")


class TypeCheck(_Check):
    """Values are of a kind, or text that says one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"check": "type", "column": "price", "kind": "number"}]})
    check: Literal["type"]
    column: ColumnName
    kind: Kind
    format: str | None = Field(None, max_length=60, description="Of dates, such as `%d.%m.%Y`; ISO 8601 by default.")


class RequiredCheck(_Check):
    """No value is missing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"check": "required", "columns": ["id", "name"]}]})
    check: Literal["required"]
    columns: Columns


class UniqueCheck(_Check):
    """No combination of values is there twice; rows with a missing one are left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"check": "unique", "columns": ["id"]}]})
    check: Literal["unique"]
    columns: Columns


class RangeCheck(_Check):
    """Values lie between bounds; those of dates are ISO 8601."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"check": "range", "column": "price", "min": 0, "max": 1000}]}
    )
    check: Literal["range"]
    column: ColumnName
    min: Bound | None = None
    max: Bound | None = None
    exclusive_min: bool = False
    exclusive_max: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min or max")
        return self


class PatternCheck(_Check):
    """Text matches a regular expression (RE2) as a whole, or has it somewhere."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"check": "pattern", "column": "code", "pattern": "[A-Z]{2}[0-9]{4}"}]}
    )
    check: Literal["pattern"]
    column: ColumnName
    pattern: Pattern
    whole: bool = Field(True, description="False: anywhere in the text.")


class SetCheck(_Check):
    """Values are among those listed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"check": "set", "column": "size", "values": ["S", "M", "L"]}]}
    )
    check: Literal["set"]
    column: ColumnName
    values: tuple[Any, ...] = Field(min_length=1, max_length=100_000)


class LengthCheck(_Check):
    """Text has so many characters."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"check": "length", "column": "zip", "min": 5, "max": 5}]}
    )
    check: Literal["length"]
    column: ColumnName
    min: int | None = Field(None, ge=0)
    max: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min or max")
        return self


class ExpressionCheck(_Check):
    """A condition over the columns holds in every row; where it is null it is not judged."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"check": "expression", "expression": "ended is null or ended >= started"}]}
    )
    check: Literal["expression"]
    expression: Expression
    name: str | None = Field(None, max_length=100)


class ForeignKeyCheck(_Check):
    """Values are found in another table; rows with a missing one are left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "check": "foreign_key",
                    "columns": ["city"],
                    "other": {"data": [{"name": "Ulm"}]},
                    "other_columns": ["name"],
                }
            ]
        }
    )
    check: Literal["foreign_key"]
    columns: Columns
    other: Source
    other_columns: Columns

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.columns) != len(self.other_columns):
            raise ValueError("columns and other_columns have the same number of names")
        return self


class MultipleCheck(_Check):
    """Numbers are multiples of one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"check": "multiple", "column": "pieces", "of": 12}]})
    check: Literal["multiple"]
    column: ColumnName
    of: float = Field(gt=0)


Check = Annotated[
    TypeCheck
    | RequiredCheck
    | UniqueCheck
    | RangeCheck
    | PatternCheck
    | SetCheck
    | LengthCheck
    | ExpressionCheck
    | ForeignKeyCheck
    | MultipleCheck,
    Field(discriminator="check"),
]


class Checks(TableModel):
    """Our own checks."""

    checks: tuple[Check, ...] = Field(min_length=1, max_length=1000)
    additional_columns: bool = Field(True, description="False: columns that no check names are violations.")

"""What callers ask of a validation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from logics.tables.models import TableModel
from logics.tables.requests import FileName, SaveFormat
from logics.tables.sources import Source
from logics.tables.validation.checks import Checks

SchemaType = Literal["checks", "json_schema", "table_schema"]


class ViolationsOutput(TableModel):
    """Save all violations as a file."""

    format: SaveFormat
    name: FileName | None = None


def _sort(value: Any) -> str:
    return "checks" if isinstance(value, Checks) or (isinstance(value, dict) and "checks" in value) else "standard"


AnySchema = Annotated[
    Annotated[Checks, Tag("checks")] | Annotated[dict[str, Any], Tag("standard")], Discriminator(_sort)
]


class ValidateOptions(TableModel):
    """What a table has to be."""

    model_config = ConfigDict(populate_by_name=True)
    schema_: AnySchema = Field(
        alias="schema",
        description="Our checks (`checks`), a Table Schema (`fields`), or a JSON Schema that every row satisfies.",
    )
    schema_type: SchemaType | None = Field(None, description="Where the schema does not say by itself what it is.")
    limit: int = Field(100, ge=1, description="Violations in the answer.")
    cursor: str | None = Field(None, max_length=40, description="Where the last answer ended: its `next_cursor`.")
    output: ViolationsOutput | None = None


class ValidateRequest(ValidateOptions):
    """A table and what it has to be."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "source": {"data": [{"id": 1, "price": -3}]},
                    "schema": {"checks": [{"check": "range", "column": "price", "min": 0}]},
                }
            ]
        },
    )
    source: Source


def schema_type(options: ValidateOptions) -> SchemaType:
    """Return what sort of schema was given."""
    if options.schema_type is not None:
        return options.schema_type
    if isinstance(options.schema_, Checks):
        return "checks"
    return "table_schema" if isinstance(options.schema_.get("fields"), list) else "json_schema"

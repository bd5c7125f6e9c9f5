"""What callers ask of tables; the same models for requests and for the options of batch jobs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from logics.tables.models import TableModel
from logics.tables.sources import Source
from logics.tables.steps import Step

SaveFormat = Literal["csv", "xlsx", "json", "jsonl", "parquet"]
FileName = Annotated[str, Field(min_length=1, max_length=200)]


class Output(TableModel):
    """What comes back, and what is saved."""

    format: SaveFormat | None = Field(None, description="Save the result as a file of this format.")
    name: FileName | None = Field(None, description="Name of that file; made from the source's by default.")
    preview: int = Field(50, ge=0, description="Rows in the answer.")
    neutralise_formulas: bool = Field(
        False, description="Put an apostrophe before text that a spreadsheet would take for a formula (csv, xlsx)."
    )
    description: str = Field("", max_length=2000, description="Of the file.")
    tags: tuple[str, ...] = Field((), max_length=50, description="Of the file.")


class TransformOptions(TableModel):
    """What to do with a table."""

    steps: tuple[Step, ...] = Field(description="One after the other.")
    output: Output = Output()
    engine: Literal["auto", "pandas", "duckdb"] = Field(
        "auto", description="By the size of the table, unless one is wanted; the answers are the same."
    )


class TransformRequest(TransformOptions):
    """A table and what to do with it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": {"data": [{"city": "Bonn", "price": 3.5}, {"city": "Ulm", "price": 2}]},
                    "steps": [{"op": "filter", "where": "price > 2"}],
                }
            ]
        }
    )
    source: Source

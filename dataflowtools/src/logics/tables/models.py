"""The base of what callers send, on both sides of the workers' wall."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class TableModel(BaseModel):
    """Unknown fields are refused by name, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Columns = Annotated[tuple[ColumnName, ...], Field(min_length=1, max_length=2000)]
Expression = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000),
    Field(description="An expression over the columns.", examples=["price * quantity > 100 and city is not null"]),
]

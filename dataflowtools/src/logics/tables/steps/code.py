"""Steps in other languages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from logics.tables.models import TableModel
from logics.tables.sources import Source

TableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


class SqlStep(TableModel):
    """One SELECT in DuckDB's SQL over the table `input`; it reaches neither files nor the network.

    The order of the rows is what ORDER BY says.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"op": "sql", "query": "SELECT city, sum(price) AS total FROM input GROUP BY ALL ORDER BY 1"}]
        }
    )
    op: Literal["sql"]
    query: str = Field(min_length=1, max_length=20_000)
    tables: dict[TableName, Source] = Field({}, max_length=20, description="Further tables, by the name used in it.")


class CustomStep(TableModel):
    """Python on the coderunner service: `df` is the table, and what `df` (or `result`) is afterwards is the result."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "custom", "code": "df['total'] = df['price'] * df['quantity']"}]}
    )
    op: Literal["custom"]
    code: str = Field(min_length=1, max_length=100_000)
    inputs: dict[str, Any] = Field({}, description="Variables of the code.")
    packages: tuple[str, ...] = Field((), max_length=50, description="As `name==version`.")
    environment: str | None = Field(None, max_length=64, description="A named environment of coderunner.")
    timeout: float | None = Field(None, gt=0, description="Seconds.")
    memory_mb: int | None = Field(None, ge=1)

"""Steps that bring rows together, turn them, or look at their neighbours."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from logics.tables.models import ColumnName, Columns, TableModel
from logics.tables.steps.rows import SortKey

AggregateFunction = Literal[
    "count", "count_distinct", "sum", "mean", "median", "min", "max", "std", "var", "quantile", "first", "last",
    "any", "all", "join",
]  # fmt: skip
WindowFunction = Literal[
    "row_number", "rank", "dense_rank", "lag", "lead", "cumulative_sum", "cumulative_min", "cumulative_max",
    "cumulative_count", "rolling_sum", "rolling_mean", "rolling_min", "rolling_max", "total", "mean", "share",
]  # fmt: skip


class Aggregate(TableModel):
    """A figure of a group; missing values are left out of all of them.

    `count` without column counts rows. `std` and `var` are those of a sample, null below two values. `first` and
    `last` go by the order of the rows.
    """

    model_config = ConfigDict(populate_by_name=True)
    function: AggregateFunction
    column: ColumnName | None = None
    as_: ColumnName | None = Field(None, alias="as", description="Name of the result; `sum_price` by default.")
    quantile: float | None = Field(None, ge=0, le=1, description="For quantile, interpolated linearly.")
    separator: str | None = Field(None, max_length=20, description="For join; a comma by default.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.column is None and self.function != "count":
            raise ValueError(f"{self.function} needs a column")
        if (self.quantile is None) == (self.function == "quantile"):
            raise ValueError("the function quantile, and no other, needs quantile")
        return self

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.as_ or (f"{self.function}_{self.column}" if self.column else self.function)


class GroupByStep(TableModel):
    """One row a group, sorted by the keys, nulls last; missing keys are a group."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "op": "group_by",
                    "by": ["city"],
                    "aggregates": [{"column": "price", "function": "sum", "as": "total"}],
                }
            ]
        }
    )
    op: Literal["group_by"]
    by: tuple[ColumnName, ...] = Field((), max_length=50, description="None: one row over all.")
    aggregates: tuple[Aggregate, ...] = Field(min_length=1, max_length=200)


class PivotStep(TableModel):
    """One row an index, one column a value of `column`, named by it and sorted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"op": "pivot", "index": ["city"], "column": "year", "values": "price", "function": "sum"}]
        }
    )
    op: Literal["pivot"]
    index: Columns
    column: ColumnName
    values: ColumnName
    function: Literal["count", "sum", "mean", "median", "min", "max", "first", "last"] = "sum"


class MeltStep(TableModel):
    """Turn columns into rows of a name and a value: first all of the first column, then of the next."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "melt", "keep": ["city"], "columns": ["2023", "2024"], "name": "year"}]}
    )
    op: Literal["melt"]
    keep: tuple[ColumnName, ...] = Field((), max_length=2000, description="Columns that are repeated.")
    columns: Columns | None = Field(None, description="What is turned; all that are not kept by default.")
    name: ColumnName = "variable"
    value: ColumnName = "value"


class WindowStep(TableModel):
    """A figure of each row from the rows around it.

    `rank` and `dense_rank` go by `order_by`; cumulative and rolling ones go over the rows up to this one, the rolling
    ones over the last `size` of them; `total`, `mean` and `share` over the whole partition.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "op": "window", "function": "cumulative_sum", "column": "price", "partition_by": ["city"],
                    "order_by": ["day"], "as": "so_far",
                }
            ]
        }
    )  # fmt: skip
    op: Literal["window"]
    function: WindowFunction
    column: ColumnName | None = None
    as_: ColumnName = Field(alias="as")
    partition_by: tuple[ColumnName, ...] = Field((), max_length=50)
    order_by: tuple[SortKey | ColumnName, ...] = Field((), max_length=50, description="Default: the rows as they are.")
    size: int = Field(3, ge=1, le=100_000, description="Rows of a rolling function.")
    offset: int = Field(1, ge=0, le=1_000_000, description="How far lag and lead look.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        ranking = self.function in ("rank", "dense_rank")
        if ranking and not self.order_by:
            raise ValueError(f"{self.function} needs order_by")
        if self.column is None and not ranking and self.function != "row_number":
            raise ValueError(f"{self.function} needs a column")
        return self

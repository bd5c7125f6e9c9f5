"""Steps that bring in another table."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from logics.tables.models import Columns, TableModel
from logics.tables.sources import Source


class JoinStep(TableModel):
    """Bring in another table by equal keys; missing keys equal nothing.

    Rows come in the order of this table, then of the other; unmatched rows of the other come last. Keys of the other
    table are left out where both have one name; other names that both have get the suffix. `semi` keeps the rows with
    a match and `anti` those without, and neither adds a column.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"op": "join", "other": {"data": [{"city": "Bonn", "land": "NRW"}]}, "on": ["city"], "how": "left"}
            ]
        }
    )
    op: Literal["join"]
    other: Source
    how: Literal["inner", "left", "right", "full", "semi", "anti", "cross"] = "inner"
    on: Columns | None = Field(None, description="Keys that both name alike.")
    left_on: Columns | None = None
    right_on: Columns | None = None
    suffix: str = Field("_right", min_length=1, max_length=50)

    @model_validator(mode="after")
    def _keys(self) -> Self:
        both = self.left_on is not None and self.right_on is not None
        if self.how == "cross":
            if self.on or self.left_on or self.right_on:
                raise ValueError("a cross join has no keys")
        elif (self.on is not None) == both or (self.left_on is None) != (self.right_on is None):
            raise ValueError("give either on, or left_on and right_on")
        elif self.left_on and self.right_on and len(self.left_on) != len(self.right_on):
            raise ValueError("left_on and right_on have the same number of columns")
        return self

    def keys(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the keys of this table and of the other."""
        return (self.on or self.left_on or ()), (self.on or self.right_on or ())


class ConcatStep(TableModel):
    """Append the rows of other tables, by column name; a column that one lacks is missing there."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "concat", "others": [{"data": [{"city": "Ulm", "price": 3}]}]}]}
    )
    op: Literal["concat"]
    others: tuple[Source, ...] = Field(min_length=1, max_length=50)

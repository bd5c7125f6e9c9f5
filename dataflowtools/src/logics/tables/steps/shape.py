"""Steps on columns: which, by what name, of what kind, and new ones."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from logics.tables.kinds import Kind
from logics.tables.models import ColumnName, Columns, Expression, TableModel


class SelectStep(TableModel):
    """Keep these columns, in this order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "select", "columns": ["city", "price"]}]})
    op: Literal["select"]
    columns: Columns


class DropStep(TableModel):
    """Leave columns out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "drop", "columns": ["remarks"]}]})
    op: Literal["drop"]
    columns: Columns
    missing_ok: bool = Field(False, description="Whether names of no column are passed over.")


class RenameStep(TableModel):
    """Give columns other names."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"op": "rename", "columns": {"Ort": "city"}}]})
    op: Literal["rename"]
    columns: dict[ColumnName, ColumnName] = Field(min_length=1, description="New names by the old ones.")


class CastStep(TableModel):
    """Turn columns into other kinds. A value that has no counterpart is an error that names its row."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "cast", "columns": {"amount": "number"}, "on_error": "null"}]}
    )
    op: Literal["cast"]
    columns: dict[ColumnName, Kind] = Field(min_length=1, description="Kinds by column.")
    format: str | None = Field(None, max_length=60, description="Of text that becomes dates, such as `%d.%m.%Y`.")
    on_error: Literal["fail", "null"] = Field("fail", description="What a value without counterpart does.")


class DeriveStep(TableModel):
    """Compute columns from expressions; one of an existing name replaces it in its place.

    They are computed in their order, so that later ones see earlier ones.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "derive", "columns": {"total": "round(price * quantity, 2)"}}]}
    )
    op: Literal["derive"]
    columns: dict[ColumnName, Expression] = Field(min_length=1, description="Expressions by column.")

"""The columns of a table as an analysis sees them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import one_array
from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.engines.frames.figures import doubles
from drivenadapters.tables.guest.writing.values import json_column
from logics.tables.kinds import NUMERIC, TEMPORAL, Kind

_MOST_CATEGORIES = 50
_SHARE_OF_CATEGORIES = 0.5
_LEAST_OF_AN_ID = 3


class Role(StrEnum):
    """What the values of a column are to an analyst."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"
    ID = "id"
    EMPTY = "empty"
    JSON = "json"


@dataclass(frozen=True)
class Analysed:
    """A column, and what is computed of it more than once."""

    name: str
    kind: Kind
    values: Any

    @cached_property
    def present(self) -> Any:
        """The values that are not missing."""
        return self.values.drop_null()

    @cached_property
    def counts(self) -> Any:
        """Distinct values and how often each is there, as a structure of Arrow."""
        return pc.value_counts(self.present)

    @property
    def distinct(self) -> int:
        """How many distinct values there are."""
        return len(self.counts)

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return len(self.values) - len(self.present)

    @cached_property
    def doubles(self) -> Any:
        """Numbers as doubles, not-a-number for missing ones, infinities among them."""
        return doubles(self.values)

    @cached_property
    def finite(self) -> Any:
        """The numbers that are neither missing nor infinite."""
        return self.doubles[np.isfinite(self.doubles)]

    @cached_property
    def role(self) -> Role:
        """What the values are to an analyst."""
        if not len(self.present):
            return Role.EMPTY
        if self.kind in TEMPORAL:
            return Role.DATE
        if self.kind == Kind.BOOLEAN:
            return Role.BOOLEAN
        if self.kind == Kind.JSON:
            return Role.JSON
        if self.kind in NUMERIC:
            return Role.ID if self._counts_rows() else Role.NUMBER
        return self._role_of_text()

    def _counts_rows(self) -> bool:
        """Whole numbers, all different, none missing, named like an id or in steps of one."""
        if (
            self.kind != Kind.INTEGER
            or self.missing
            or self.distinct < len(self.values)
            or self.distinct < _LEAST_OF_AN_ID
        ):
            return False
        name = self.name.lower()
        named = (
            name == "id" or name.endswith(("_id", " id", "-id")) or self.name.endswith("ID") or self.name.endswith("Id")
        )
        steps = np.diff(self.values.to_numpy(zero_copy_only=False))
        return bool(named or (len(steps) > _LEAST_OF_AN_ID and (steps == 1).all()))

    def _role_of_text(self) -> Role:
        size = len(self.present)
        if (
            self.distinct == size >= _LEAST_OF_AN_ID
            and not pc.any(pc.match_substring_regex(self.present, r"\s")).as_py()
        ):
            return Role.ID
        few = self.distinct <= max(_MOST_CATEGORIES if size > 2 * _MOST_CATEGORIES else 0, _SHARE_OF_CATEGORIES * size)
        return Role.CATEGORY if few and self.distinct <= max(_MOST_CATEGORIES, size // 20) else Role.TEXT

    def json(self, values: Any) -> list[Any]:
        """Return values of this column as JSON has them."""
        return json_column(values, self.kind)

    def most_common(self, count: int) -> list[dict[str, Any]]:
        """Return the commonest values, equal ones in their own order."""
        numbers, found = self.counts.field("counts"), self.counts.field("values")
        order = np.argsort(-numbers.to_numpy(zero_copy_only=False), kind="stable")
        if self.kind != Kind.JSON:
            ranks = pc.rank(found).to_numpy(zero_copy_only=False) if len(found) else np.zeros(0)
            order = np.lexsort([ranks, -numbers.to_numpy(zero_copy_only=False)])
        chosen = order[:count]
        total = len(self.present)
        shown = self.json(found.take(chosen))
        times = numbers.to_numpy(zero_copy_only=False)[chosen].tolist()
        return [
            {"value": value, "count": number, "share": number / total}
            for value, number in zip(shown, times, strict=True)
        ]

    @cached_property
    def series(self) -> Any:
        """The values for pandas: doubles, or objects."""
        return pd.Series(self.doubles) if self.kind in NUMERIC else pd.Series(self.values.to_pylist(), dtype=object)


def analysed(frame: Frame, names: list[str]) -> list[Analysed]:
    """Return the columns of a table."""
    return [Analysed(name, frame.schema[name], one_array(frame.table.column(name))) for name in names]

"""All violations of a table: kept as row numbers by rule, shown by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.validation.views import View
from drivenadapters.tables.guest.writing.values import json_column
from logics.tables.kinds import Kind
from logics.tables.validation.rules import Rule

_LONGEST = 500
_SCHEMA = {"row": Kind.INTEGER, "column": Kind.TEXT, "rule": Kind.TEXT, "value": Kind.TEXT, "message": Kind.TEXT}


@dataclass
class Violations:
    """Violations as they are found, and then in the order of their rows."""

    views: Mapping[str, View]
    labels: list[tuple[str, str, str]] = field(default_factory=list)  # rule, column, message
    rows: list[Any] = field(default_factory=list)

    def add(self, rule: Rule, message: str, mask: Any) -> None:
        """Take in where a rule is broken."""
        rows = np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
        if len(rows):
            self.add_rows(rule.name, rule.column, message, rows)

    def add_rows(self, rule: str, column: str, message: str, rows: Any) -> None:
        """Take in rows, from 0; -1 stands for the table as a whole."""
        self.labels.append((rule, column, message))
        self.rows.append(np.asarray(rows, dtype="i8"))

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(len(rows) for rows in self.rows)

    def counts(self) -> list[dict[str, Any]]:
        """Return how many there are by rule and column."""
        found: dict[tuple[str, str], int] = {}
        for (rule, column, _), rows in zip(self.labels, self.rows, strict=True):
            found[rule, column] = found.get((rule, column), 0) + len(rows)
        return [{"rule": rule, "column": column or None, "count": count} for (rule, column), count in found.items()]

    def page(self, start: int, limit: int) -> list[dict[str, Any]]:
        """Return some, ordered by row and then by rule."""
        rows, labels = self._ordered()
        return [
            self._item(int(row), int(label))
            for row, label in zip(rows[start : start + limit], labels[start : start + limit], strict=True)
        ]

    def frame(self) -> Frame:
        """Return all as a table."""
        rows, labels = self._ordered()
        names = [pa.array([label[place] for label in self.labels], pa.large_string()) for place in range(3)]
        rule, column, message = (pc.take(name, pa.array(labels)) for name in names)
        values = self._all_values(rows, labels)
        numbers = pa.array(rows + 1, mask=rows < 0)
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
        given = {"row": numbers, "column": column, "rule": rule, "value": values, "message": message}
        return frame_of(given, _SCHEMA, len(rows))

    def _ordered(self) -> tuple[Any, Any]:
        if not self.rows:
            return np.zeros(0, dtype="i8"), np.zeros(0, dtype="i8")
        rows = np.concatenate(self.rows)
        labels = np.repeat(np.arange(len(self.rows)), [len(item) for item in self.rows])
        order = np.lexsort([labels, rows])
        return rows[order], labels[order]

    def _item(self, row: int, label: int) -> dict[str, Any]:
        rule, column, message = self.labels[label]
        value = self._value(row, column)
        return {
            "row": row + 1 if row >= 0 else None,
            "column": column or None,
            "rule": rule,
            "value": value,
            "message": message,
        }

    def _value(self, row: int, column: str) -> Any:
        if row < 0:
            return None
        view = self.views.get(column)
        if view is not None:
            (value,) = json_column(view.values.slice(row, 1), view.held)
            return value[:_LONGEST] if isinstance(value, str) else value
        names = [name for name in column.split(", ") if name in self.views]
        return {name: self._value(row, name) for name in names} or None

    def _all_values(self, rows: Any, labels: Any) -> Any:
        """The value of every violation as text; taken column by column."""
        result = pa.nulls(len(rows), ARROW_TYPES[Kind.TEXT])
        for label, (_, column, _) in enumerate(self.labels):
            view = self.views.get(column)
            chosen = (labels == label) & (rows >= 0)
            if view is not None and chosen.any():
                index = pa.array(np.where(chosen, np.maximum(rows, 0), 0), mask=~chosen)
                result = pc.coalesce(pc.take(view.written, index), result)
        return result

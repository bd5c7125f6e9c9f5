"""Cells of a workbook template: what they say, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from ..tables.infer import moment
from .environment import TemplateEnvironment, is_missing
from .pictures import Picture

_WHOLE = re.compile(r"\{\{(?!\s*[-+])((?:(?!\}\}|\{\{).)*)\}\}", re.DOTALL)
_FOR_FORMULAS = re.compile(r"[\w .,:$!()+*/<>=&-]*")
_LONGEST_TEXT = 32_767


@dataclass(frozen=True)
class TemplateRow:
    """The texts of a row's cells, and the columns that they stand in."""

    number: int
    columns: tuple[int, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A text that stays one, whatever it begins with."""

    value: str


@dataclass(frozen=True)
class Formula:
    """A formula that the template's author wrote."""

    value: str


Filled = Text | Formula | Picture | int | float | bool | None | Any


def sheet_rows(sheet: Worksheet) -> list[TemplateRow]:
    """Return every row up to the last; rows without texts too, since they keep their place."""
    rows = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [(cell.column, cell.value) for cell in cells if isinstance(cell.value, str)]
        rows.append(TemplateRow(number, tuple(at for at, _ in texts), tuple(text for _, text in texts)))
    return rows


class CellFiller:
    """Turns the text of a cell into its value; a lone expression keeps its type."""

    def __init__(self, environment: TemplateEnvironment) -> None:
        self._environment = environment
        self._compiled: dict[str, Any] = {}

    def fill(self, text: str, context: dict[str, Any]) -> Filled:
        """Return the value of a cell."""
        if text.startswith("="):
            return Formula(self._formula(text, context))
        alone = _WHOLE.fullmatch(text.strip())
        if alone:
            return _value(self._expression(alone[1])(context))
        return _value(self._template(text).render(context))

    def _formula(self, text: str, context: dict[str, Any]) -> str:
        """Only what calculates may be put into a formula: a text of the data could end a string and go on."""

        def insert(found: re.Match[str]) -> str:
            value = self._expression(found[1])(context)
            shown = "" if value is None or is_missing(value) else str(value)
            if not _FOR_FORMULAS.fullmatch(shown):
                message = f"the template fails: {shown[:40]!r} cannot be put into a formula"
                raise TaskFailed(FailureKind.IMPOSSIBLE, message, field="data")
            return shown

        return _WHOLE.sub(insert, text)

    def _expression(self, source: str) -> Any:
        if source not in self._compiled:
            self._compiled[source] = self._environment.compile_expression(source.strip(), undefined_to_none=False)
        return self._compiled[source]

    def _template(self, source: str) -> Any:
        key = f"text {source}"
        if key not in self._compiled:
            self._compiled[key] = self._environment.from_string(source)
        return self._compiled[key]


def _value(value: Any) -> Filled:
    if is_missing(value):
        return str(value) or None
    if value is None or isinstance(value, (bool, int, float, Picture)):
        return value
    text = str(value)[:_LONGEST_TEXT]
    read = moment(text)
    return Text(text) if isinstance(read, str) else read

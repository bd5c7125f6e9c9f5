"""What a caller may choose about tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .cells import Sheet

ALL_SHEETS = "all"


@dataclass(frozen=True)
class TableOptions:
    """Choices, with the defaults that suit most.

    Attributes:
        sheet: name, number from 1, or ``all``; unset: the only one, else the first that is not hidden.
        header: whether the first row names the columns.
        delimiter: of a CSV file that is read; unset: guessed.
        encoding: of a CSV file that is read; unset: guessed.
        output_delimiter, output_encoding: of a CSV file that is written.
        infer_types: whether texts that are numbers or dates beyond doubt become that.
        escape_formulas: whether texts that spreadsheets take for formulas get an apostrophe in CSV files.
    """

    sheet: str | int | None = None
    header: bool = True
    delimiter: str | None = None
    encoding: str | None = None
    output_delimiter: str | None = None
    output_encoding: str = "utf-8"
    infer_types: bool = True
    escape_formulas: bool = False

    @classmethod
    def of(cls, options: dict[str, Any]) -> TableOptions:
        """Return the choices among options, which may hold more."""
        known = cls.__dataclass_fields__
        return cls(**{name: value for name, value in options.items() if name in known and value is not None})


def chosen(sheets: list[Sheet], wanted: str | int | None) -> tuple[list[Sheet], list[str]]:
    """Return the sheets that are meant, and what the caller should know.

    Raises:
        TaskFailed: there is no such sheet, or none at all.
    """
    if not sheets:
        raise TaskFailed(FailureKind.IMPOSSIBLE, "there is no table in this file")
    if wanted == ALL_SHEETS:
        return sheets, []
    if wanted is not None:
        return [_named(sheets, wanted)], []
    filled = [sheet for sheet in sheets if sheet.rows and not sheet.hidden] or [sheet for sheet in sheets if sheet.rows]
    first = filled[0] if filled else sheets[0]
    others = [sheet.name for sheet in filled[1:]]
    if not others:
        return [first], []
    return [first], [f"only sheet {first.name!r} is in the result; the others: {', '.join(others)} (option sheet)"]


def _named(sheets: list[Sheet], wanted: str | int) -> Sheet:
    for sheet in sheets:
        if sheet.name == wanted:
            return sheet
    number = int(wanted) if isinstance(wanted, int) or wanted.isdecimal() else 0
    if 1 <= number <= len(sheets):
        return sheets[number - 1]
    names = ", ".join(repr(sheet.name) for sheet in sheets[:50])
    raise TaskFailed(FailureKind.INVALID, f"there is no sheet {wanted!r}; there are {names}", field="options.sheet")

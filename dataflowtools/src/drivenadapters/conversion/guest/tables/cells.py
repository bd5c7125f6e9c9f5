"""Cells and sheets, and how a cell reads as text and as JSON."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Cell = str | int | float | bool | Decimal | dt.datetime | dt.date | dt.time | dt.timedelta | None
Row = Sequence[Cell]
JsonValue = str | int | float | bool | None

_WHOLE_UP_TO = 1 << 53  # from here on a float skips whole numbers
_FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Sheet:
    """A table by name.

    Attributes:
        name: of the sheet; empty where the format has no sheets.
        rows: of cells; not all of one length.
        hidden: whether its author hid it.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    hidden: bool = False

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(map(len, self.rows), default=0)


def as_text(cell: Cell) -> str:
    """Return a cell as people read it: ISO 8601 for dates, digits without exponent for whole numbers."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _WHOLE_UP_TO else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return str(cell)


def as_json(cell: Cell) -> JsonValue:
    """Return a cell as JSON holds it; whole floats become integers, what JSON has no word for becomes text."""
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)
        return int(cell) if cell.is_integer() and abs(cell) < _WHOLE_UP_TO else cell
    if cell is None or isinstance(cell, (str, bool, int)):
        return cell
    if isinstance(cell, Decimal) and cell.is_finite() and Decimal(repr(float(cell))) == cell:
        return float(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat()
    return as_text(cell)


def without_formula(text: str) -> str:
    """Return a text that spreadsheet programs do not take for a formula when they open a CSV file.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(_FORMULA_BEGINNINGS) else text


def column_names(first: Row, width: int) -> list[str]:
    """Return a name for each column: what the first row says, made unique, or its number."""
    taken: set[str] = set()
    names = []
    for number in range(1, width + 1):
        base = as_text(first[number - 1]).strip() if number <= len(first) else ""
        name, repeat = base or f"column_{number}", 2
        while name in taken:
            name, repeat = f"{base or f'column_{number}'}_{repeat}", repeat + 1
        taken.add(name)
        names.append(name)
    return names


def trimmed(rows: Iterable[Row]) -> list[Row]:
    """Return the rows without empty cells at their ends and empty rows at the end."""
    kept: list[Row] = []
    filled = 0
    for row in rows:
        length = len(row)
        while length and row[length - 1] in (None, ""):
            length -= 1
        kept.append(row[:length])
        if length:
            filled = len(kept)
    return kept[:filled]

"""Workbooks: sheets on their way into an answer, whatever file they come from."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .answer import Answer, Cell, Table
from .base import Wanted, What
from .flow import escape
from .limits import Limits

_EXACT = 1 << 53
_LINES_TOGETHER = 1000
_ROOM_FOR_MERGED = 10_000  # cells

Row = list[Cell]
Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass
class Sheet:
    """A sheet of a workbook.

    Attributes:
        name: unique in the workbook.
        visibility: ``visible``, ``hidden`` or ``very_hidden``.
        kind: ``sheet``, or ``chart``, ``dialog`` or ``macro`` for what has no cells to speak of.
        rows: gives the cells from the first row and column on; called once, when they are wanted.
        merged: first and last cell of each merged range, from 0; known once the rows are.
    """

    name: str
    rows: Callable[[], list[Row]]
    visibility: str = "visible"
    kind: str = "sheet"
    merged: Callable[[], Sequence[Span]] = field(default=lambda: ())

    def describe(self) -> dict[str, Any]:
        """Return what is known without its cells."""
        return {"name": self.name, "visibility": self.visibility, "kind": self.kind}


def write_sheets(sheets: Sequence[Sheet], answer: Answer, wanted: Wanted) -> None:
    """Put the wanted sheets into an answer.

    Raises:
        TaskFailed: a sheet is wanted that does not exist.
    """
    if not wanted.what & {What.TEXT, What.MARKDOWN, What.TABLES}:
        return
    for sheet in choose(sheets, wanted):
        if sheet.kind != "sheet":
            continue
        rows = sheet.rows()
        if What.TABLES in wanted:
            spans = sheet.merged()
            merged = [_span(first, last) for first, last in spans]
            table = Table(sheet=sheet.name, merged=merged, extra={"hidden": sheet.visibility != "visible"})
            answer.table(table, _with_room_for(spans, rows))
        if What.TEXT in wanted:
            _write_lines(answer.text, f"{sheet.name}\n", (_text_line(row) for row in rows))
        if What.MARKDOWN in wanted:
            _write_lines(answer.markdown, f"## {escape(sheet.name)}\n\n", _markdown_lines(rows))


def choose(sheets: Sequence[Sheet], wanted: Wanted) -> Sequence[Sheet]:
    """Return the wanted sheets, in the order of the workbook.

    Raises:
        TaskFailed: one does not exist.
    """
    if not wanted.sheets:
        return sheets
    chosen = {_index(sheets, wish) for wish in wanted.sheets}
    return [sheet for index, sheet in enumerate(sheets) if index in chosen]


def facts_of(sheets: Iterable[Sheet]) -> list[dict[str, Any]]:
    """Return what is known of sheets, with the size of each."""
    return [{**sheet.describe(), **_size(sheet.rows())} for sheet in sheets]


def plain(value: Any) -> Cell:
    """Return a cell's value as JSON: whole numbers as such, moments as ISO 8601 writes them, nothing as null."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime.timedelta):
        return duration(value)
    return str(value.isoformat())


def plain_row(values: Iterable[Any]) -> Row:
    """Return the values of a row as JSON; what most cells hold is done here, since there may be millions."""
    return [
        value or None
        if type(value) is str
        else (int(value) if value.is_integer() and -_EXACT < value < _EXACT else value)
        if type(value) is float
        else plain(value)
        for value in values
    ]


def duration(value: datetime.timedelta) -> str:
    """Return a span of time as hours, minutes and seconds, hours beyond 24 included."""
    seconds = round(value.total_seconds(), 6)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    whole = int(seconds)
    fraction = f"{seconds - whole:.6f}"[1:].rstrip("0").rstrip(".")
    return f"{sign}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{fraction}"


def matrix(cells: Iterable[tuple[int, int, Cell]], limits: Limits) -> list[Row]:
    """Return rows made of filled cells: row and column from 0, value.

    Raises:
        TaskFailed: they span more cells than allowed.
    """
    filled: list[tuple[int, int, Cell]] = []
    for row, column, value in cells:
        if value is not None:
            filled.append((row, column, value))
            if not len(filled) % _LINES_TOGETHER:
                limits.check("max_cells", len(filled), "cells of a sheet")
    height = max((row for row, _, _ in filled), default=-1) + 1
    width = max((column for _, column, _ in filled), default=-1) + 1
    limits.check("max_cells", height * width, "cells of a sheet, from the first to the last")
    rows: list[Row] = [[None] * width for _ in range(height)]
    for row, column, value in filled:
        rows[row][column] = value
    return rows


def number(text: str) -> Cell:
    """Return a number that is written as text, exact if it is whole; the text itself if it is none."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return plain(float(text))
    except (ValueError, OverflowError):
        return text or None


def trimmed(rows: list[Row]) -> list[Row]:
    """Drop the empty rows and columns at the end; all rows have the same length."""
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    width = max((_length(row) for row in rows), default=0)
    if all(len(row) == width for row in rows):
        return rows
    return [row[:width] + [None] * (width - len(row)) for row in rows]


def _length(row: Row) -> int:
    length = len(row)
    while length and row[length - 1] is None:
        length -= 1
    return length


def _with_room_for(spans: Sequence[Span], rows: list[Row]) -> list[Row]:
    """Add the empty cells that a merged range covers beyond the last filled one, unless a range spans a whole sheet."""
    height = max([len(rows), *(last[0] + 1 for _, last in spans)])
    width = max([len(rows[0]) if rows else 0, *(last[1] + 1 for _, last in spans)])
    if not spans or height * width > len(rows) * (len(rows[0]) if rows else 0) + _ROOM_FOR_MERGED:
        return rows
    grown = [row + [None] * (width - len(row)) for row in rows]
    return grown + [[None] * width for _ in range(height - len(rows))]


def _size(rows: list[Row]) -> dict[str, int]:
    return {"rows": len(rows), "columns": len(rows[0]) if rows else 0}


def _index(sheets: Sequence[Sheet], wish: str | int) -> int:
    names = [sheet.name for sheet in sheets]
    if isinstance(wish, str) and wish in names:
        return names.index(wish)
    if isinstance(wish, int) and 1 <= wish <= len(names):
        return wish - 1
    known = ", ".join(names[:20])
    raise TaskFailed(FailureKind.INVALID, f"there is no sheet {wish!r}; there are: {known}", field="sheets")


def _span(first: tuple[int, int], last: tuple[int, int]) -> dict[str, int]:
    return {"row": first[0], "column": first[1], "rows": last[0] - first[0] + 1, "columns": last[1] - first[1] + 1}


def _write_lines(write: Callable[[str], None], heading: str, lines: Iterator[str]) -> None:
    block = [heading]
    for line in lines:
        block.append(line)
        if len(block) >= _LINES_TOGETHER:
            write("".join(block))
            block = []
    write("".join([*block, "\n"]))


def _text_line(row: Row) -> str:
    return "\t".join(map(_shown, row)).rstrip("\t") + "\n"


def _markdown_lines(rows: list[Row]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "| " + " | ".join(_shown(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in row) + " |\n"
        if number == 0:
            yield "|" + " --- |" * len(row) + "\n"


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if cell is True or cell is False:
        return "TRUE" if cell else "FALSE"
    return " ".join(cell.split()) if isinstance(cell, str) else str(cell)

"""Tables written as workbooks."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from typing import Any, BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .cells import Cell, Sheet, as_text
from .options import TableOptions

_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, says Excel
_LONGEST_TEXT = 32_767
_DIGITS_KEPT = 15
_FIRST_DATE = dt.date(1900, 3, 1)  # before it Excel and everybody else disagree
_WIDEST = 60
_MEASURED_ROWS = 1000
_BAD_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))


def write_workbook(sheets: list[Sheet], sink: BinaryIO, options: TableOptions) -> list[str]:
    """Write .xlsx: every value with its type, texts never as formulas; returns what the caller should know."""
    import xlsxwriter

    warnings: list[str] = []
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": os.getcwd(),
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(sink, settings)
    writer = SheetWriter(book, options.header, warnings)
    names: set[str] = set()
    for sheet in sheets:
        writer.sheet(sheet, sheet_name(sheet.name, names))
    book.close()
    return warnings


def sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that Excel accepts and no sheet has yet."""
    base = name.translate(_BAD_IN_NAMES).strip("' ")[:31] or f"Sheet{len(taken) + 1}"
    unique, number = base, 2
    while unique.lower() in taken:
        ending = f" ({number})"
        unique, number = base[: 31 - len(ending)] + ending, number + 1
    taken.add(unique.lower())
    return unique


class SheetWriter:
    """Writes sheets into a workbook."""

    def __init__(self, book: Any, header: bool, warnings: list[str]) -> None:
        self._book = book
        self._header = header
        self._warnings = warnings
        self._bold = book.add_format({"bold": True})
        self._formats = {
            dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            dt.date: book.add_format({"num_format": "yyyy-mm-dd"}),
            dt.time: book.add_format({"num_format": "hh:mm:ss"}),
            dt.timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
        }

    def sheet(self, sheet: Sheet, name: str) -> None:
        """Write one sheet."""
        if len(sheet.rows) > _MOST_ROWS or sheet.width > _MOST_COLUMNS:
            size = f"{len(sheet.rows)} rows and {sheet.width} columns"
            raise TaskFailed(FailureKind.IMPOSSIBLE, f"a sheet has room for 1048576 rows and 16384 columns, not {size}")
        page = self._book.add_worksheet(name)
        self._arrange(page, sheet)
        for number, row in enumerate(sheet.rows):
            bold = self._bold if self._header and number == 0 else None
            for column, cell in enumerate(row):
                self._cell(page, number, column, cell, bold)

    def _arrange(self, page: Any, sheet: Sheet) -> None:
        for column, width in enumerate(_widths(sheet)):
            page.set_column(column, column, width)
        if self._header and len(sheet.rows) > 1:
            page.freeze_panes(1, 0)

    def _cell(self, page: Any, row: int, column: int, cell: Cell, style: Any) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            page.write_boolean(row, column, cell, style)
        elif isinstance(cell, (int, float, Decimal)) and _fits(cell):
            page.write_number(row, column, cell, style)
        elif type(cell) in self._formats and _is_date_of_excel(cell):
            page.write_datetime(row, column, _naive(cell), style or self._formats[type(cell)])
        else:
            self._text(page, row, column, as_text(cell), style)

    def _text(self, page: Any, row: int, column: int, text: str, style: Any) -> None:
        if len(text) > _LONGEST_TEXT:
            self._warn(f"texts longer than {_LONGEST_TEXT} characters were cut, as Excel requires")
            text = text[:_LONGEST_TEXT]
        page.write_string(row, column, text, style)

    def _warn(self, message: str) -> None:
        if message not in self._warnings:
            self._warnings.append(message)


def _fits(number: float | Decimal) -> bool:
    """Whether a spreadsheet keeps every digit; it calculates with 15."""
    if isinstance(number, float):
        return number == number and abs(number) != float("inf")
    if isinstance(number, Decimal):
        return number.is_finite() and len(number.normalize().as_tuple().digits) <= _DIGITS_KEPT
    return abs(number) < 10**_DIGITS_KEPT


def _is_date_of_excel(cell: Any) -> bool:
    if isinstance(cell, dt.datetime):
        return cell.date() >= _FIRST_DATE and cell.tzinfo is None
    if isinstance(cell, dt.date):
        return cell >= _FIRST_DATE
    return not isinstance(cell, dt.timedelta) or cell >= dt.timedelta()


def _naive(cell: Any) -> Any:
    return cell.replace(tzinfo=None) if isinstance(cell, dt.time) else cell


def _widths(sheet: Sheet) -> list[int]:
    widths = [8] * min(sheet.width, _MOST_COLUMNS)
    for row in sheet.rows[:_MEASURED_ROWS]:
        for column, cell in enumerate(row):
            longest = max(map(_characters, as_text(cell).split("\n")))
            widths[column] = min(max(widths[column], longest + 2), _WIDEST)
    return widths


def _characters(line: str) -> int:
    """How many narrow characters a line is as wide as; those of East Asia count twice."""
    return len(line) + sum(ord(letter) > 0x2E80 for letter in line)

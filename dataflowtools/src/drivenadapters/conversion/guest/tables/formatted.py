"""Workbooks with the looks that a request describes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

import xlsxwriter

from .cells import Cell, Sheet
from .workbooks import SheetWriter, sheet_name

if TYPE_CHECKING:
    from .created import Column, Page


def write_formatted(pages: list[Page], sink: BinaryIO, options: dict[str, Any]) -> list[str]:
    """Write .xlsx with the columns' formats, widths and alignment; returns what the caller should know.

    Texts become formulas only where the options say so: a text of unknown origin that begins with an equals sign
    would calculate, link or start something in the reader's program.
    """
    formulas = bool(options.get("formulas"))
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": os.getcwd()}
    book = xlsxwriter.Workbook(sink, settings)
    book.set_properties({name: options[name] for name in ("title", "author", "subject") if options.get(name)})
    taken: set[str] = set()
    warnings: list[str] = []
    for page in pages:
        writer = _FormattedWriter(book, page.columns, warnings, formulas=formulas)
        writer.sheet(page.sheet, sheet_name(page.sheet.name, taken))
    book.close()
    return warnings


class _FormattedWriter(SheetWriter):
    def __init__(self, book: Any, columns: list[Column], warnings: list[str], *, formulas: bool) -> None:
        super().__init__(book, bool(columns), warnings)
        self._columns = columns
        self._formulas = formulas
        self._styles = [self._style(column) for column in columns]

    def _style(self, column: Column) -> Any:
        looks = {"num_format": column.pattern} if column.pattern else {}
        if column.align:
            looks["align"] = column.align
        return self._book.add_format(looks) if looks else None

    def _arrange(self, page: Any, sheet: Sheet) -> None:
        super()._arrange(page, sheet)
        for at, column in enumerate(self._columns):
            if column.width is not None:
                page.set_column(at, at, column.width)
        if self._columns and len(sheet.rows) > 1:
            page.autofilter(0, 0, len(sheet.rows) - 1, len(self._columns) - 1)

    def _cell(self, page: Any, row: int, column: int, cell: Cell, style: Any) -> None:
        style = style or self._style_of(column, cell)
        if self._formulas and isinstance(cell, str) and len(cell) > 1 and cell.startswith("="):
            page.write_formula(row, column, cell, style)
            return
        super()._cell(page, row, column, cell, style)

    def _style_of(self, column: int, cell: Cell) -> Any:
        if column >= len(self._styles):
            return None
        without_format = not self._columns[column].pattern
        return None if without_format and type(cell) in self._formats else self._styles[column]

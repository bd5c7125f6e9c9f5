"""A sheet written anew from its own rows: styles, heights, merged cells and formulas go with them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from .cells import Filled, Formula, Text
from .formulas import RowMap, moved
from .pictures import Picture
from .rows import without_loop_tags


@dataclass(frozen=True)
class PlacedRow:
    """A row of the result: the template's row it comes from, and the values of its templated cells by column."""

    number: int
    values: dict[int, Filled]


@dataclass(frozen=True)
class _Cell:
    value: Any
    style: Any


class SheetCopy:
    """What a sheet held before it is written anew."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._rows: dict[int, dict[int, _Cell]] = {}
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.value is not None or cell.has_style:
                    kept = _Cell(cell.value, copy(cell._style))
                    self._rows.setdefault(cell.row, {})[cell.column] = kept
        self._heights = {number: held.height for number, held in sheet.row_dimensions.items() if held.height}
        self._hidden = {number for number, held in sheet.row_dimensions.items() if held.hidden}
        self._merged = [CellRange(held.coord) for held in sheet.merged_cells.ranges]

    def templates(self, number: int) -> list[tuple[int, str]]:
        """Return the texts of a row's cells that hold tags, by column."""
        found = []
        for column, cell in self._rows.get(number, {}).items():
            if isinstance(cell.value, str) and ("{{" in cell.value or "{%" in cell.value or "{#" in cell.value):
                found.append((column, without_loop_tags(cell.value)))
        return found

    def write(self, placed: list[PlacedRow]) -> list[tuple[str, Picture]]:
        """Write the rows of the result; returns pictures with the cells that they go to."""
        self._clear()
        pictures = []
        rows = RowMap([row.number for row in placed])
        for number, row in enumerate(placed, start=1):
            pictures += self._write_row(number, row, rows)
        for held in self._merged:
            self._merge(held, [row.number for row in placed])
        return pictures

    def _clear(self) -> None:
        for held in list(self._sheet.merged_cells.ranges):
            self._sheet.unmerge_cells(held.coord)
        self._sheet.delete_rows(1, self._sheet.max_row)
        self._sheet.row_dimensions.clear()

    def _write_row(self, number: int, row: PlacedRow, rows: RowMap) -> list[tuple[str, Picture]]:
        pictures = []
        if row.number in self._heights:
            self._sheet.row_dimensions[number].height = self._heights[row.number]
        if row.number in self._hidden:
            self._sheet.row_dimensions[number].hidden = True
        for column, held in self._rows.get(row.number, {}).items():
            value = row.values.get(column, held.value)
            if isinstance(value, Picture):
                pictures.append((f"{get_column_letter(column)}{number}", value))
                value = None
            if isinstance(value, str) and value.startswith("=") and column not in row.values:
                value = moved(value, row.number, number, rows)
            self._write_cell(number, column, value, held.style)
        return pictures

    def _write_cell(self, number: int, column: int, value: Any, style: Any) -> None:
        cell = self._sheet.cell(number, column)
        cell._style = copy(style)
        cell.value = value.value if isinstance(value, (Formula, Text)) else value
        if isinstance(value, Text):
            cell.data_type = "s"  # a text of the data never becomes a formula

    def _merge(self, held: CellRange, numbers: list[int]) -> None:
        """Merge the same cells wherever all rows of the range follow one another."""
        wanted = list(range(held.min_row, held.max_row + 1))
        for start in range(len(numbers) - len(wanted) + 1):
            if numbers[start : start + len(wanted)] == wanted:
                self._sheet.merge_cells(
                    start_row=start + 1,
                    end_row=start + len(wanted),
                    start_column=held.min_col,
                    end_column=held.max_col,
                )

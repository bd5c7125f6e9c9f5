"""Cells of a workbook whose formulas failed: the fast reader gives them as empty, which would drop them in silence."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

_MARK = b't="e"'
_CHUNK = 1 << 20
_MOST_BYTES = 2 << 30  # of the sheets, inflated: a bomb ends here
_XLS = b"\xd0\xcf\x11\xe0"
_MOST_CELLS = 100_000


def error_cells(file: BinaryIO, sheet: str) -> list[tuple[int, int, str]]:
    """Return row and column, from 0, and the text of each; nothing where the second reader cannot read the file."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    try:
        found = _of_xls(file, sheet) if head == _XLS else _of_xlsx(file, sheet)
        return [cell for cell, _ in zip(found, range(_MOST_CELLS), strict=False)]
    except Exception:  # noqa: BLE001 - the first reader could read it, and only this remark is lost
        return []


def _of_xlsx(file: BinaryIO, sheet: str) -> Iterator[tuple[int, int, str]]:
    if not _any_marked(file):
        return
    import openpyxl

    file.seek(0)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    for row in book[sheet].iter_rows():
        for cell in row:
            if cell.data_type == "e":
                yield cell.row - 1, cell.column - 1, str(cell.value)


def _any_marked(file: BinaryIO) -> bool:
    left = _MOST_BYTES
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if not (name.startswith("xl/worksheets/") and name.endswith(".xml")):
                continue
            tail = b""
            with archive.open(name) as member:
                while left > 0 and (chunk := member.read(_CHUNK)):
                    left -= len(chunk)
                    if _MARK in tail + chunk:
                        return True
                    tail = chunk[-len(_MARK) :]
    return False


def _of_xls(file: BinaryIO, sheet: str) -> Iterator[tuple[int, int, str]]:
    import xlrd

    book: Any = xlrd.open_workbook(file_contents=file.read(), on_demand=True, logfile=_Nowhere())
    cells = book.sheet_by_name(sheet)
    for row in range(cells.nrows):
        for place, kind in enumerate(cells.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                yield row, place, xlrd.error_text_from_code.get(cells.cell_value(row, place), "#ERROR")


class _Nowhere:
    """Where xlrd's remarks go."""

    def write(self, _: str) -> int:
        """Forget."""
        return 0

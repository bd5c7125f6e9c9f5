"""Tables in PDF pages: by ruling lines where there are any, else by the gaps between words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pdfplumber
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException

from .answer import Cell
from .document import Document

_FEWEST_ROWS = 3
_LONGEST_GAP = 2.2  # lines between two rows of a table, in heights of its text
_GAP = 1.2  # between two cells, in sizes of the text
_MOST_PROSE = 0.35  # of the rows may have a single cell
_FEWEST_LINES = 3
_BROKEN = (
    PDFException,
    PSException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
    ArithmeticError,
)

Box = tuple[float, float, float, float]
TextAt = Callable[[Box], str]


@dataclass
class FoundTable:
    """A table, where it is on its page, and how sure that is."""

    rows: list[list[Cell]]
    box: Box
    method: str
    confidence: float
    merged: list[dict[str, int]] = field(default_factory=list)


class TableFinder:
    """Finds the tables of one document, page by page; nothing of a page stays in memory."""

    def __init__(self, document: Document) -> None:
        self._pdf = pdfplumber.open(document.rewind(), password=document.password or None)

    @classmethod
    @contextlib.contextmanager
    def of(cls, document: Document) -> Iterator[TableFinder | None]:
        """Hold a finder; None for what PDFium can open and pdfminer cannot."""
        try:
            finder = cls(document)
        except _BROKEN:
            yield None
            return
        try:
            yield finder
        finally:
            finder._pdf.close()

    def find(self, number: int, text_at: TextAt) -> list[FoundTable]:
        """Return the tables of a page, from top to bottom.

        Args:
            number: of the page, from 1.
            text_at: gives PDFium's text in a box, which has the blanks right where letters stand far apart.
        """
        page = self._pdf.pages[number - 1]
        try:
            ruled = _ruled(page, text_at)
            found = ruled + _aligned(page, ruled)
        except _BROKEN:
            return []
        finally:
            page.close()
        return sorted(found, key=lambda table: table.box[1])


def _ruled(page: Any, text_at: TextAt) -> list[FoundTable]:
    if len(page.lines) + len(page.rects) + len(page.curves) < _FEWEST_LINES:
        return []
    found = []
    for table in page.find_tables():
        boxes = [row.cells for row in table.rows]
        rows = [
            [_better(text, box, text_at) for text, box in zip(texts, row, strict=False)]
            for texts, row in zip(table.extract(), boxes, strict=False)
        ]
        if len(rows) > 1 and max(map(len, rows)) > 1 and any(cell for row in rows for cell in row):
            filled = sum(bool(cell) for row in rows for cell in row) / sum(map(len, rows))
            found.append(FoundTable(rows, table.bbox, "lines", round(0.8 + 0.19 * filled, 2), _spans(table)))
    return found


def _better(text: str | None, box: Box | None, text_at: TextAt) -> Cell:
    if text is None or box is None:
        return None
    other = text_at(box)
    return other if "".join(other.split()) == "".join(text.split()) else text.strip()


def _spans(table: Any) -> list[dict[str, int]]:
    """Return the cells that cover several rows or columns of the grid of all edges."""
    lefts = sorted({round(cell[0]) for cell in table.cells})
    tops = sorted({round(cell[1]) for cell in table.cells})
    found = []
    for left, top, right, bottom in table.cells:
        columns = sum(1 for edge in lefts if round(left) <= edge < round(right) - 1)
        rows = sum(1 for edge in tops if round(top) <= edge < round(bottom) - 1)
        if columns > 1 or rows > 1:
            place = {"row": tops.index(round(top)), "column": lefts.index(round(left))}
            found.append({**place, "rows": max(1, rows), "columns": max(1, columns)})
    return found


@dataclass
class _Cells:
    cells: list[tuple[float, float, str]]  # left, right, text
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def _aligned(page: Any, ruled: list[FoundTable]) -> list[FoundTable]:
    words = [word for word in page.extract_words(keep_blank_chars=False) if not _inside(word, ruled)]
    found = []
    for block in _blocks(_lines(words)):
        table = _table(block)
        if table is not None:
            found.append(table)
    return found


def _inside(word: dict[str, Any], tables: list[FoundTable]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in (table.box for table in tables))


def _lines(words: list[dict[str, Any]]) -> list[_Cells]:
    """Group words by height, and join those of a line that stand as close as words do."""
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: (word["top"], word["x0"])):
        if lines and abs(lines[-1][0]["top"] - word["top"]) < 0.5 * (word["bottom"] - word["top"]):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_split(sorted(line, key=lambda word: word["x0"])) for line in lines]


def _split(line: list[dict[str, Any]]) -> _Cells:
    size = median(word["bottom"] - word["top"] for word in line)
    cells: list[tuple[float, float, str]] = []
    for word in line:
        if cells and word["x0"] - cells[-1][1] < _GAP * size:
            cells[-1] = (cells[-1][0], word["x1"], f"{cells[-1][2]} {word['text']}")
        else:
            cells.append((word["x0"], word["x1"], word["text"]))
    return _Cells(cells, min(word["top"] for word in line), max(word["bottom"] for word in line))


def _blocks(lines: list[_Cells]) -> list[list[_Cells]]:
    """Return runs of lines with several cells each; single ones inside a run belong to it."""
    blocks: list[list[_Cells]] = []
    current: list[_Cells] = []
    for line in lines:
        far = current and line.top - current[-1].bottom > _LONGEST_GAP * max(line.height, 1)
        if far or (len(line.cells) == 1 and (not current or len(current[-1].cells) == 1)):
            blocks.append(current)
            current = []
        if len(line.cells) > 1 or current:
            current.append(line)
    return [block for block in [*blocks, current] if block]


def _table(block: list[_Cells]) -> FoundTable | None:
    while block and len(block[-1].cells) == 1:
        block = block[:-1]
    if len(block) < _FEWEST_ROWS:
        return None
    columns = _columns(block)
    single = sum(len(line.cells) == 1 for line in block) / len(block)
    if len(columns) < 2 or single > _MOST_PROSE:
        return None
    rows, fitting = [], 0
    for line in block:
        row, fits = _row(line, columns)
        rows.append(row)
        fitting += fits
    filled = sum(cell is not None for row in rows for cell in row) / (len(rows) * len(columns))
    confidence = round(0.75 * (fitting / len(rows)) * min(1.0, 0.4 + filled) * (1 - single), 2)
    if confidence < 0.3:
        return None
    lefts, rights = [line.cells[0][0] for line in block], [line.cells[-1][1] for line in block]
    return FoundTable(rows, (min(lefts), block[0].top, max(rights), block[-1].bottom), "alignment", confidence)


def _columns(block: list[_Cells]) -> list[tuple[float, float]]:
    """Return the spans on the page that cells of full lines share; a gap between them is empty in most lines."""
    usual = median(len(line.cells) for line in block)
    spans: list[tuple[float, float]] = []
    full = [cell for line in block if len(line.cells) >= usual for cell in line.cells]
    for left, right, _ in sorted(full):
        if spans and left < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], right))
        else:
            spans.append((left, right))
    return spans


def _row(line: _Cells, columns: list[tuple[float, float]]) -> tuple[list[Cell], bool]:
    row: list[Cell] = [None] * len(columns)
    fits = True
    for left, right, text in line.cells:
        overlaps = [min(right, end) - max(left, start) for start, end in columns]
        place = max(range(len(columns)), key=overlaps.__getitem__)
        fits &= row[place] is None and sum(overlap > 0 for overlap in overlaps) <= 1
        row[place] = text if row[place] is None else f"{row[place]} {text}"
    return row, fits

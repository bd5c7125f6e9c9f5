"""Tables in PDF pages: by ruling lines where there are any, else by the gaps between words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

import pypdfium2 as pdfium

from .answer import Cell
from .lattice import Lattice, LatticeCell, lattices
from .pdf_geometry import Edge, Upright, Word, edges, words

_FEWEST_ROWS = 3
_LONGEST_GAP = 2.2  # lines between two rows of a table, in heights of its text
_GAP = 1.0  # between two cells, in heights of the text
_MOST_SINGLE = 0.35  # of the rows may have but one cell
_LEAST_CONFIDENCE = 0.3
_LABEL = re.compile(r"[^\w\s]|\(?\w{1,3}[.)]")  # a bullet or the number of an item
_FEWEST_COMMON = 4  # cells of a row that may hold several rows
_MOST_COMPLETE = 0.8
_NEAR = 3.0  # points
_FEWEST_ENCLOSED = 0.5  # of a lattice by its cells

Box = tuple[float, float, float, float]


@dataclass
class FoundTable:
    """A table, where it is on its page, and how sure that is."""

    rows: list[list[Cell]]
    box: Box
    method: str
    confidence: float
    merged: list[dict[str, int]] = field(default_factory=list)


def find_tables(page: pdfium.PdfPage) -> list[FoundTable]:
    """Return the tables of a page, from top to bottom."""
    textpage = page.get_textpage()
    try:
        upright = Upright(page, textpage)
        found_words, found_edges = words(textpage, upright), edges(page, upright)
    finally:
        textpage.close()
    return _tables(found_words, found_edges)


def _tables(found_words: list[Word], found_edges: list[Edge]) -> list[FoundTable]:
    ruled: list[FoundTable] = []
    for lattice in lattices(found_edges):
        table = _ruled(lattice, found_words)
        if table is not None:
            ruled.append(table)
    outermost = [table for table in ruled if not any(_within(table.box, other.box) for other in ruled)]
    free = [word for word in found_words if not any(_is_inside(word, table.box) for table in outermost)]
    aligned = [table for block in _blocks(_lines(free)) if (table := _aligned(block)) is not None]
    return sorted([*outermost, *aligned], key=lambda table: table.box[1])


def _ruled(lattice: Lattice, found_words: list[Word]) -> FoundTable | None:
    if lattice.rows * lattice.columns < 2 or lattice.columns < 2 or len({cell.row for cell in lattice.cells}) < 2:
        return None
    box = lattice.box
    contents = _contents(lattice.cells, [word for word in found_words if _is_inside(word, box)])
    filled = sum(bool(lines) for lines in contents.values()) / len(contents)
    covered = sum(cell.rows * cell.columns for cell in lattice.cells) / (lattice.rows * lattice.columns)
    if not filled or covered < _FEWEST_ENCLOSED:
        return None
    rows: list[list[Cell]] = []
    begins: list[int] = []  # the row of the answer in which a row of the lattice begins
    for number in range(lattice.rows):
        begins.append(len(rows))
        rows += _rows({cell: lines for cell, lines in contents.items() if cell.row == number}, lattice.columns)
    merged = [_span(cell, begins, len(rows)) for cell in lattice.cells if cell.rows > 1 or cell.columns > 1]
    sureness = 0.7 + 0.2 * filled + 0.1 * covered - (0.1 if len(rows) > lattice.rows else 0)
    return FoundTable(rows, box, "lines", round(min(0.99, sureness), 2), merged)


def _rows(contents: dict[LatticeCell, list[_Line]], columns: int) -> list[list[Cell]]:
    """Return the rows of a row of the lattice: several where its cells hold as many lines, one beside the other."""
    heights = _common_heights(contents) or [0.0]
    rows: list[list[Cell]] = [[None] * columns for _ in heights]
    for cell, lines in contents.items():
        if len(heights) == 1:
            rows[0][cell.column] = "\n".join(line.text for line in lines)
            continue
        for line in lines:
            place = min(range(len(heights)), key=lambda index, line=line: abs(heights[index] - line.middle))  # type: ignore[misc]
            rows[place][cell.column] = line.text
    return rows


def _common_heights(contents: dict[LatticeCell, list[_Line]]) -> list[float]:
    """Return the heights of the lines that most cells of a row have in common; none where it is one row."""
    filled = [lines for lines in contents.values() if lines]
    most = max(map(len, filled), default=0)
    if len(filled) < _FEWEST_COMMON or most < 2 or any(cell.rows > 1 or cell.columns > 1 for cell in contents):
        return []
    longest = next(lines for lines in filled if len(lines) == most)
    heights = [line.middle for line in longest]
    complete = sum(len(lines) == most for lines in filled) / len(filled)
    aligned = all(min(abs(line.middle - height) for height in heights) < _NEAR for lines in filled for line in lines)
    return heights if complete >= _MOST_COMPLETE and aligned else []


def _span(cell: LatticeCell, begins: list[int], count: int) -> dict[str, int]:
    ends = [*begins, count]
    first, last = ends[cell.row], ends[cell.row + cell.rows]
    return {"row": first, "column": cell.column, "rows": last - first, "columns": cell.columns}


@dataclass(frozen=True)
class _Line:
    text: str
    middle: float


def _contents(cells: Iterable[LatticeCell], inside: list[Word]) -> dict[LatticeCell, list[_Line]]:
    """Return the lines of text in each cell."""
    found: dict[LatticeCell, list[Word]] = {cell: [] for cell in cells}
    by_top = sorted(found, key=lambda cell: cell.box[1])
    tops = [cell.box[1] for cell in by_top]
    for word in inside:
        above = by_top[: bisect_right(tops, _middle(word))]
        owner = next((cell for cell in reversed(above) if _is_inside(word, cell.box)), None)
        if owner is not None:
            found[owner].append(word)
    return {
        cell: [_Line(_line_text(line), _middle(line[0])) for line in _by_height(held)] for cell, held in found.items()
    }


def _is_inside(word: Word, box: Box) -> bool:
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _within(inner: Box, outer: Box) -> bool:
    return inner != outer and (
        outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
    )


def _by_height(found: Iterable[Word]) -> list[list[Word]]:
    """Return words in lines, each from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(found, key=lambda word: (word.top + word.bottom, word.left)):
        if lines and abs(_middle(lines[-1][0]) - _middle(word)) < 0.5 * min(word.height, lines[-1][0].height):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.left) for line in lines]


def _middle(word: Word) -> float:
    return (word.top + word.bottom) / 2


def _line_text(line: list[Word]) -> str:
    return " ".join(word.text for word in line)


@dataclass
class _Cells:
    """A line of text, cut where the gaps are wide."""

    cells: list[tuple[float, float, str]]  # left, right, text
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def _lines(found: list[Word]) -> list[_Cells]:
    return [_cut(line) for line in _by_height(found)]


def _cut(line: list[Word]) -> _Cells:
    height = median(word.height for word in line)
    cells: list[tuple[float, float, str]] = []
    for word in line:
        if cells and word.left - cells[-1][1] < _GAP * height:
            cells[-1] = (cells[-1][0], max(cells[-1][1], word.right), f"{cells[-1][2]} {word.text}")
        else:
            cells.append((word.left, word.right, word.text))
    return _Cells(cells, min(word.top for word in line), max(word.bottom for word in line))


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


def _aligned(block: list[_Cells]) -> FoundTable | None:
    while block and len(block[-1].cells) == 1:
        block = block[:-1]
    if len(block) < _FEWEST_ROWS:
        return None
    columns = _columns(block)
    single = sum(len(line.cells) == 1 for line in block) / len(block)
    if len(columns) < 2 or single > _MOST_SINGLE:
        return None
    placed = [_row(line, columns) for line in block]
    rows = [row for row, _ in placed]
    if _is_list(rows):
        return None
    fitting = sum(fits for _, fits in placed) / len(placed)
    filled = sum(cell is not None for row in rows for cell in row) / (len(rows) * len(columns))
    confidence = round(0.8 * fitting * min(1.0, 0.4 + filled) * (1 - single), 2)
    if confidence < _LEAST_CONFIDENCE:
        return None
    left, right = min(line.cells[0][0] for line in block), max(line.cells[-1][1] for line in block)
    return FoundTable(rows, (left, block[0].top, right, block[-1].bottom), "alignment", confidence)


def _is_list(rows: list[list[Cell]]) -> bool:
    """Whether it is a list, whose bullets or numbers stand apart from its text."""
    if len(rows[0]) != 2:
        return False
    return all(row[0] is None or _LABEL.fullmatch(str(row[0])) for row in rows)


def _columns(block: list[_Cells]) -> list[tuple[float, float]]:
    """Return the spans on the page that cells of full lines share; a gap between them is empty in most lines."""
    usual = median(len(line.cells) for line in block)
    spans: list[tuple[float, float]] = []
    for left, right, _ in sorted(cell for line in block if len(line.cells) >= usual for cell in line.cells):
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

"""The order in which people read the lines of a page: columns from left to right, each from top to bottom."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_FEWEST_LINES = 8  # of a page that is worth looking for columns on
_FEWEST_IN_COLUMN = 4
_DEEPEST = 6
_TRIED = 5  # gaps that may be looked at closely
_PROSE = 18  # characters of a usual line of a column; cells of a table are shorter
_PROSE_IDEOGRAPHS = 8
_FILLED = 0.6  # of a column's width by its usual line
_MOST_DIGITS = 0.3


@dataclass
class Line:
    """A line of text and where it is, in points from the top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float = 0.0

    @property
    def middle(self) -> float:
        """Its height on the page."""
        return (self.top + self.bottom) / 2


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return lines in the order of reading."""
    return [line for block in _cut(list(lines), 0) for line in _rows(block)]


def _cut(lines: list[Line], depth: int) -> list[list[Line]]:
    if len(lines) < _FEWEST_LINES or depth > _DEEPEST:
        return [lines]
    gutter = _gutter(lines)
    if gutter is None:
        return [lines]
    across = [line for line in lines if line.left < gutter < line.right]
    beside = [line for line in lines if not line.left < gutter < line.right]
    blocks: list[list[Line]] = []
    before = float("-inf")
    for line in sorted(across, key=lambda line: line.middle):
        blocks += _columns(beside, before, line.middle, gutter, depth)
        blocks.append([line])
        before = line.middle
    return blocks + _columns(beside, before, float("inf"), gutter, depth)


def _columns(lines: list[Line], top: float, bottom: float, gutter: float, depth: int) -> list[list[Line]]:
    within = [line for line in lines if top <= line.middle < bottom]
    sides = ([line for line in within if line.right <= gutter], [line for line in within if line.left >= gutter])
    return [block for side in sides if side for block in _cut(side, depth + 1)]


def _gutter(lines: list[Line]) -> float | None:
    """Return the middle of the widest gap between two columns of prose, if there is one."""
    height = median(line.bottom - line.top for line in lines)
    edges = sorted({line.right for line in lines})
    lefts = sorted({line.left for line in lines})
    most_across = len(lines) * 0.12
    found: list[tuple[float, float]] = []
    for edge in edges:
        following = bisect_right(lefts, edge)
        if following == len(lefts) or lefts[following] - edge < 0.6 * height:
            continue
        place = (edge + lefts[following]) / 2
        across = sum(1 for line in lines if line.left < place < line.right)
        if across <= most_across:
            found.append(((lefts[following] - edge) / height - 3 * across, place))
    likely = sorted(found, reverse=True)[:_TRIED]
    return next((place for _, place in likely if _divides_prose(lines, place, height)), None)


def _divides_prose(lines: list[Line], place: float, height: float) -> bool:
    left = [line for line in lines if line.right <= place]
    right = [line for line in lines if line.left >= place]
    if min(len(left), len(right)) < _FEWEST_IN_COLUMN:
        return False
    lowest = min(max(line.bottom for line in side) for side in (left, right))
    highest = max(min(line.top for line in side) for side in (left, right))
    overlap = lowest - highest
    return overlap > 4 * height and _is_prose(left) and _is_prose(right)


def _is_prose(column: list[Line]) -> bool:
    text = "".join(line.text for line in column)
    ideographs = sum("\u3040" <= character <= "\u9fff" for character in text) > 0.3 * len(text)
    digits = sum(character.isdigit() for character in text)
    width = max(line.right for line in column) - min(line.left for line in column)
    widths = sorted(line.right - line.left for line in column)
    usual = widths[int(len(widths) * 0.6)]
    long_enough = median(len(line.text) for line in column) >= (_PROSE_IDEOGRAPHS if ideographs else _PROSE)
    return long_enough and usual >= _FILLED * width and digits <= _MOST_DIGITS * len(text)


def _rows(lines: list[Line]) -> list[Line]:
    """Sort by height, and join what stands at one height, from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        last = rows[-1][0] if rows else None
        if last is not None and abs(line.middle - last.middle) < 0.4 * min(
            line.bottom - line.top, last.bottom - last.top
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_joined(sorted(row, key=lambda line: line.left)) for row in rows]


def _joined(row: list[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    return Line(
        " ".join(line.text for line in row),
        row[0].left,
        min(line.top for line in row),
        row[-1].right,
        max(line.bottom for line in row),
        max(line.size for line in row),
    )

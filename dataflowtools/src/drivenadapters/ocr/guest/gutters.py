"""The white space between columns of prose, told from that between the cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drivenadapters.ocr.guest.pieces import Piece, is_chinese

Rows = Callable[[Sequence[Piece]], list[list[Piece]]]

# Lengths are in heights of a line, shares are of a whole.
_NARROWEST_PAGE = 8
_MARGIN = 0.12
_TOUCH = 0.1
_STEP = 0.25
_NARROWEST_GUTTER = 0.6
_MOST_CROSSING = 0.12
_FEWEST_ROWS = 4
_LEAST_OVERLAP = 4
_FILLED = 0.6
_MOST_DIGITS = 0.3
_MOST_PIECES_A_ROW = 1.6
_PROSE_LETTERS = 18
_PROSE_IDEOGRAPHS = 8
_CROSSING_COSTS = 3


@dataclass(frozen=True)
class _Run:
    """A stretch of places for a gutter that the same number of pieces cross."""

    middle: float
    width: float
    crossing: int


def find_gutter(pieces: Sequence[Piece], height: float, rows: Rows) -> float | None:
    """Return where a page of prose divides into two columns; None if it does not."""
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    if right - left < _NARROWEST_PAGE * height:
        return None
    shortest = _PROSE_IDEOGRAPHS if is_chinese("".join(piece.text for piece in pieces)) else _PROSE_LETTERS
    best: tuple[float, float] | None = None
    for run in _runs(pieces, left, right, height):
        if run.width < _NARROWEST_GUTTER * height:
            continue
        sides = _Sides(pieces, run.middle, height, rows)
        if sides.are_prose((left, right), height, shortest):
            score = run.width / height - _CROSSING_COSTS * run.crossing
            if best is None or score > best[0]:
                best = (score, run.middle)
    return best[1] if best else None


def _runs(pieces: Sequence[Piece], left: float, right: float, height: float) -> Iterator[_Run]:
    step = max(1.0, height * _STEP)
    margin = _MARGIN * (right - left)
    places = np.arange(left + margin, right - margin, step)
    starts = np.array([piece.left for piece in pieces]) + _TOUCH * height
    ends = np.array([piece.right for piece in pieces]) - _TOUCH * height
    crossing: Any = ((starts < places[:, None]) & (ends > places[:, None])).sum(axis=1)
    first = 0
    for place in range(1, len(places) + 1):
        if place < len(places) and crossing[place] == crossing[first]:
            continue
        if crossing[first] <= int(_MOST_CROSSING * len(pieces)):
            length = places[place - 1] - places[first]
            yield _Run((places[first] + places[place - 1]) / 2, length + step, int(crossing[first]))
        first = place


class _Sides:
    """What is left and right of a place for a gutter."""

    def __init__(self, pieces: Sequence[Piece], gutter: float, height: float, rows: Rows) -> None:
        self._gutter = gutter
        self._pieces = (
            [piece for piece in pieces if piece.right <= gutter + _TOUCH * height],
            [piece for piece in pieces if piece.left >= gutter - _TOUCH * height],
        )
        self._divide = rows
        self._rows = tuple(rows(side) for side in self._pieces)

    def are_prose(self, page: tuple[float, float], height: float, shortest: int) -> bool:
        """Whether both sides are columns of running text, next to each other."""
        if min(len(side) for side in self._rows) < _FEWEST_ROWS:
            return False
        room = (self._gutter - page[0], page[1] - self._gutter)
        return (
            self._overlap() > _LEAST_OVERLAP * height
            and all(
                self._filled(side) > _FILLED * max(1.0, width) for side, width in zip(self._rows, room, strict=True)
            )
            and all(np.median([len(piece.text) for piece in side]) >= shortest for side in self._pieces)
            and all(_digits(side) < _MOST_DIGITS for side in self._pieces)
            and all(
                len(side) < _MOST_PIECES_A_ROW * len(lines) or find_gutter(side, height, self._divide) is not None
                for side, lines in zip(self._pieces, self._rows, strict=True)
            )
        )

    def _overlap(self) -> float:
        """How much of the page's height both sides share."""
        top = max(min(piece.top for piece in side) for side in self._pieces)
        return min(max(piece.bottom for piece in side) for side in self._pieces) - top

    @staticmethod
    def _filled(lines: list[list[Piece]]) -> float:
        """How wide most rows of a side are: prose fills its column, cells do not."""
        widths = [max(piece.right for piece in row) - min(piece.left for piece in row) for row in lines]
        return float(np.percentile(widths, 60))


def _digits(pieces: Sequence[Piece]) -> float:
    letters = "".join(piece.text for piece in pieces)
    return sum(letter.isdigit() for letter in letters) / max(1, len(letters))

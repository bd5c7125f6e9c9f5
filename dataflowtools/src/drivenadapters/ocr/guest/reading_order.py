"""The order in which people read the pieces of text on a page: rows, columns of prose, and vertical writing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drivenadapters.ocr.guest.gutters import find_gutter
from drivenadapters.ocr.guest.pieces import Piece

Row = list[Piece]
Block = list[Row]

_SAME_ROW = 0.5  # of the height: how far apart the middles of neighbours may be
_MOSTLY_VERTICAL = 0.6
_FEWEST_TO_CUT = 8
_DEEPEST = 6
_FEWEST_VERTICAL = 3


def arrange(pieces: Sequence[Piece], *, rows_only: bool = False) -> list[Block]:
    """Return blocks of rows of pieces in reading order.

    Args:
        pieces: of one page.
        rows_only: go from top to bottom across the whole page, as forms and receipts are read.
    """
    if not pieces:
        return []
    if rows_only:
        return [rows(pieces)]
    vertical = [piece for piece in pieces if piece.is_vertical]
    if len(vertical) > _MOSTLY_VERTICAL * len(pieces):
        return [columns(pieces)]
    height = float(np.median([piece.height for piece in pieces]))
    if len(vertical) < _FEWEST_VERTICAL:
        return [rows(part) for part in _cut(list(pieces), height, 0)]
    level = [piece for piece in pieces if not piece.is_vertical]
    blocks = [rows(part) for part in _cut(level, height, 0)]
    return sorted([*blocks, columns(vertical)], key=lambda block: min(piece.top for row in block for piece in row))


def rows(pieces: Sequence[Piece]) -> Block:
    """Group pieces whose middles are level, each row from left to right."""
    found: list[tuple[list[float], Row]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle[1]):
        middle = piece.middle[1]
        if found:
            (level, height), row = found[-1]
            if abs(middle - level) < _SAME_ROW * min(piece.height, height):
                row.append(piece)
                found[-1][0][0] += (middle - level) / len(row)
                continue
        found.append(([middle, piece.height], [piece]))
    return [sorted(row, key=lambda piece: piece.left) for _, row in found]


def columns(pieces: Sequence[Piece]) -> Block:
    """Group pieces that stand below one another, columns from right to left, each from top to bottom."""
    found: list[tuple[list[float], Row]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.middle[0]):
        middle = piece.middle[0]
        if found:
            (line, width), column = found[-1]
            if abs(middle - line) < _SAME_ROW * min(piece.width, width):
                column.append(piece)
                found[-1][0][0] += (middle - line) / len(column)
                continue
        found.append(([middle, piece.width], [piece]))
    return [sorted(column, key=lambda piece: piece.top) for _, column in found]


def _cut(pieces: list[Piece], height: float, depth: int) -> list[list[Piece]]:
    """Divide a page at its gutter, and each side again; what spans the gutter divides the page from top to bottom."""
    if len(pieces) < _FEWEST_TO_CUT or depth > _DEEPEST:
        return [pieces]
    gutter = find_gutter(pieces, height, rows)
    if gutter is None:
        return [pieces]
    spanning = [piece for piece in pieces if piece.left < gutter - 0.1 * height and piece.right > gutter + 0.1 * height]
    beside = [piece for piece in pieces if piece not in spanning]
    parts: list[list[Piece]] = []
    above = -np.inf
    for row in rows(spanning):
        level = sum(piece.middle[1] for piece in row) / len(row)
        parts += _sides(beside, gutter, (above, level), height, depth)
        parts.append(row)
        above = level
    return parts + _sides(beside, gutter, (above, np.inf), height, depth)


def _sides(
    pieces: list[Piece], gutter: float, band: tuple[float, float], height: float, depth: int
) -> list[list[Piece]]:
    """Return the parts of a band of the page, those left of the gutter first."""
    within = [piece for piece in pieces if band[0] <= piece.middle[1] < band[1]]
    sides = (
        [piece for piece in within if piece.middle[0] < gutter],
        [piece for piece in within if piece.middle[0] >= gutter],
    )
    return [part for side in sides if side for part in _cut(side, height, depth + 1)]

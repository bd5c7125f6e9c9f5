"""Tables whose cells are ruled: the grid from the rules, the text from the words within."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from drivenadapters.ocr.guest.geometry import sides
from drivenadapters.ocr.guest.rules import Rules, find_rules, join_close
from drivenadapters.ocr.guest.words import Word

Pixels = Any
Matrix = Any

_SIDE = 2000  # pixels in which rules are looked for
_LEVEL = 0.2  # degrees of skew that do not matter
_RULED = 0.6  # of the length of a cell's side: there is a rule
_FEWEST = 2  # rows and columns
_LONGER = 1.6  # times as long as text is high: a rule, no stroke of a letter
_ROOM = 0.8
_SMALLEST = 8  # pixels: closer rules are one


@dataclass(frozen=True)
class Cell:
    """A cell: its place in the grid, and its box in pixels of the levelled picture."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: tuple[int, int, int, int]


def find_tables(pixels: Pixels, skew: float, lines: Sequence[Sequence[Word]]) -> list[dict[str, Any]]:
    """Return the ruled tables of a page, from top to bottom, ready for JSON.

    Args:
        skew: degrees by which its text falls to the right.
        lines: its words by lines, in reading order.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    levelled = _levelling(width, height, scale, skew)
    small = cv2.warpAffine(
        cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY),
        levelled,
        (round(width * scale), round(height * scale)),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    middles = [[_apply(levelled, word.quad.mean(axis=0)) for word in line] for line in lines]
    back = cv2.invertAffineTransform(levelled)
    tables = []
    for rules in find_rules(small, _LONGER * _text_height(lines) * scale):
        cells = _cells(rules)
        texts = _texts(cells, lines, middles)
        if _is_table(cells, texts, _text_height(lines) * scale):
            tables.append(_described(cells, texts, back, (width, height)))
    return tables


def _is_table(cells: Sequence[Cell], texts: Sequence[str], text_height: float) -> bool:
    """Whether it is a table, and no letter, frame or picture: cells have room for text, and several have some."""
    filled = [cell for cell, text in zip(cells, texts, strict=True) if text]
    if min(len({cell.row for cell in filled}), len({cell.column for cell in filled})) < _FEWEST:
        return False
    return bool(np.median([cell.box[3] - cell.box[1] for cell in cells]) > _ROOM * text_height)


def _text_height(lines: Sequence[Sequence[Word]]) -> float:
    """Return the typical height of words, in pixels of the page."""
    heights = [min(sides(word.quad)) for line in lines for word in line]
    return float(np.median(heights)) if heights else 0.0


def _levelling(width: int, height: int, scale: float, skew: float) -> Matrix:
    """Return what shrinks a picture and turns it so that its text is level."""
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), skew if abs(skew) > _LEVEL else 0.0, scale)
    turned[0, 2] += (scale - 1) * width / 2
    turned[1, 2] += (scale - 1) * height / 2
    return turned


def _apply(matrix: Matrix, point: Any) -> Any:
    return matrix[:, :2] @ np.asarray(point) + matrix[:, 2]


def _cells(rules: Rules) -> list[Cell]:
    """Return the cells of a grid; where a rule is missing, neighbours are one cell. None if it is no table."""
    downs, acrosses = (join_close(places, _SMALLEST) for places in rules.places())
    if len(downs) <= _FEWEST or len(acrosses) <= _FEWEST:
        return []
    taken = np.zeros((len(downs) - 1, len(acrosses) - 1), bool)
    cells = []
    for row, column in np.ndindex(taken.shape):
        if taken[row, column]:
            continue
        wide, high = _extent(rules, downs, acrosses, taken, (row, column))
        taken[row : row + high, column : column + wide] = True
        box = (acrosses[column], downs[row], acrosses[column + wide], downs[row + high])
        cells.append(Cell(row, column, high, wide, box))
    return cells


def _extent(rules: Rules, downs: list[int], acrosses: list[int], taken: Any, place: tuple[int, int]) -> tuple[int, int]:
    """Return how many columns and rows a cell takes: it goes on until there is a rule."""
    row, column = place
    wide = 1
    while (
        column + wide < taken.shape[1]
        and not taken[row, column + wide]
        and rules.down_share(acrosses[column + wide], downs[row], downs[row + 1]) < _RULED
    ):
        wide += 1
    high = 1
    while row + high < taken.shape[0] and not taken[row + high, column : column + wide].any():
        edge = downs[row + high]
        if rules.across_share(edge, acrosses[column], acrosses[column + wide]) >= _RULED:
            break
        high += 1
    return wide, high


def _texts(cells: Sequence[Cell], lines: Sequence[Sequence[Word]], middles: Sequence[Sequence[Any]]) -> list[str]:
    """Return what each cell says: a line that crosses rules is divided among the cells its words are in."""
    parts: list[list[str]] = [[] for _ in cells]
    for words, places in zip(lines, middles, strict=True):
        for number, text in _shares(cells, words, places):
            parts[number].append(text)
    return ["\n".join(part) for part in parts]


def _shares(cells: Sequence[Cell], words: Sequence[Word], places: Sequence[Any]) -> Iterator[tuple[int, str]]:
    found: dict[int, list[str]] = {}
    for word, place in zip(words, places, strict=True):
        for number, cell in enumerate(cells):
            left, top, right, bottom = cell.box
            if left <= place[0] < right and top <= place[1] < bottom:
                found.setdefault(number, []).append(word.text)
                break
    for number, texts in found.items():
        yield number, " ".join(texts)


def _described(cells: Sequence[Cell], texts: Sequence[str], back: Matrix, size: tuple[int, int]) -> dict[str, Any]:
    boxes = [_box(cell.box, back, size) for cell in cells]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return {
        "box": [min(lefts), min(tops), max(rights), max(bottoms)],
        "row_count": max(cell.row + cell.row_span for cell in cells),
        "column_count": max(cell.column + cell.column_span for cell in cells),
        "cells": [
            {
                "row": cell.row,
                "column": cell.column,
                "row_span": cell.row_span,
                "column_span": cell.column_span,
                "text": text,
                "box": box,
            }
            for cell, text, box in zip(cells, texts, boxes, strict=True)
        ],
    }


def _box(box: tuple[int, int, int, int], back: Matrix, size: tuple[int, int]) -> list[int]:
    """Return the box on the page around one of the levelled picture."""
    left, top, right, bottom = box
    corners = np.array(
        [_apply(back, corner) for corner in ((left, top), (right, top), (right, bottom), (left, bottom))]
    )
    low, high = np.rint(corners.min(axis=0)), np.rint(corners.max(axis=0))
    (width, height) = size
    return [
        int(np.clip(low[0], 0, width)),
        int(np.clip(low[1], 0, height)),
        int(np.clip(high[0], 0, width)),
        int(np.clip(high[1], 0, height)),
    ]

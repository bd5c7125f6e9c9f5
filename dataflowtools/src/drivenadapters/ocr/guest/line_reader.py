"""One line of text, whichever way it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from drivenadapters.ocr.guest.engine import Engine, Reading
from drivenadapters.ocr.guest.geometry import cut_out, is_tall, straightened

Pixels = Any
Quad = Any
Cell = tuple[int, int]

_INK = 40  # levels of grey that a character differs from its paper
_CELL = 1.12  # of a column's width: the highest character
_TOLERATED = 0.06  # of confidence, for a reading that has no fewer characters
_DOUBTFUL = 0.8


def read_line(engine: Engine, pixels: Pixels, quad: Quad) -> Reading:
    """Read the line in a box of a page."""
    reading = engine.recognise(cut_out(pixels, quad))
    if not is_tall(quad):
        return reading
    stacked = _read_stacked(engine, straightened(pixels, quad))
    if len(stacked.text) >= len(reading.text) and stacked.confidence > reading.confidence - _TOLERATED:
        return stacked
    if reading.confidence < _DOUBTFUL:  # a line that runs upwards, as beside a chart
        upwards = engine.recognise(np.ascontiguousarray(np.rot90(cut_out(pixels, quad), 2)))
        return upwards if upwards.confidence > reading.confidence else reading
    return reading


def _read_stacked(engine: Engine, column: Pixels) -> Reading:
    """Read characters that stand below one another side by side: lying on their side they lose their punctuation."""
    cells = _cells(column)
    if len(cells) < 2:
        return Reading("", 0.0, ())
    reading = engine.recognise(_side_by_side(column, cells))
    places = tuple((letter, _place(along, cells, len(column)), sure) for letter, along, sure in reading.characters)
    return replace(reading, characters=places)


def _cells(column: Pixels) -> list[Cell]:
    """Return from where to where each character of a column reaches, in rows."""
    grey = cv2.cvtColor(column, cv2.COLOR_BGR2GRAY).astype(np.int16)
    ink = np.abs(grey - np.median(grey)) > _INK
    inked = np.flatnonzero(ink.any(axis=0))
    if not len(inked):
        return []
    size = _CELL * (inked[-1] - inked[0] + 1)
    changes = np.flatnonzero(np.diff(np.concatenate([[False], ink.any(axis=1), [False]]).astype(np.int8)))
    cells: list[Cell] = []
    for start, end in changes.reshape(-1, 2):
        if cells and end - cells[-1][0] <= size:
            cells[-1] = (cells[-1][0], int(end))
        else:
            cells.append((int(start), int(end)))
    return cells


def _side_by_side(column: Pixels, cells: list[Cell]) -> Pixels:
    side = column.shape[1]
    paper = np.median(column.reshape(-1, 3), axis=0).astype(np.uint8)
    line = np.empty((side, side * len(cells), 3), np.uint8)
    line[:] = paper
    for number, (start, end) in enumerate(cells):
        cell = column[start:end]
        if len(cell) > side:
            cell = cv2.resize(cell, (side, side), interpolation=cv2.INTER_AREA)
        above = (side - len(cell)) // 2
        line[above : above + len(cell), number * side : (number + 1) * side] = cell
    return line


def _place(along: float, cells: list[Cell], height: int) -> float:
    """Return where in the column is what is at a place of the line of its cells."""
    number = min(int(along * len(cells)), len(cells) - 1)
    start, end = cells[number]
    return (start + (along * len(cells) - number) * (end - start)) / height

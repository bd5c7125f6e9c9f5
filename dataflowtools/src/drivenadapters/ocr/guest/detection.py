"""Where text is on a page of any size: shrunk as a whole, or in tiles where that would make it too small."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from drivenadapters.ocr.guest.engine import Engine
from drivenadapters.ocr.guest.geometry import is_tall, sides

Pixels = Any
Quads = Any

_WHOLE_SIDE = 2000  # pixels that the detector sees of a page's longer side
_TILE_SIDE = 1600
_OVERLAP = 0.1
_MOST_TILES = 16
_SMALLEST_TEXT = 11  # pixels of height below which lines are missed or run together
_GOOD_TEXT = 16
_FLATTEST = 8  # times as wide as high: flatter pictures get paper around them
_LOWEST = 32
_FAR_SHRUNK = 0.4  # below it, a page on which nothing is seen may have text all the same
_STRIP = 3.2  # times as long as wide: would become too thin if shrunk as a whole


@dataclass(frozen=True)
class Detection:
    """The lines of a page.

    Attributes:
        quads: corners of each, in pixels of the page.
        shrunk: how much smaller than the page the detector saw it; 1 is not at all.
        too_small: the text is still too small to be sure of having found all of it.
    """

    quads: Quads
    shrunk: float
    too_small: bool


def detect(engine: Engine, pixels: Pixels) -> Detection:
    """Find the lines of text of a page."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _WHOLE_SIDE / max(height, width))
    if scale == 1:
        return Detection(_detect_scaled(engine, pixels, 1.0), 1.0, too_small=False)
    if max(height, width) > _STRIP * min(height, width):
        return _in_tiles(engine, pixels, min(1.0, max(scale, _TILE_SIDE / min(height, width))))
    quads = _detect_scaled(engine, pixels, scale)
    text = _text_height(quads) * scale
    if text >= _SMALLEST_TEXT or (not len(quads) and scale > _FAR_SHRUNK):
        return Detection(quads, scale, too_small=False)
    finer = _in_tiles(engine, pixels, min(1.0, scale * max(1.5, _GOOD_TEXT / max(text, 1.0))))
    return finer if len(finer.quads) >= len(quads) else Detection(quads, scale, too_small=True)


def _detect_scaled(engine: Engine, pixels: Pixels, scale: float) -> Quads:
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    padded, top = _on_paper(pixels)
    quads = engine.detect(padded) - np.array([0, top], np.float32)
    height, width = pixels.shape[:2]
    return np.clip(quads, 0, [width - 1, height - 1]).astype(np.float32) / scale


def _on_paper(pixels: Pixels) -> tuple[Pixels, int]:
    """Put paper above and below a picture that is too flat for the detector; returns how much is above."""
    height, width = pixels.shape[:2]
    wanted = max(_LOWEST, math.ceil(width / _FLATTEST))
    if height >= wanted:
        return pixels, 0
    above = wanted - height // 2
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = [int(value) for value in np.median(border, axis=0)]
    return cv2.copyMakeBorder(pixels, above, above, 0, 0, cv2.BORDER_CONSTANT, value=paper), above


def _text_height(quads: Quads) -> float:
    return float(np.median([min(sides(quad)) for quad in quads])) if len(quads) else 0.0


def _in_tiles(engine: Engine, pixels: Pixels, scale: float) -> Detection:
    """Look at a page piece by piece, as finely as the number of pieces allows."""
    height, width = pixels.shape[:2]
    while _tiles(height * scale) * _tiles(width * scale) > _MOST_TILES:
        scale *= 0.9
    pieces = []
    for top, bottom in _spans(height, _tiles(height * scale)):
        for left, right in _spans(width, _tiles(width * scale)):
            quads = _detect_scaled(engine, pixels[top:bottom, left:right], scale)
            pieces.append(quads + np.array([left, top], np.float32))
    quads = merge_overlapping(np.concatenate(pieces))
    return Detection(quads, scale, too_small=bool(len(quads)) and _text_height(quads) * scale < _SMALLEST_TEXT)


def _tiles(side: float) -> int:
    return max(1, math.ceil((side - _OVERLAP * _TILE_SIDE) / (_TILE_SIDE * (1 - _OVERLAP))))


def _spans(side: int, count: int) -> list[tuple[int, int]]:
    length = side / (count - (count - 1) * _OVERLAP)
    starts = [place * length * (1 - _OVERLAP) for place in range(count)]
    return [(round(start), min(side, round(start + length))) for start in starts]


def merge_overlapping(quads: Quads) -> Quads:
    """Make one of the boxes that lie on the same line and overlap: tiles cut lines, and see what is in both twice."""
    boxes = [[*quad.min(axis=0), *quad.max(axis=0)] for quad in quads]
    groups: list[list[int]] = []
    for index in sorted(range(len(quads)), key=lambda place: boxes[place][0]):
        joined = [group for group in groups if any(_same_line(boxes[index], boxes[other]) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([index, *(other for group in joined for other in group)])
    merged = [quads[group[0]] if len(group) == 1 else _around(quads[group]) for group in groups]
    return np.array(merged, np.float32).reshape(-1, 4, 2)


def _same_line(one: list[float], other: list[float]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or along <= 0:
        return False
    low, narrow = min(one[3] - one[1], other[3] - other[1]), min(one[2] - one[0], other[2] - other[0])
    return bool(along > 0.6 * low and across > 0.6 * narrow) or bool(along > 0.7 * low and narrow > low)


def _around(quads: Quads) -> Any:
    """Return the box around several, turned like the longest of them."""
    points = quads.reshape(-1, 2)
    longest = max(quads, key=lambda quad: max(sides(quad)))
    level = longest[1] - longest[0]
    if is_tall(longest):
        down = longest[3] - longest[0]
        level = np.array([down[1], -down[0]])
    angle = math.atan2(level[1], level[0])
    axis = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    turned = points @ axis.T
    (left, top), (right, bottom) = turned.min(axis=0), turned.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axis

"""Rules, the straight lines between cells, of a picture that is level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

Grey = Any
Mask = Any

_SHORTEST = 30  # pixels, and a share of the picture's side
_SHORTEST_SHARE = 0.015
_NEIGHBOURHOOD = 25
_DARKER = 12  # levels of grey than around it
_REACH = 3  # pixels that a rule may be off, or broken
_BREAK = 3  # pixels; larger ones join letters to lines
_SMALLEST_TABLE = 60
_LONG_SHARE = 0.3  # of a table's side: shorter rules bound no row or column of it


@dataclass(frozen=True)
class Rules:
    """The rules of one table, as masks of the whole picture, and the box around them."""

    across: Mask
    down: Mask
    box: tuple[int, int, int, int]

    def places(self) -> tuple[list[int], list[int]]:
        """Return where rules go across, from top to bottom, and where they go down, from left to right."""
        left, top, right, bottom = self.box
        across = self.across[top:bottom, left:right].sum(axis=1) > _LONG_SHARE * (right - left)
        down = self.down[top:bottom, left:right].sum(axis=0) > _LONG_SHARE * (bottom - top)
        return _runs(across, top), _runs(down, left)

    def across_share(self, place: int, start: int, end: int) -> float:
        """Return how much of the way from one place to another a rule goes across."""
        return float(self.across[max(0, place - _REACH) : place + _REACH + 1, start:end].any(axis=0).mean())

    def down_share(self, place: int, start: int, end: int) -> float:
        """Return how much of the way from one place to another a rule goes down."""
        return float(self.down[start:end, max(0, place - _REACH) : place + _REACH + 1].any(axis=1).mean())


def find_rules(grey: Grey, shortest: float) -> Iterator[Rules]:
    """Find groups of rules that touch, from top to bottom.

    Args:
        shortest: pixels below which a straight line may be a stroke of a letter.
    """
    height, width = grey.shape
    dark = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _NEIGHBOURHOOD, _DARKER)
    across = _straight(dark, (round(max(shortest, _SHORTEST, width * _SHORTEST_SHARE)), 1))
    down = _straight(dark, (1, round(max(shortest, _SHORTEST, height * _SHORTEST_SHARE))))
    joined = cv2.dilate(across | down, np.ones((_REACH, _REACH), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for left, top, wide, high, _ in sorted(boxes[1:].tolist(), key=lambda box: (box[1], box[0])):
        if min(wide, high) >= _SMALLEST_TABLE:
            yield Rules(across > 0, down > 0, (left, top, left + wide, top + high))


def join_close(places: list[int], distance: int) -> list[int]:
    """Take places that are close for one, in their middle."""
    groups: list[list[int]] = []
    for place in places:
        if groups and place - groups[-1][-1] < distance:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [round(sum(group) / len(group)) for group in groups]


def _straight(dark: Mask, size: tuple[int, int]) -> Mask:
    """Keep what goes straight for a while; small breaks are mended first."""
    mend = (min(size[0], _BREAK), min(size[1], _BREAK))
    mended = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, mend))
    return cv2.morphologyEx(mended, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, size))


def _runs(present: Any, offset: int) -> list[int]:
    """Return the middle of each run of places where something is."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    return [offset + int(start + end - 1) // 2 for start, end in changes.reshape(-1, 2)]

"""Linear codes that stand above one another and say the same: readers take them for one, so one is covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Grey = Any
Box = tuple[int, int, int, int]

_LIKE = 0.6  # correlation of a row with the middle of a code: still the same bars
_PAPER = 90  # percentile of a code's levels of grey
_BEYOND = 3  # rows of another look that end a code


def covered(grey: Grey, boxes: Sequence[Box]) -> Grey:
    """Return a picture in which codes with upright bars are covered with paper, as far up and down as their bars go.

    Args:
        boxes: left, top, right, bottom of each, of which top and bottom need not be the ends of the bars.
    """
    picture = grey.copy()
    height, width = grey.shape
    for left, top, right, bottom in boxes:
        left, right = max(0, left), min(width, right + 1)
        middle = min(max((top + bottom) // 2, 0), height - 1)
        if right - left < 2:
            continue
        first = _reach(grey[:, left:right], middle, -1)
        last = _reach(grey[:, left:right], middle, 1)
        picture[first : last + 1, left:right] = np.percentile(grey[first : last + 1, left:right], _PAPER)
    return picture


def _reach(strip: Grey, middle: int, step: int) -> int:
    """Return the last row, going one way from the middle, that shows the same bars."""
    bars = _standard(strip[middle])
    last, row, unlike = middle, middle + step, 0
    while 0 <= row < len(strip) and unlike < _BEYOND:
        if float((bars * _standard(strip[row])).mean()) > _LIKE:
            last, unlike = row, 0
        else:
            unlike += 1
        row += step
    return last


def _standard(row: Any) -> Any:
    values = row.astype(np.float32)
    return (values - values.mean()) / (values.std() + 1e-3)

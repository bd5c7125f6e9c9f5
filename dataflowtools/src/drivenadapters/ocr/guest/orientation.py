"""Which way up a page is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from drivenadapters.ocr.guest.engine import Engine
from drivenadapters.ocr.guest.geometry import cut_out, sides

Pixels = Any
Quads = Any

_SURE = 0.6
_LINES_ASKED = 5
_CLEARLY = 0.1


def guess(engine: Engine, pixels: Pixels) -> tuple[int, bool]:
    """Return by how many degrees clockwise a page seems to be turned, and whether that is certain."""
    degrees, confidence = engine.orientation(pixels)
    return degrees, confidence >= _SURE


def turned_back(pixels: Pixels, degrees: int) -> Pixels:
    """Turn a page that is turned clockwise by a multiple of 90 degrees upright again."""
    turns = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
    return np.ascontiguousarray(cv2.rotate(pixels, turns[degrees])) if degrees in turns else pixels


def is_upside_down(engine: Engine, pixels: Pixels, quads: Quads) -> bool:
    """Whether the longest lines read clearly better the other way up."""
    longest = sorted(quads, key=lambda quad: -max(sides(quad)))[:_LINES_ASKED]
    if not longest:
        return False
    lines = [cut_out(pixels, quad) for quad in longest]
    as_is = np.mean([engine.recognise(line).confidence for line in lines])
    turned = np.mean([engine.recognise(np.ascontiguousarray(np.rot90(line, 2))).confidence for line in lines])
    return bool(turned > as_is + _CLEARLY)

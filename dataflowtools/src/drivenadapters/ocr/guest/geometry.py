"""Quadrilaterals around lines of text: their angle, their cut-outs, their place on a straightened page."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Pixels = Any
Quad = Any  # 4 x 2: corners from the top left clockwise
Quads = Any

_TALL = 1.5  # times as high as wide: text that runs downwards
_LONG = 3  # times as long as high: long enough to tell its angle
_FEWEST = 3
_LINE_HEIGHT = 48  # of the recogniser's input
_SHRUNK_FROM = 2.5 * _LINE_HEIGHT


def sides(quad: Quad) -> tuple[float, float]:
    """Return the length of a line's box along its text's own horizontal, and its height."""
    width = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    height = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    return float(width), float(height)


def is_tall(quad: Quad) -> bool:
    """Whether the text in the box runs downwards."""
    width, height = sides(quad)
    return height >= _TALL * width


def straightened(pixels: Pixels, quad: Quad) -> Pixels:
    """Return what is in a box, level."""
    width, height = (max(1, round(side)) for side in sides(quad))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    return cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def cut_out(pixels: Pixels, quad: Quad) -> Pixels:
    """Return a line of text, level; text that runs downwards lies on its side, as the recogniser wants it."""
    line = straightened(pixels, quad)
    if is_tall(quad):
        line = np.rot90(line)
    if line.shape[0] > _SHRUNK_FROM:
        shrunk = _LINE_HEIGHT * 1.5 / line.shape[0]
        line = cv2.resize(line, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(line)


def text_angle(quads: Quads) -> float:
    """Return by how many degrees the text falls to the right: the median over the lines, weighted by their length."""
    angles, weights = [], []
    for quad in quads:
        width, height = sides(quad)
        if width > _LONG * height:
            along = quad[1] - quad[0]
            angles.append(np.degrees(np.arctan2(along[1], along[0])))
            weights.append(width)
    if len(angles) < _FEWEST:
        return 0.0
    order = np.argsort(angles)
    shares = np.cumsum(np.array(weights)[order])
    return float(np.array(angles)[order][np.searchsorted(shares, shares[-1] / 2)])


def straight_boxes(quads: Quads, degrees: float) -> Any:
    """Return left, top, right, bottom of each line as if the page were turned so that its text is level."""
    turned = turn(np.asarray(quads, np.float64).reshape(-1, 2), -degrees).reshape(-1, 4, 2)
    starts, ends = (turned[:, 0] + turned[:, 3]) / 2, (turned[:, 1] + turned[:, 2]) / 2
    tops, bottoms = (turned[:, 0] + turned[:, 1]) / 2, (turned[:, 3] + turned[:, 2]) / 2
    left, right = np.minimum(starts[:, 0], ends[:, 0]), np.maximum(starts[:, 0], ends[:, 0])
    top, bottom = np.minimum(tops[:, 1], bottoms[:, 1]), np.maximum(tops[:, 1], bottoms[:, 1])
    return np.stack([left, top, right, bottom], axis=1)


def turn(points: Any, degrees: float) -> Any:
    """Turn points about the origin, clockwise as one sees an image."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[cosine, sine], [-sine, cosine]])


def piece_of(quad: Quad, start: float, end: float) -> Quad:
    """Return the part of a line's box between two fractions of its length, along the text."""
    if is_tall(quad):
        left_top, left_bottom = quad[0] + (quad[3] - quad[0]) * start, quad[0] + (quad[3] - quad[0]) * end
        right_top, right_bottom = quad[1] + (quad[2] - quad[1]) * start, quad[1] + (quad[2] - quad[1]) * end
        return np.array([left_top, right_top, right_bottom, left_bottom])
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return np.array([quad[0] + top * start, quad[0] + top * end, quad[3] + bottom * end, quad[3] + bottom * start])

"""A photographed document made flat, where its edges are seen and all of its text lies within them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Pixels = Any
Quad = Any
Quads = Any

_SIDE = 500  # pixels in which edges are looked for
_LEAST_AREA = 0.25  # of the picture
_MOST_AREA = 0.97
_SEEN = 0.75  # of the length of each side
_OUTSIDE = 0.02  # share of the text that may lie outside of the edges
_TOLERANCE = 6  # pixels of the small picture
_LEAST_TILT = 0.04  # how far from parallel opposite edges must be to be worth it


def find_document(pixels: Pixels, quads: Quads, *, eager: bool) -> Quad | None:
    """Return the corners of the document in a photo; None if no edges are seen, or text lies outside of them.

    Args:
        quads: where lines of text were found.
        eager: also straighten what is hardly distorted.
    """
    if not len(quads):
        return None
    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    edges = _document_edges(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    if edges is None or not _holds_text(edges, quads * scale):
        return None
    if not eager and _tilt(edges) < _LEAST_TILT:
        return None
    return edges / scale


def _document_edges(small: Pixels) -> Quad | None:
    """Return the corners of the largest convex quadrilateral that stands out from its surroundings."""
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
    smooth = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, kernel, iterations=2)  # text vanishes, paper stays
    masks = [cv2.dilate(cv2.Canny(smooth, 30, 90), np.ones((3, 3), np.uint8))]
    masks.append(cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1])
    area = small.shape[0] * small.shape[1]
    seen = cv2.dilate(cv2.Canny(smooth, 30, 90), np.ones((5, 5), np.uint8)) > 0
    best: tuple[float, Quad] | None = None
    for mask in masks:
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            corners = _corners(contour)
            size = 0.0 if corners is None else float(cv2.contourArea(corners))
            larger = _LEAST_AREA * area < size < _MOST_AREA * area and (best is None or size > best[0])
            if larger and _is_seen(corners, seen):
                best = (size, corners)
    return best[1] if best else None


def _is_seen(corners: Quad, seen: Any) -> bool:
    """Whether each side runs along an edge of the picture for most of its length."""
    height, width = seen.shape
    for place in range(4):
        points = np.linspace(corners[place], corners[(place + 1) % 4], 60)
        across = np.clip(np.rint(points[:, 0]).astype(int), 0, width - 1)
        down = np.clip(np.rint(points[:, 1]).astype(int), 0, height - 1)
        if seen[down, across].mean() < _SEEN:
            return False
    return True


def _corners(contour: Any) -> Quad | None:
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, closed=True)
    for tolerance in (0.02, 0.035, 0.05):
        outline = cv2.approxPolyDP(hull, tolerance * length, closed=True)
        if len(outline) == 4 and cv2.isContourConvex(outline):
            return _clockwise(outline.reshape(4, 2).astype(np.float32))
    return None


def _clockwise(corners: Quad) -> Quad:
    """Order corners from the top left clockwise."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ordered = corners[np.argsort(angles)]
    return np.roll(ordered, -int(ordered.sum(axis=1).argmin()), axis=0)


def _holds_text(edges: Quad, quads: Quads) -> bool:
    corners = quads.reshape(-1, 2)
    outside = [cv2.pointPolygonTest(edges, (float(x), float(y)), measureDist=True) < -_TOLERANCE for x, y in corners]
    return float(np.mean(outside)) <= _OUTSIDE


def _tilt(edges: Quad) -> float:
    """How far from parallel opposite edges are, as the sine of their angle."""
    sides = [edges[(place + 1) % 4] - edges[place] for place in range(4)]
    directions = [side / max(1e-6, float(np.linalg.norm(side))) for side in sides]
    return max(_sine(directions[0], directions[2]), _sine(directions[1], directions[3]))


def flatten(pixels: Pixels, edges: Quad) -> Pixels:
    """Return what lies within the corners as if scanned."""
    sides = [float(np.linalg.norm(edges[(place + 1) % 4] - edges[place])) for place in range(4)]
    width, height = round(max(sides[0], sides[2])), round(max(sides[1], sides[3]))
    target = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(edges.astype(np.float32), target)
    return cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _sine(one: Any, other: Any) -> float:
    return abs(float(one[0] * other[1] - one[1] * other[0]))

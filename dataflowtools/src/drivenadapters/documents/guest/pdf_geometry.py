"""Where words and ruling lines are on a PDF page, in points from its top left corner as it is read."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import pi

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_OBJECTS = 30_000  # of a page; more make a drawing, not a table
_MOST_EDGES = 4_000
_DEEPEST = 5
_THIN = 2.0  # points; a box that is not wider is a line
_SHORTEST = 4.0
_STRAIGHT = 0.5
_MOST_CHARACTERS = 200_000
_SAMPLED = 40

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
_NOWHERE: Box = (0, 0, 0, 0)
_UNCHANGED: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True)
class Word:
    """Characters without a blank between them."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Of its font."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Edge:
    """A straight line: at one place across, from one place to another along it."""

    vertical: bool
    at: float
    start: float
    end: float


class Upright:
    """Turns points of a page so that its text runs from left to right, whichever way the page is turned itself."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> None:
        self._left, self._bottom, self._right, self._top = page.get_cropbox()
        self._quarters = _usual_direction(textpage)

    def __call__(self, point: Point) -> Point:
        """Return a point, measured from the top left corner."""
        x, y = point
        if not self._quarters:  # asked for every letter of a page
            return x - self._left, self._top - y
        match self._quarters:
            case 1:
                return y - self._bottom, x - self._left
            case 2:
                return self._right - x, y - self._bottom
        return self._top - y, self._right - x

    def box(self, found: raw.FS_RECTF) -> Box:
        """Return left, top, right and bottom of a box."""
        if not self._quarters:
            return found.left - self._left, self._top - found.top, found.right - self._left, self._top - found.bottom
        (x, y), (across, down) = self((found.left, found.top)), self((found.right, found.bottom))
        return min(x, across), min(y, down), max(x, across), max(y, down)


def words(textpage: pdfium.PdfTextPage, upright: Upright) -> list[Word]:
    """Return the words of a page, in the order of the file."""
    return list(_words(textpage, upright, 0, min(textpage.count_chars(), _MOST_CHARACTERS)))


def words_of_line(textpage: pdfium.PdfTextPage, upright: Upright, first: int, count: int) -> list[Word]:
    """Return the words of a few characters."""
    return list(_words(textpage, upright, first, count))


def edges(page: pdfium.PdfPage, upright: Upright) -> list[Edge]:
    """Return the ruling lines of a page: strokes, thin boxes, and the sides of others; none of a drawing."""
    found: list[Edge] = []
    count = raw.FPDFPage_CountObjects(page)
    if count > _MOST_OBJECTS:
        return []
    for index in range(count):
        for start, end in _lines(raw.FPDFPage_GetObject(page, index), _UNCHANGED, 0):
            edge = _edge(upright(start), upright(end))
            if edge is not None:
                found.append(edge)
        if len(found) > _MOST_EDGES:
            return []
    return found


def _usual_direction(textpage: pdfium.PdfTextPage) -> int:
    """Return where most of the text runs, in quarter turns against the clock; PDFium's angles go with it."""
    count = textpage.count_chars()
    sampled = range(0, count, max(1, count // _SAMPLED))
    turns = Counter(-round(raw.FPDFText_GetCharAngle(textpage, index) / (pi / 2)) % 4 for index in sampled)
    return turns.most_common(1)[0][0] if turns else 0


def _words(textpage: pdfium.PdfTextPage, upright: Upright, first: int, count: int) -> Iterator[Word]:
    text: list[str] = []
    box = _NOWHERE
    found = raw.FS_RECTF()
    for index in range(first, first + count):
        character = _character(raw.FPDFText_GetUnicode(textpage, index))
        if not character or character.isspace() or not raw.FPDFText_GetLooseCharBox(textpage, index, found):
            if text:
                yield _word(text, box)
                text = []
            continue
        here = upright.box(found)
        if text and _is_apart(box, here):
            yield _word(text, box)
            text = []
        box = _around(box, here) if text else here
        text.append(character)
    if text:
        yield _word(text, box)


def _character(code: int) -> str:
    if code in (0, 0xFFFE, 0xFFFF) or code >= 0x110000:
        return ""
    return "-" if code == 2 else chr(code)  # PDFium's sign for a hyphen at the end of a line


def _is_apart(box: Box, here: Box) -> bool:
    height = box[3] - box[1] or 1.0
    if here[0] - box[2] > height or box[0] - here[0] > height:
        return True
    return abs(here[1] + here[3] - box[1] - box[3]) > height


def _word(text: list[str], box: Box) -> Word:
    whole = "".join(text)
    if not whole.isascii():  # halves of characters beyond the first plane come one by one
        whole = whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Word(whole, *box)


def _around(box: Box, here: Box) -> Box:
    left, top, right, bottom = box
    return (
        left if left < here[0] else here[0],
        top if top < here[1] else here[1],
        right if right > here[2] else here[2],
        bottom if bottom > here[3] else here[3],
    )


def _ordered(first: Point, second: Point) -> tuple[Point, Point]:
    low = (min(first[0], second[0]), min(first[1], second[1]))
    return low, (max(first[0], second[0]), max(first[1], second[1]))


def _lines(item: raw.FPDF_PAGEOBJECT, outer: Matrix, depth: int) -> Iterator[tuple[Point, Point]]:
    kind = raw.FPDFPageObj_GetType(item)
    if kind == raw.FPDF_PAGEOBJ_PATH:
        yield from _path(item, _product(_matrix(item), outer))
    elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
        inner = _product(_matrix(item), outer)
        for index in range(min(raw.FPDFFormObj_CountObjects(item), _MOST_OBJECTS)):
            yield from _lines(raw.FPDFFormObj_GetObject(item, index), inner, depth + 1)


def _path(item: raw.FPDF_PAGEOBJECT, matrix: Matrix) -> Iterator[tuple[Point, Point]]:
    points: list[Point] = []
    count = raw.FPDFPath_CountSegments(item)
    for index in range(min(count, _MOST_EDGES)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            return
        point = _applied(matrix, _point(segment))
        if kind == raw.FPDF_SEGMENT_MOVETO:
            yield from _sides(points)
            points = []
        points.append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    yield from _sides(points)


def _sides(points: list[Point]) -> Iterator[tuple[Point, Point]]:
    """Return the sides of a figure; a thin box is one line."""
    if len(points) < 2:
        return
    lefts, tops = [point[0] for point in points], [point[1] for point in points]
    low, high = (min(lefts), min(tops)), (max(lefts), max(tops))
    if high[0] - low[0] <= _THIN or high[1] - low[1] <= _THIN:
        yield _middle(low, high)
        return
    yield from pairwise(points)


def _middle(low: Point, high: Point) -> tuple[Point, Point]:
    if high[0] - low[0] < high[1] - low[1]:
        across = (low[0] + high[0]) / 2
        return (across, low[1]), (across, high[1])
    across = (low[1] + high[1]) / 2
    return (low[0], across), (high[0], across)


def _edge(start: Point, end: Point) -> Edge | None:
    (left, top), (right, bottom) = _ordered(start, end)
    if right - left <= _STRAIGHT and bottom - top >= _SHORTEST:
        return Edge(True, (left + right) / 2, top, bottom)
    if bottom - top <= _STRAIGHT and right - left >= _SHORTEST:
        return Edge(False, (top + bottom) / 2, left, right)
    return None


def _point(segment: raw.FPDF_PATHSEGMENT) -> Point:
    x, y = ctypes.c_float(), ctypes.c_float()
    raw.FPDFPathSegment_GetPoint(segment, x, y)
    return x.value, y.value


def _matrix(item: raw.FPDF_PAGEOBJECT) -> Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, found):
        return _UNCHANGED
    return found.a, found.b, found.c, found.d, found.e, found.f


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _applied(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f

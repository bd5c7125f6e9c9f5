"""One page, from pixels to text in reading order."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drivenadapters.ocr.guest import geometry, orientation, perspective
from drivenadapters.ocr.guest.detection import Detection, detect
from drivenadapters.ocr.guest.engine import Engine, Reading
from drivenadapters.ocr.guest.line_reader import read_line
from drivenadapters.ocr.guest.pieces import Piece, place
from drivenadapters.ocr.guest.reading_order import Block, arrange
from drivenadapters.ocr.guest.tables import find_tables
from drivenadapters.ocr.guest.words import Word, words_of

Pixels = Any
Quad = Any

_POOR = 0.75
_STEP = 16  # lines between two reports of progress


@dataclass(frozen=True)
class PageOptions:
    """How a page is read.

    Attributes:
        mode: ``photo`` looks for the edges of a document, ``scan`` does not, ``auto`` where they are clear.
        orientation: degrees clockwise that the page is turned; None to find out.
        layout: ``auto`` reads columns and vertical text, ``row`` goes across the page.
        words: whether to say where each word is.
        min_confidence: of lines that are kept.
        latin: whether the text is in Latin letters only, so that wide punctuation is taken for narrow.
    """

    mode: str
    orientation: int | None
    layout: str
    words: bool
    min_confidence: float
    latin: bool


@dataclass(frozen=True)
class Line:
    """A recognised line in pixels of the upright page."""

    quad: Quad
    reading: Reading


def read_page(
    engine: Engine, pixels: Pixels, options: PageOptions, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Read a page; returns what it says, ready for JSON.

    Args:
        progress: hears how many of the page's lines are read.
    """
    pixels, turned, found, corners = _upright(engine, pixels, options)
    lines = _recognise(engine, pixels, found, options, progress)
    angle = geometry.text_angle([line.quad for line in lines])
    boxes = geometry.straight_boxes([line.quad for line in lines], angle) if lines else []
    pieces = place(boxes, [line.reading.text for line in lines])
    blocks = arrange(pieces, rows_only=options.layout == "row")
    height, width = pixels.shape[:2]
    return {
        "width": width,
        "height": height,
        "rotation": turned,
        "skew": round(angle, 2),
        "corners": None if corners is None else _rounded(corners),
        "text": _text(blocks),
        "lines": _described(blocks, lines, options),
        "tables": find_tables(pixels, angle, _words(blocks, lines)),
        "warnings": _warnings(found, lines),
    }


def _words(blocks: Sequence[Block], lines: Sequence[Line]) -> list[list[Word]]:
    """Return the words of the lines in reading order."""
    ordered = [lines[piece.index] for block in blocks for row in block for piece in row]
    return [words_of(line.quad, line.reading) for line in ordered]


def _upright(engine: Engine, pixels: Pixels, options: PageOptions) -> tuple[Pixels, int, Detection, Quad | None]:
    """Turn the page upright and find its lines; straighten it if it is the photo of a document."""
    turned, sure = (options.orientation, True) if options.orientation is not None else orientation.guess(engine, pixels)
    pixels = orientation.turned_back(pixels, turned)
    found = detect(engine, pixels)
    if not sure and orientation.is_upside_down(engine, pixels, found.quads):
        turned = (turned + 180) % 360
        pixels = orientation.turned_back(pixels, 180)
        found = detect(engine, pixels)
    if options.mode == "scan":
        return pixels, turned, found, None
    corners = perspective.find_document(pixels, found.quads, eager=options.mode == "photo")
    if corners is None:
        return pixels, turned, found, None
    flat = perspective.flatten(pixels, corners)
    return flat, turned, detect(engine, flat), corners


def _recognise(
    engine: Engine, pixels: Pixels, found: Detection, options: PageOptions, progress: Callable[[int, int], None]
) -> list[Line]:
    lines = []
    for count, quad in enumerate(found.quads, 1):
        reading = read_line(engine, pixels, quad)
        if options.latin:
            reading = _narrow(reading)
        if reading.text and reading.confidence >= options.min_confidence:
            lines.append(Line(quad, reading))
        if count % _STEP == 0:
            progress(count, len(found.quads))
    return lines


def _narrow(reading: Reading) -> Reading:
    """Take full-width letters and punctuation for what they are in Latin text."""
    characters = tuple((_narrowed(letter), where, sure) for letter, where, sure in reading.characters)
    return Reading("".join(map(_narrowed, reading.text)), reading.confidence, characters)


def _narrowed(letter: str) -> str:
    """Return the usual form of a character, unless that is several: words count on one for one."""
    usual = unicodedata.normalize("NFKC", letter)
    return usual if len(usual) == 1 else letter


def _text(blocks: Sequence[Block]) -> str:
    return "\n".join("\n".join(_joined(row) for row in block) for block in blocks)


def _joined(row: Sequence[Piece]) -> str:
    vertical = all(piece.is_vertical or len(piece.text) == 1 for piece in row) and any(p.is_vertical for p in row)
    return ("" if vertical else " ").join(piece.text for piece in row)


def _described(blocks: Sequence[Block], lines: Sequence[Line], options: PageOptions) -> list[dict[str, Any]]:
    described = []
    for number, block in enumerate(blocks):
        for level, row in enumerate(block):
            for piece in row:
                described.append(_line(lines[piece.index], number, level, words=options.words))
    return described


def _line(line: Line, block: int, row: int, *, words: bool) -> dict[str, Any]:
    value = {
        "text": line.reading.text,
        "confidence": round(line.reading.confidence, 4),
        **_place(line.quad),
        "block": block,
        "row": row,
        "vertical": geometry.is_tall(line.quad),
    }
    if words:
        value["words"] = [
            {"text": word.text, "confidence": round(word.confidence, 4), **_place(word.quad)}
            for word in words_of(line.quad, line.reading)
        ]
    return value


def _place(quad: Quad) -> dict[str, Any]:
    polygon = _rounded(quad)
    across, down = [x for x, _ in polygon], [y for _, y in polygon]
    return {"box": [min(across), min(down), max(across), max(down)], "polygon": polygon}


def _rounded(quad: Quad) -> list[list[int]]:
    return [[int(value) for value in np.rint(point)] for point in quad]


def _warnings(found: Detection, lines: Sequence[Line]) -> list[str]:
    warnings = []
    if found.too_small:
        warnings.append("the text is very small here, and some of it may be missing; a larger image reads better")
    if lines:
        weights = [len(line.reading.text) for line in lines]
        mean = float(np.average([line.reading.confidence for line in lines], weights=weights))
        if mean < _POOR:
            warnings.append(f"the text reads poorly: {mean:.0%} confidence on average")
    return warnings

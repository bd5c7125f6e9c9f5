"""The words of a line, and where each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from drivenadapters.ocr.guest.engine import Reading
from drivenadapters.ocr.guest.geometry import piece_of

Quad = Any


@dataclass(frozen=True)
class Word:
    """A word: what stands between spaces."""

    text: str
    confidence: float
    quad: Quad


def words_of(quad: Quad, reading: Reading) -> list[Word]:
    """Divide a line at its spaces; each word's box reaches halfway into the spaces beside it, at most."""
    words, first = [], 0
    edges = _edges([where for _, where, _ in reading.characters])
    for text in reading.text.split():
        letters = reading.characters[first : first + len(text)]
        if not letters:
            break
        start, end = edges[first][0], edges[first + len(letters) - 1][1]
        confidence = sum(score for _, _, score in letters) / len(letters)
        words.append(Word(text, confidence, piece_of(quad, start, end)))
        first += len(letters)
    return words


def _edges(middles: list[float]) -> list[tuple[float, float]]:
    """Return where each character begins and ends, half a typical step from its middle, and no neighbour within."""
    if not middles:
        return []
    steps = sorted(second - first for first, second in pairwise(middles) if second > first)
    half = (steps[len(steps) // 2] if steps else 1.0) / 2
    before = [0.0, *((first + second) / 2 for first, second in pairwise(middles))]
    after = [*before[1:], 1.0]
    return [
        (max(low, middle - half, 0.0), min(high, middle + half, 1.0))
        for low, middle, high in zip(before, middles, after, strict=True)
    ]

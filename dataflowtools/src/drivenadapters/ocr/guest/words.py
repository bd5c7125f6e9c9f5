"""The words of a line, and where each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from drivenadapters.ocr.guest.engine import Reading
from drivenadapters.ocr.guest.geometry import piece_of

Quad = Any

_BESIDE_SPACE = 0.35  # of the way from one middle to the next that belongs to each of the characters


@dataclass(frozen=True)
class Word:
    """A word: what stands between spaces."""

    text: str
    confidence: float
    quad: Quad


def words_of(quad: Quad, reading: Reading) -> list[Word]:
    """Divide a line at its spaces."""
    words, first = [], 0
    texts = reading.text.split()
    starts = set(accumulate(len(text) for text in texts))
    edges = _edges([where for _, where, _ in reading.characters], starts)
    for text in texts:
        letters = reading.characters[first : first + len(text)]
        if not letters:
            break
        start, end = edges[first][0], edges[first + len(letters) - 1][1]
        confidence = sum(score for _, _, score in letters) / len(letters)
        words.append(Word(text, confidence, piece_of(quad, start, end)))
        first += len(letters)
    return words


def _edges(middles: list[float], starts: set[int]) -> list[tuple[float, float]]:
    """Return where each character begins and ends, half a typical step from its middle, and no neighbour within.

    Args:
        middles: of the characters, along the line.
        starts: indices of characters that begin a word: before them, some of the way is the space's.
    """
    if not middles:
        return []
    steps = sorted(second - first for first, second in pairwise(middles) if second > first)
    half = (steps[len(steps) // 2] if steps else 1.0) / 2
    after, before = [], [0.0]
    for place, (first, second) in enumerate(pairwise(middles), 1):
        reach = (second - first) * (_BESIDE_SPACE if place in starts else 0.5)
        after.append(first + reach)
        before.append(second - reach)
    after.append(1.0)
    return [
        (max(low, middle - half, 0.0), min(high, middle + half, 1.0))
        for low, middle, high in zip(before, middles, after, strict=True)
    ]

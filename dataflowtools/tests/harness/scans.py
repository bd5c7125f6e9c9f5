# ruff: noqa: RUF001 - these characters are meant
"""Images of the corpus, how well they were read, and images made for a test."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from servicekit.testing.corpus import corpus_path

_PUNCTUATION = str.maketrans("“”„‘’`—–‐−‑•·、，。；：（）！？￥【】﹣×", "\"\"\"'''-----··,,.;:()!?¥[]-x")


@dataclass(frozen=True)
class Scan:
    """An image with what it says."""

    path: Path
    group: str
    metric: str
    text: str


def scans() -> list[Scan]:
    """Return the OCR images of the corpus."""
    folder = corpus_path("ocr")
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        return [
            Scan(
                folder / row["path"],
                row["group"],
                row["metric"],
                (folder / row["expected_file"]).read_text(encoding="utf-8"),
            )
            for row in csv.DictReader(file)
        ]


def barcodes() -> list[dict[str, str]]:
    """Return the rows of the barcode corpus, with the path of each image."""
    folder = corpus_path("barcode")
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        return [{**row, "path": str(folder / row["path"])} for row in csv.DictReader(file)]


def character_error(expected: str, found: str) -> float:
    """Return edits a character, spaces and kinds of punctuation aside."""
    one, other = (re.sub(r"\s+", "", _plain(text)) for text in (expected, found))
    return _distance(one, other) / max(1, len(one))


def word_recall(expected: str, found: str) -> float:
    """Return the share of words, or ideographs, that were found, in any order."""
    wanted, there = (Counter(_tokens(text)) for text in (expected, found))
    return sum((wanted & there).values()) / max(1, sum(wanted.values()))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
    return re.sub(r"-{2,}", "-", re.sub(r"\.{4,}", "...", text))


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+", _plain(text).lower())


def _distance(one: str, other: str) -> int:
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, candidate in enumerate(other, 1):
            now.append(min(now[-1] + 1, before[column] + 1, before[column - 1] + (letter != candidate)))
        before = now
    return before[-1]


def drawn(*lines: str, size: tuple[int, int] = (700, 300)) -> Image.Image:
    """Draw lines of Latin text, black on white."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, text in enumerate(lines):
        draw.text((40, 40 + 60 * number), text, fill="black", font=ImageFont.load_default(32))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return an image as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()

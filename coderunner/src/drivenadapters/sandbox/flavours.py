"""Kinds of workers: which libraries a program mentions decides which one runs it."""

from __future__ import annotations

import re
from enum import StrEnum


class Flavour(StrEnum):
    """What a worker has imported before its job; see the guest's ``preloads``."""

    LIGHT = "light"
    DATA = "data"
    FULL = "full"


_DATA = re.compile(r"\b(?:numpy|pandas)\b")
_FULL = re.compile(
    r"\b(?:matplotlib|pyplot|seaborn|scipy|sklearn|sympy|PIL|openpyxl|docx|lxml|yaml|jinja2|requests|httpx|bs4"
    r"|cv2|fitz|pymupdf|pdfplumber|pyzbar|tabulate|to_excel|read_excel|to_markdown)\b"
)


def choose(code: str) -> Flavour:
    """Return the cheapest flavour that has what the code names.

    A word search, not a parse: it runs in the service itself on a stranger's text, is
    linear, and a false hit costs a fraction of a millisecond where a miss would cost an import.
    """
    if _FULL.search(code):
        return Flavour.FULL
    return Flavour.DATA if _DATA.search(code) else Flavour.LIGHT

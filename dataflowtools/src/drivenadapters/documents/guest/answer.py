"""The answer of an extraction, written piece by piece so that it never stands in memory as a whole.

Each line of the file is a word, a space and a JSON value:

======== ===================================================================
text     a string; all of them, one after the other, are the text
markdown a string, the same way
page     ``{"page", "text", "source"}`` of a document that has pages
table    an object; the table's rows follow it
rows     a list of rows of the last table
metadata an object
======== ===================================================================

Images go to a file of their own, one after the other; where each lies is in the value of the task.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from .limits import Limits

_ROWS_TOGETHER = 500
_TEXT_TOGETHER = 1 << 16
_MOST_WARNINGS = 50

Cell = str | int | float | bool | None


@dataclass
class Table:
    """A table, except for its rows.

    Attributes:
        page, sheet: where it stands; from 1, or a name.
        confidence: from 0 to 1 that it is a table and cut as its author meant it.
        method: ``cells`` where the file says so, ``lines`` by ruling lines, ``alignment`` by gaps in text.
        merged: cells that span several; row and column from 0.
        extra: further facts, such as whether the sheet is hidden.
    """

    page: int | None = None
    sheet: str | None = None
    confidence: float = 1.0
    method: str = "cells"
    merged: list[dict[str, int]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Image:
    """An image that stands in a file."""

    content: bytes
    media_type: str
    name: str = ""
    page: int | None = None
    width: int | None = None
    height: int | None = None


class Answer:
    """Where handlers put what they find."""

    def __init__(self, sink: BinaryIO, images: BinaryIO, limits: Limits, mark: str = "") -> None:
        self._sink = sink
        self._images = images
        self.limits = limits
        self._mark = mark
        self._written = 0
        self._image_bytes = 0
        self.images: list[dict[str, Any]] = []
        self.unread_pages: list[int] = []
        self.warnings: list[str] = []

    def text(self, text: str) -> None:
        """Add to the text."""
        self._pieces("text", text)

    def markdown(self, text: str) -> None:
        """Add to the Markdown."""
        self._pieces("markdown", text)

    def page(self, page: int, text: str) -> None:
        """Add a page."""
        self._line("page", {"page": page, "text": text, "source": "text"})

    def unread_page(self, page: int) -> str:
        """Add a page that only character recognition can read; returns what stands for its text until then."""
        mark = f"{self._mark}{page}." if self._mark else ""
        self.unread_pages.append(page)
        self._line("page", {"page": page, "text": mark, "source": "none"})
        return mark

    def table(self, table: Table, rows: Iterable[Sequence[Cell]]) -> None:
        """Add a table with its rows."""
        described = {**vars(table), **table.extra}
        del described["extra"]
        self._line("table", described)
        remaining = iter(rows)
        while block := list(islice(remaining, _ROWS_TOGETHER)):
            self._line("rows", block)

    def image(self, image: Image) -> None:
        """Add an image.

        Raises:
            TaskFailed: there are more than allowed.
        """
        self.limits.check("max_extract_images", len(self.images) + 1, "images taken out")
        self.limits.check_bytes("max_extract_mb", self._image_bytes + len(image.content), "the images have")
        described = {name: value for name, value in vars(image).items() if name != "content"}
        self.images.append({**described, "offset": self._image_bytes, "size": len(image.content)})
        self._images.write(image.content)
        self._image_bytes += len(image.content)

    def metadata(self, facts: dict[str, Any]) -> None:
        """Set the facts inside the file."""
        self._line("metadata", facts)

    def warn(self, message: str) -> None:
        """Tell the caller of something that is not as it should be, once."""
        if message not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(message)

    def summary(self) -> dict[str, Any]:
        """Return what is not in the sinks; nothing can be added afterwards."""
        self._sink.flush()
        self._images.flush()
        return {"images": self.images, "unread_pages": self.unread_pages, "warnings": self.warnings}

    def _pieces(self, word: str, text: str) -> None:
        for start in range(0, len(text), _TEXT_TOGETHER):
            self._line(word, text[start : start + _TEXT_TOGETHER])

    def _line(self, word: str, value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        encoded = f"{word} {line}\n".encode("utf-8", "replace")
        self._written += len(encoded)
        self.limits.check_bytes("max_extract_mb", self._written, "the answer has")
        self._sink.write(encoded)

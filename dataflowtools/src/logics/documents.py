"""Documents: what is asked of them and what is found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Part(StrEnum):
    """What can be taken out of a document."""

    TEXT = "text"
    MARKDOWN = "markdown"
    TABLES = "tables"
    IMAGES = "images"
    METADATA = "metadata"


class Ocr(StrEnum):
    """Whether pages are read by character recognition."""

    AUTO = "auto"  # those without text
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True)
class DetectedType:
    """What a file is, by its content.

    Attributes:
        kind: short name, such as ``docx``; ``unknown`` where none was recognised.
        media_type: of that kind.
        encrypted: whether a password is needed to read it.
        warnings: for the caller, such as a name that says something else.
    """

    kind: str
    media_type: str
    encrypted: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A kind of file that another can be made into, and what makes it."""

    kind: str
    engine: str
    note: str = ""


@dataclass(frozen=True)
class Format:
    """A kind of file: what can be taken out of it, and what it can be made into.

    Attributes:
        kind, title: the short name, and the name for people.
        media_types, endings: the usual one first.
        extracts: the parts.
        targets: the conversions that there is code for; whether their program is installed is another question.
        reads_better_as: the newer kind to convert it to before reading, where that can be done.
        version: changes when the same file would give another answer.
    """

    kind: str
    title: str
    media_types: tuple[str, ...]
    endings: tuple[str, ...]
    extracts: tuple[Part, ...]
    targets: tuple[Target, ...] = ()
    reads_better_as: str = ""
    version: int = 1


@dataclass(frozen=True)
class Reading:
    """What is wanted of a document.

    Attributes:
        kind: of the document.
        name: of the file.
        parts: of the answer.
        pages: such as ``1-3,7``; empty for all.
        sheets: names or numbers from 1; empty for all.
        password: empty if there is none.
    """

    kind: str
    name: str
    parts: frozenset[Part]
    pages: str = ""
    sheets: tuple[str | int, ...] = ()
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class FoundImage:
    """An image inside a document; its bytes lie in the file of all images."""

    name: str
    media_type: str
    offset: int
    size: int
    page: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Extraction:
    """What was found in a document.

    Attributes:
        parts: the JSON of each field of the answer, ready to be sent: ``text``, ``markdown``, ``pages``, ``tables``,
            ``metadata``. It can be megabytes, so nobody parses it again without need.
        images: in the order of the document.
        unread_pages: pages that only character recognition can read.
        warnings: for the caller.
    """

    parts: Mapping[str, bytes]
    images: tuple[FoundImage, ...] = ()
    unread_pages: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageText:
    """A page as character recognition read it; confidence is from 0 to 1."""

    page: int
    text: str
    confidence: float


Facts = Mapping[str, Any]
"""What a document says of itself, ready for JSON: title, author, pages, sheets, dates, macros ..."""

"""Documents: what is asked of them and what is found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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
        as_pictures: whether pages are to be left to character recognition, whatever text they have.
        mark: what the answer holds where the text of such a page is to go, followed by its number and a full stop.
    """

    kind: str
    name: str
    parts: frozenset[Part]
    pages: str = ""
    sheets: tuple[str | int, ...] = ()
    password: str = field(default="", repr=False)
    as_pictures: bool = False
    mark: str = ""


@dataclass(frozen=True)
class ExtractionWish:
    """What a caller wants of a stored file.

    Attributes:
        file_id: of the file.
        parts, pages, sheets, password: see :class:`Reading`.
        ocr: which pages are read by character recognition.
        language: of the text, for that; as in RFC 5646, empty for whatever it is.
        inline_images: whether small images are part of the answer, rather than files of their own.
    """

    file_id: str
    parts: frozenset[Part]
    pages: str = ""
    sheets: tuple[str | int, ...] = ()
    password: str = field(default="", repr=False)
    ocr: Ocr = Ocr.AUTO
    language: str = ""
    inline_images: bool = False


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

"""Stored files, as everything that reads or makes them sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StoredFile:
    """A file that the service keeps.

    Attributes:
        file_id: opaque, unique, unguessable.
        name: as it was uploaded, made safe.
        size: bytes.
        sha256: of the content, hexadecimal.
        media_type: by content.
        kind: the format by content, such as ``docx``; ``unknown`` where none was recognised.
        created_at: with time zone, UTC.
        description: free text.
        tags: names, sorted.
    """

    file_id: str
    name: str
    size: int
    sha256: str
    media_type: str
    kind: str
    created_at: datetime
    description: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class DetectedType:
    """What a content is.

    Attributes:
        kind: the format, such as ``docx``; ``unknown`` where none was recognised.
        media_type: the registered one of the format.
        warnings: for the caller, such as that the name says something else.
        encrypted: whether it says that it is; a password may be needed to read it.
    """

    kind: str
    media_type: str
    warnings: tuple[str, ...] = ()
    encrypted: bool = False


@dataclass(frozen=True)
class ContentFacts:
    """What is known of a content without understanding it: bytes, and the hexadecimal SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Position:
    """A place in the list of files: behind this one."""

    created_at: datetime
    file_id: str


@dataclass(frozen=True)
class FileQuery:
    """Which files a list has.

    Attributes:
        tags: names, all of which a file must have.
        types: kinds (``docx``), media types (``image/png``) or whole families (``image/*``), any of which fits.
        name: part of the name, whatever the capitals.
        created_from, created_before: the time it was stored, from inclusive, before exclusive.
        oldest_first: the order; newest first otherwise.
        limit: most files of a page.
        after: where the page begins.
    """

    tags: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    name: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None
    oldest_first: bool = False
    limit: int = 50
    after: Position | None = None


@dataclass(frozen=True)
class FilePage:
    """A page of the list.

    Attributes:
        following: where the next page begins; None at the end.
        total: files on all pages.
    """

    items: tuple[StoredFile, ...]
    following: Position | None
    total: int

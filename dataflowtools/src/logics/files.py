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

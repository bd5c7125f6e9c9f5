"""Images and PDFs that a request is about, wherever their bytes are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from logics.pages import PageSelection


@dataclass(frozen=True)
class ImageSource:
    """A file to read images from.

    Attributes:
        name: as the caller calls it.
        sha256: of its content, hexadecimal.
        descriptor: open for reading, for as long as the use case runs.
    """

    name: str
    sha256: str
    descriptor: int


@dataclass(frozen=True)
class ReadingOptions:
    """What is read of a file: which pages, with which password."""

    pages: PageSelection = field(default_factory=PageSelection)
    password: str | None = None


def cache_key(kind: str, engine: str, source: ImageSource, options: dict[str, Any]) -> str:
    """Return the name of a result: what it was made of, how, and by which version of what.

    A password is part of it, hashed with the rest: whoever lacks it must not be served what it opened.
    """
    made_of = json.dumps([kind, engine, source.sha256, options], sort_keys=True, default=str)
    return f"{kind}:{hashlib.sha256(made_of.encode()).hexdigest()}"

"""Tags on files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from errors import FieldProblem, InvalidInput

LONGEST_TAG_NAME = 64
MOST_TAGS_OF_A_FILE = 50


@dataclass(frozen=True)
class Tag:
    """A tag; ``name`` is unique whatever its capitals, ``color`` is ``#rrggbb`` or empty."""

    tag_id: str
    name: str
    color: str
    description: str
    created_at: datetime
    files: int = 0


@dataclass(frozen=True)
class TagChange:
    """What to change of a tag; None leaves as it is."""

    name: str | None = None
    color: str | None = None
    description: str | None = None


def tag_name(text: str) -> str:
    """Return a tag's name in its stored form: NFC, single spaces.

    Raises:
        InvalidInput: it is empty, too long, or holds control characters or commas.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > LONGEST_TAG_NAME:
        raise _refused(f"a tag's name has 1 to {LONGEST_TAG_NAME} characters")
    if "," in name or any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in name):
        raise _refused("a tag's name has neither commas nor control characters")
    return name


def tag_key(name: str) -> str:
    """Return what two names share that mean the same tag: compatible forms and capitals make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def tag_names(texts: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return names of tags in their stored form, each once.

    Raises:
        InvalidInput: one is no name of a tag, or they are too many.
    """
    names = {tag_key(name): name for name in map(tag_name, texts)}
    if len(names) > MOST_TAGS_OF_A_FILE:
        raise _refused(f"a file has at most {MOST_TAGS_OF_A_FILE} tags")
    return tuple(sorted(names.values()))


def _refused(message: str) -> InvalidInput:
    return InvalidInput(f"tags: {message}", details=[FieldProblem("tags", message)])

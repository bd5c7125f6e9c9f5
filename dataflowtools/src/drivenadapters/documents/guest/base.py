"""What a handler of one type of file is: what it declares, and what it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answer import Answer
    from .document import Document
    from .sample import Sample


class What(StrEnum):
    """What can be taken out of a file."""

    TEXT = "text"
    MARKDOWN = "markdown"
    TABLES = "tables"
    IMAGES = "images"
    METADATA = "metadata"


@dataclass(frozen=True)
class Conversion:
    """A kind of file that another can be made into.

    Attributes:
        target: the kind that comes out.
        engine: what does it: ``own``, or the name of a program that has to be installed.
        note: what is lost or needed, for people.
    """

    target: str
    engine: str = "own"
    note: str = ""


@dataclass(frozen=True)
class Declaration:
    """What is known of a kind of file before any is opened.

    Attributes:
        kind: its short name, such as ``docx``.
        title: its name for people.
        media_types: the usual one first.
        endings: of names, without the dot; the usual one first.
        extracts: what can be taken out of it; nothing for a kind that is only recognised.
        conversions: what it can be made into.
        reads_better_as: the newer kind to which a program should convert it before it is read, where that program
            is installed; without it the handler reads the file itself.
        version: raised whenever the same file would give another answer, since answers are remembered.
    """

    kind: str
    title: str
    media_types: tuple[str, ...]
    endings: tuple[str, ...]
    extracts: frozenset[What] = frozenset()
    conversions: tuple[Conversion, ...] = ()
    reads_better_as: str = ""
    version: int = 1

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "media_types": list(self.media_types),
            "endings": list(self.endings),
            "extracts": [str(what) for what in What if what in self.extracts],
            "conversions": [vars(conversion) for conversion in self.conversions],
            "reads_better_as": self.reads_better_as,
            "version": self.version,
        }


@dataclass(frozen=True)
class Wanted:
    """What a caller wants to have of a file.

    Attributes:
        what: the parts of the answer.
        pages: such as ``1-3,7``, from 1; empty for all.
        sheets: names or numbers from 1; empty for all.
        as_pictures: whether pages are to be marked for character recognition, whatever text they have.
        mark: what stands where the text of such a page is to go, followed by its number and a full stop.
    """

    what: frozenset[What]
    pages: str = ""
    sheets: tuple[str | int, ...] = ()
    as_pictures: bool = False
    mark: str = ""

    def __contains__(self, what: What) -> bool:
        return what in self.what


@dataclass(frozen=True)
class Finding:
    """What a handler makes of a sample: how sure it is, and what is remarkable.

    Attributes:
        certainty: from 0, not mine, to 1.
        encrypted: whether a password is needed.
        media_type: where it is not the usual one of the kind.
    """

    certainty: float
    encrypted: bool = False
    media_type: str = ""
    warnings: tuple[str, ...] = field(default=())


NOT_MINE = Finding(0.0)
CERTAIN = Finding(1.0)


class Handler:
    """One type of file. Handlers hold no state: one object serves every file."""

    declaration: Declaration

    def recognise(self, sample: Sample) -> Finding:
        """Tell from a sample, before any parser, whether a file is of this kind."""
        raise NotImplementedError

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the facts inside a file: title, author, pages, sheets, dimensions, dates, macros.

        Raises:
            TaskFailed: it is damaged, encrypted, or over a limit.
        """
        raise NotImplementedError

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Put what is wanted into the answer, piece by piece.

        Raises:
            TaskFailed: it is damaged, encrypted, over a limit, or the wish makes no sense.
        """
        raise NotImplementedError

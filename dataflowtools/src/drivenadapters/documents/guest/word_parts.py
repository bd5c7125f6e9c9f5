"""What stands around the body of a Word document: headers, footers, notes, comments."""

from __future__ import annotations

from collections.abc import Iterator

from drivenadapters.workers.guest.failures import TaskFailed

from . import xml
from .answer import Answer
from .flow import Block, Paragraph, Span
from .numbering import Numbering, read_numbering
from .package import Package
from .wordprocessing import BodyReader, Notes, Style, read_styles

_NOTE_PARTS = {"footnote": "footnotes", "endnote": "endnotes", "comment": "comments"}
_NO_NOTES = ("separator", "continuationSeparator", "continuationNotice")


class WordParts:
    """A Word document, part by part; parts beside the body that are damaged cost a warning only."""

    def __init__(self, package: Package, answer: Answer | None = None) -> None:
        self._package = package
        self._answer = answer
        self._styles: dict[str, Style] = {}
        self._numbering = Numbering()
        self.notes = Notes()
        for root in self._roots("styles"):
            self._styles = read_styles(root)
        for root in self._roots("numbering"):
            self._numbering = read_numbering(root)

    def blocks(self) -> Iterator[Block]:
        """Return everything in the order of reading: headers, body, notes and comments, footers."""
        yield from self._each("header")
        root = self._package.root(self._package.main)
        yield from self._reader(self._package.main).blocks(self._body(root))
        yield from self._noted()
        yield from self._each("footer")

    def counts(self) -> dict[str, int]:
        """Return how many notes, comments and tracked changes there are."""
        root = self._package.root(self._package.main)
        counts = {name: sum(map(_is_note, self._notes_of(kind))) for kind, name in _NOTE_PARTS.items()}
        changes = sum(1 for _ in root.iter("{*}ins", "{*}del", "{*}moveFrom", "{*}moveTo"))
        tables = sum(1 for _ in root.iter("{*}tbl"))
        return {**counts, "tracked_changes": changes, "tables": tables}

    def _body(self, root: xml.Element) -> xml.Element:
        body = xml.child(root, "body")
        return root if body is None else body

    def _each(self, kind: str) -> Iterator[Block]:
        seen: set[str] = set()
        for name in self._package.related(self._package.main, kind):
            for root in self._root(name):
                blocks = list(self._reader(name).blocks(root))
                text = "\n".join(block.text for block in blocks if isinstance(block, Paragraph))
                if text not in seen:
                    seen.add(text)
                    yield from blocks

    def _noted(self) -> Iterator[Block]:
        found = {(kind, xml.attribute(note, "id")): note for kind in _NOTE_PARTS for note in self._notes_of(kind)}
        readers = {kind: self._reader(name) for kind in _NOTE_PARTS for name in self._names(kind)}
        for number, key in enumerate(self.notes.marks, start=1):
            note = found.pop(key, None)
            if note is not None:
                yield from _note(f"[{number}] {_author(note)}", list(readers[key[0]].blocks(note)))
        for (kind, _), note in found.items():
            if _is_note(note):
                yield from _note(_author(note), list(readers[kind].blocks(note)))

    def _notes_of(self, kind: str) -> list[xml.Element]:
        return [note for name in self._names(kind) for root in self._root(name) for note in xml.children(root, kind)]

    def _names(self, kind: str) -> list[str]:
        return self._package.related(self._package.main, _NOTE_PARTS[kind])

    def _roots(self, kind: str) -> Iterator[xml.Element]:
        for name in self._package.related(self._package.main, kind):
            yield from self._root(name)

    def _root(self, name: str) -> Iterator[xml.Element]:
        try:
            yield self._package.root(name)
        except TaskFailed as failure:
            if self._answer is not None:
                self._answer.warn(failure.message)

    def _reader(self, name: str) -> BodyReader:
        return BodyReader(self._package.relations(name), self._styles, self._numbering, self.notes)


def _is_note(note: xml.Element) -> bool:
    return xml.attribute(note, "type") not in _NO_NOTES


def _author(note: xml.Element) -> str:
    author = xml.attribute(note, "author")
    return f"{author}: " if author else ""


def _note(mark: str, blocks: list[Block]) -> Iterator[Block]:
    if blocks and isinstance(blocks[0], Paragraph):
        first = blocks[0]
        if first.spans:
            first.spans[0].text = first.spans[0].text.lstrip()
        first.spans.insert(0, Span(mark))
    elif blocks:
        yield Paragraph([Span(mark)])
    yield from blocks

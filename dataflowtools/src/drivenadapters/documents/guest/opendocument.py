"""OpenDocument (ISO/IEC 26300): text documents as flowing text, and the properties of all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from . import xml
from .document import Document
from .encrypted import needs_password
from .flow import Block, Grid, GridCell, Item, Paragraph, Span
from .gate import BROKEN_ZIP, open_archive
from .numbering import Level, Numbering

_FACTS = {
    "title": "title",
    "description": "description",
    "subject": "subject",
    "keyword": "keywords",
    "initial-creator": "author",
    "creator": "last_modified_by",
    "creation-date": "created",
    "date": "modified",
    "generator": "application",
    "language": "language",
}
_COUNTS = {"page-count": "pages", "word-count": "words", "character-count": "characters", "table-count": "tables"}
_PARAGRAPHS = ("p", "h")
_WRAPPERS = frozenset(
    "section index-body table-of-content alphabetical-index illustration-index text body document-content".split()
)
_REMOVED = frozenset(("tracked-changes", "sequence-decls", "forms", "index-title-template"))
_NUMBER_STYLES = {"1": "decimal", "i": "lowerRoman", "I": "upperRoman", "a": "lowerLetter", "A": "upperLetter"}
_PLACE = re.compile(r"%(\d)%")
_MOST_REPEATED = 1000
_DEEPEST = 100


class OpenDocument:
    """The parts of a document.

    Raises:
        TaskFailed: it is damaged, encrypted or over a limit.
    """

    def __init__(self, document: Document) -> None:
        self._archive = open_archive(document.file, document.limits)
        if b"encryption-data" in self._optional("META-INF/manifest.xml"):
            raise (
                needs_password()
                if not document.password
                else TaskFailed(FailureKind.ENCRYPTED, "encrypted OpenDocument files cannot be read", field="password")
            )

    def root(self, name: str) -> xml.Element:
        """Return the root of a part."""
        try:
            return xml.parse(self._archive.read(name), f"the part {name}")
        except BROKEN_ZIP as error:
            raise TaskFailed(FailureKind.DAMAGED, f"the part {name} is missing or damaged") from error

    def facts(self) -> dict[str, Any]:
        """Return the properties that are set."""
        data = self._optional("meta.xml")
        if not data:
            return {}
        facts: dict[str, Any] = {}
        for element in xml.parse(data, "the part meta.xml").iter():
            name = _FACTS.get(xml.local(element))
            if name and element.text and element.text.strip():
                facts[name] = element.text.strip()
            if xml.local(element) == "document-statistic":
                facts |= {
                    ours: int(xml.attribute(element, theirs))
                    for theirs, ours in _COUNTS.items()
                    if xml.attribute(element, theirs).isdigit()
                }
        macros = any(name.startswith("Basic/") for name in self._archive.namelist())
        return {**facts, "macros": macros}

    def pictures(self) -> Iterator[tuple[str, bytes]]:
        """Return names and contents of the pictures inside."""
        for name in self._archive.namelist():
            if name.startswith("Pictures/") and not name.endswith("/"):
                yield name.rpartition("/")[2], self._optional(name)

    def blocks(self) -> Iterator[Block]:
        """Return what a text document says, notes and comments at its end."""
        root, styles = self.root("content.xml"), self._styles()
        reader = _TextReader(_numbering([found for found in (styles, root) if found is not None]))
        margins = [] if styles is None else list(styles.iter("{*}master-page"))
        for page in margins:
            yield from (block for part in xml.children(page, "header") for block in reader.blocks(part))
        yield from reader.blocks(next(root.iter("{*}body"), root))
        yield from reader.noted()
        for page in margins:
            yield from (block for part in xml.children(page, "footer") for block in reader.blocks(part))

    def _styles(self) -> xml.Element | None:
        data = self._optional("styles.xml")
        return xml.parse(data, "the part styles.xml") if data else None

    def _optional(self, name: str) -> bytes:
        try:
            return self._archive.read(name)
        except BROKEN_ZIP:
            return b""


class _TextReader:
    def __init__(self, numbering: Numbering) -> None:
        self._notes: list[list[Block]] = []
        self._numbering = numbering
        self._lists = 0

    def blocks(self, container: xml.Element, item: Item | None = None, level: int = 0) -> Iterator[Block]:
        """Return the blocks of an element."""
        if level > _DEEPEST:
            return
        for element in container:
            name = xml.local(element)
            if name in _PARAGRAPHS:
                yield from self._paragraph(element, item)
                item = None
            elif name == "list":
                yield from self._list(element, level, self._list_id(element))
            elif name == "table":
                yield self._table(element, level)
            elif name in _WRAPPERS:
                yield from self.blocks(element, item, level + 1)

    def noted(self) -> Iterator[Block]:
        """Return the notes, numbered as their marks in the text are."""
        for number, blocks in enumerate(self._notes, start=1):
            if blocks and isinstance(blocks[0], Paragraph):
                blocks[0].spans.insert(0, Span(f"[{number}] "))
            yield from blocks

    def _paragraph(self, element: xml.Element, item: Item | None) -> Iterator[Block]:
        boxes: list[xml.Element] = []
        level = xml.attribute(element, "outline-level", "1")
        heading = min(int(level), 6) if xml.local(element) == "h" and level.isdigit() else 0
        yield Paragraph(list(self._spans(element, "", boxes)), heading, None if heading else item)
        for box in boxes:
            yield from self.blocks(box, level=1)

    def _spans(self, element: xml.Element, link: str, boxes: list[xml.Element]) -> Iterator[Span]:
        if element.text:
            yield Span(element.text, link=link)
        for inner in element:
            yield from self._inline(inner, link, boxes)
            if inner.tail:
                yield Span(inner.tail, link=link)

    def _inline(self, inner: xml.Element, link: str, boxes: list[xml.Element]) -> Iterator[Span]:
        match xml.local(inner):
            case "s":
                count = xml.attribute(inner, "c", "1")
                yield Span(" " * (min(int(count), _MOST_REPEATED) if count.isdigit() else 1))
            case "tab":
                yield Span("\t")
            case "line-break":
                yield Span("\n")
            case "a":
                yield from self._spans(inner, xml.attribute(inner, "href"), boxes)
            case "note" | "annotation":
                yield Span(self._note(inner))
            case "text-box":
                boxes.append(inner)
            case "frame" | "custom-shape" | "g":
                boxes += inner.iter("{*}text-box")
            case name if name and name not in _REMOVED:
                yield from self._spans(inner, link, boxes)

    def _note(self, element: xml.Element) -> str:
        body = next(element.iter("{*}note-body"), element)
        self._notes.append([])
        mark = len(self._notes)
        self._notes[-1] = list(self.blocks(body, level=1))
        return f"[{mark}]"

    def _list_id(self, element: xml.Element) -> str:
        """Return the name of a list to be counted; one that does not continue another begins anew."""
        style = xml.attribute(element, "style-name")
        if xml.attribute(element, "continue-numbering") != "true":
            self._lists += 1
        identity = f"{style}#{self._lists}"
        self._numbering.lists[identity] = identity
        self._numbering.levels[identity] = self._numbering.levels.get(style, {})
        return identity

    def _list(self, element: xml.Element, level: int, list_id: str, depth: int = 0) -> Iterator[Block]:
        for entry in element:
            if xml.local(entry) not in ("list-item", "list-header"):
                continue
            has_text = any(xml.local(child) in _PARAGRAPHS for child in entry)
            item = self._numbering.item(list_id, depth) or Item(depth) if has_text else None
            for child in entry:
                if xml.local(child) == "list" and depth < _DEEPEST:
                    yield from self._list(child, level, list_id, depth + 1)
                elif xml.local(child) in _PARAGRAPHS:
                    yield from self._paragraph(child, item)
                    item = None

    def _table(self, table: xml.Element, level: int) -> Grid:
        grid = Grid()
        for row in table.iter("{*}table-row"):
            if next(row.iterancestors("{*}table")) is table:
                grid.rows.append(self._row(row, level))
        return grid

    def _row(self, row: xml.Element, level: int) -> dict[int, GridCell]:
        cells: dict[int, GridCell] = {}
        column = 0
        for cell in row:
            if xml.local(cell) == "table-cell":
                rows, columns = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
                for _ in range(_number(cell, "number-columns-repeated")):
                    cells[column] = GridCell(list(self.blocks(cell, level=level + 1)), rows, columns)
                    column += 1
            elif xml.local(cell) == "covered-table-cell":
                column += _number(cell, "number-columns-repeated")
        return cells


def _numbering(roots: list[xml.Element]) -> Numbering:
    """Return the list styles of a document, by name."""
    numbering = Numbering()
    for root in roots:
        for style in root.iter("{*}list-style"):
            levels = [level for level in style if xml.local(level).startswith("list-level-style")]
            numbering.levels[xml.attribute(style, "name")] = {
                _number(level, "level") - 1: _level(level, index) for index, level in enumerate(levels)
            }
    return numbering


def _level(level: xml.Element, index: int) -> Level:
    if xml.local(level) != "list-level-style-number":
        return Level("bullet")
    shown = min(_number(level, "display-levels"), index + 1)
    numbers = ".".join(f"%{index + 1 - step}" for step in reversed(range(shown)))
    pattern = f"{xml.attribute(level, 'num-prefix')}{numbers}{xml.attribute(level, 'num-suffix')}"
    written = xml.attribute(level, "num-list-format")  # as newer writers put it: %1%.%2%
    pattern = _PLACE.sub(r"%\1", written) if written else pattern
    style = _NUMBER_STYLES.get(xml.attribute(level, "num-format"), "none")
    return Level(style, pattern if style != "none" else "", _number(level, "start-value"))


def _number(element: xml.Element, name: str) -> int:
    text = xml.attribute(element, name, "1")
    return min(max(int(text), 1), _MOST_REPEATED) if text.isdigit() and len(text) < 9 else 1

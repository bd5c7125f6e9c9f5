"""Word documents before 2007 as flowing text."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from .flow import Block, Grid, GridCell, Item, Paragraph, Span
from .numbering import Level, Numbering
from .word_binary import Properties, WordFile

_IN_TABLE, _ROW_END, _DEPTH = 0x2416, 0x2417, 0x6649
_INNER_ROW_END = 0x244C
_LEVEL, _LIST, _OUTLINE = 0x260A, 0x460B, 0x2640
_BOLD, _ITALIC, _STRUCK, _HIDDEN, _DELETED, _SYMBOL = 0x0835, 0x0836, 0x0837, 0x083C, 0x0800, 0x6A09
_ENDS = re.compile(r"([\r\x07\x0c])")
_FIELD = re.compile(r"([\x13\x14\x15])")
_LINK = re.compile(r'\s*HYPERLINK\s+(\\l\s+)?"?([^"\s]+)"?')
_SIGNS = {"\x0b": "\n", "\x1e": "\u2011", "\x1f": "", "\x0e": "\n", "\xa0": "\xa0", "\t": "\t"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_STYLES, _LISTS, _LIST_USES = 0xA2, 0x2E2, 0x2EA
_NUMBER_STYLES = {
    1: "upperRoman",
    2: "lowerRoman",
    3: "upperLetter",
    4: "lowerLetter",
    5: "ordinal",
    23: "bullet",
    255: "none",
    22: "decimalZero",
    18: "decimalEnclosedCircle",
    39: "chineseCounting",
    37: "chineseCounting",
}
_TITLE = 62
_ORDER = ("body", "text_boxes", "footnotes", "endnotes", "comments", "headers", "header_text_boxes")


class WordFlow:
    """Turns the stories of a document into blocks."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._headings = _headings(file.structure(_STYLES))
        self._numbering = _numbering(file)
        self._fields: list[list[str]] = []  # of each open field: its instruction, and whether its result has begun
        self._notes = 0
        stories = {name: (start, end) for name, start, end in file.stories()}
        self._marks_notes = not ({"footnotes", "endnotes"} <= stories.keys())
        self._stories = stories

    def blocks(self) -> Iterator[Block]:
        """Return everything in the order of reading."""
        for name in _ORDER:
            if name in self._stories:
                self._notes, self._fields = 0, []
                yield from self._story(*self._stories[name])

    def _story(self, start: int, end: int) -> Iterator[Block]:
        rows: list[dict[int, GridCell]] = []
        cells: list[GridCell] = []
        in_cell: list[Paragraph | Grid] = []
        for spans, mark, properties in self._paragraphs(start, end):
            values = properties.values
            if mark == "\x07" or values.get(_IN_TABLE) or values.get(_DEPTH):
                if values.get(_INNER_ROW_END):  # of a table in a cell, whose text becomes that cell's
                    continue
                if self._ends_row(mark, values, cells, spans):
                    rows.append(dict(enumerate(cells)))
                    cells, in_cell = [], []
                    continue
                in_cell.append(self._paragraph(spans, properties))
                if mark == "\x07":
                    cells.append(GridCell(in_cell))
                    in_cell = []
                continue
            yield from _table(rows, cells)
            rows, cells, in_cell = [], [], []
            yield self._paragraph(spans, properties)
        yield from _table(rows, cells)

    def _ends_row(self, mark: str, values: dict[int, int], cells: list[GridCell], spans: list[Span]) -> bool:
        if values.get(_ROW_END):
            return True
        # What says so is not read of Word 6 and 95: there a row ends with a mark on its own.
        return not self._file.is_97 and mark == "\x07" and bool(cells) and not any(span.text for span in spans)

    def _paragraphs(self, start: int, end: int) -> Iterator[tuple[list[Span], str, Properties]]:
        """Return characters, end mark and properties of each paragraph."""
        spans: list[Span] = []
        for text, position, width in self._file.characters_of(start, end):
            look = self._file.characters.at(position).values
            for piece in _ENDS.split(text):
                if piece in ("\r", "\x07", "\x0c") and piece:
                    yield spans, piece, self._file.paragraphs.at(position)
                    spans = []
                elif piece:
                    spans += self._spans(piece, look)
                position += len(piece) * width
        if spans:
            yield spans, "", Properties()

    def _spans(self, text: str, look: dict[int, int]) -> Iterator[Span]:
        for piece in _FIELD.split(text):
            if piece == "\x13":
                self._fields.append(["", ""])
            elif piece == "\x14" and self._fields:
                self._fields[-1][1] = "result"
            elif piece == "\x15" and self._fields:
                self._fields.pop()
            elif any(not shown for _, shown in self._fields):
                self._fields[-1][0] += piece
            elif piece and not look.get(_HIDDEN, 0) % 2 and not look.get(_DELETED, 0) % 2:
                shown = self._shown(piece, look)
                yield Span(shown, _on(look, _BOLD), _on(look, _ITALIC), _on(look, _STRUCK), link=self._link())

    def _link(self) -> str:
        for instruction, _ in self._fields:
            match = _LINK.match(instruction)
            if match:
                return ("#" if match[1] else "") + match[2]
        return ""

    def _shown(self, text: str, look: dict[int, int]) -> str:
        if text == "(" and _SYMBOL in look:
            return "•"  # the letter of a symbol font that stands here for it
        if "\x02" in text:
            text = re.sub("\x02", self._note, text)
        return _CONTROL.sub(lambda match: _SIGNS.get(match[0], ""), text)

    def _note(self, _: re.Match[str]) -> str:
        self._notes += 1
        return f"[{self._notes}]" if self._marks_notes else ""

    def _paragraph(self, spans: list[Span], properties: Properties) -> Paragraph:
        values = properties.values
        heading = self._headings.get(properties.style, 0)
        outline = values.get(_OUTLINE, 9)
        if outline < 9 and not heading:
            heading = outline + 1
        item = self._item(values) if any(span.text.strip() for span in spans) else None
        if item is not None and heading and item.ordered:
            spans = [Span(f"{item.label} "), *spans]
        return Paragraph(spans, heading, None if heading else item)

    def _item(self, values: dict[int, int]) -> Item | None:
        return self._numbering.item(str(values[_LIST]), values.get(_LEVEL, 0)) if values.get(_LIST) else None


def _on(look: dict[int, int], number: int) -> bool:
    return look.get(number, 0) in (1, 129)


def _table(rows: list[dict[int, GridCell]], cells: list[GridCell]) -> Iterator[Block]:
    complete = [*rows, dict(enumerate(cells))] if cells else rows
    if complete:
        yield Grid(complete)


def _headings(styles: bytes) -> dict[int, int]:
    """Return the levels of the styles that are headings (MS-DOC 2.9.271)."""
    if len(styles) < 4:
        return {}
    size, count = struct.unpack_from("<HH", styles)
    position, found = 2 + size, {}
    for index in range(count):
        if position + 2 > len(styles):
            break
        length = int.from_bytes(styles[position : position + 2], "little")
        kind = int.from_bytes(styles[position + 2 : position + 4], "little") & 0xFFF if length >= 2 else 0xFFF
        if 1 <= kind <= 9:
            found[index] = kind
        elif kind == _TITLE:
            found[index] = 1
        position += 2 + length + length % 2
    return found


def _numbering(file: WordFile) -> Numbering:
    """Return the lists of a document (MS-DOC 2.9.147, 2.9.131); none of what is damaged."""
    numbering = Numbering()
    try:
        _read_lists(file, numbering)
    except (struct.error, IndexError):
        return Numbering()
    return numbering


def _read_lists(file: WordFile, numbering: Numbering) -> None:
    listed, uses = file.structure(_LISTS), file.structure(_LIST_USES)
    if len(listed) < 2 or len(uses) < 4:
        return
    levels = file.table_from(_LISTS)
    position = 0
    for index in range(struct.unpack_from("<H", listed)[0]):
        identity = struct.unpack_from("<I", listed, 2 + 28 * index)[0]
        simple = listed[2 + 28 * index + 26] & 1
        found = {}
        for depth in range(1 if simple else 9):
            found[depth], position = _level(levels, position)
        numbering.levels[str(identity)] = found
    for index in range(struct.unpack_from("<I", uses)[0]):
        identity = struct.unpack_from("<I", uses, 4 + 16 * index)[0]
        numbering.lists[str(index + 1)] = str(identity)


def _level(levels: bytes, position: int) -> tuple[Level, int]:
    start, style = struct.unpack_from("<iB", levels, position)
    characters, paragraphs = levels[position + 24], levels[position + 25]
    position += 28 + characters + paragraphs
    count = struct.unpack_from("<H", levels, position)[0]
    text = levels[position + 2 : position + 2 + 2 * count].decode("utf-16-le", "replace")
    pattern = "".join(f"%{ord(character) + 1}" if ord(character) < 9 else character for character in text)
    name = _NUMBER_STYLES.get(style, "decimal")
    return Level(name, pattern, start if 0 < start < 10_000 else 1), position + 2 + 2 * count

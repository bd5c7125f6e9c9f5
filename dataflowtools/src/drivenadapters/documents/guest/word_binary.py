"""The text of Word documents before 2007: the piece table, and what it says of paragraphs and characters.

Follows MS-DOC for Word 97 to 2003. Of Word 6 and 95 the text is read, not its formatting; of Word 2 as well.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_WORD_97, _WORD_6, _WORD_2 = 0xA5EC, 0xA5DC, 0xA5DB
_FIRST_OF_97 = 0xC0  # versions of the file format
_COMPLEX, _SECOND_TABLE = 0x0004, 0x0200
_COMPRESSED = 1 << 30
_PAGE = 512
_MOST_PIECES = 200_000
_STORIES = ("body", "footnotes", "headers", "macros", "comments", "endnotes", "text_boxes", "header_text_boxes")
_COUNTS_97 = (0x4C, 0x50, 0x54, 0x58, 0x5C, 0x60, 0x64, 0x68)
_COUNTS_6 = (0x34, 0x38, 0x3C, 0x40, 0x44, 0x48, 0x4C, 0x50)
_CODE_PAGES = {
    0x04: "gb18030",
    0x11: "cp932",
    0x12: "cp949",
    0x19: "cp1251",
    0x22: "cp1251",
    0x02: "cp1251",
    0x23: "cp1251",
    0x05: "cp1250",
    0x0E: "cp1250",
    0x15: "cp1250",
    0x18: "cp1250",
    0x08: "cp1253",
    0x1F: "cp1254",
    0x0D: "cp1255",
    0x01: "cp1256",
    0x29: "cp1256",
    0x2A: "cp1258",
    0x1E: "cp874",
}
_TRADITIONAL = (0x0404, 0x0C04, 0x1404)
_OPERAND_BYTES = (1, 1, 2, 4, 2, 2, 0, 3)
_LONG_TABLE, _TABS = 0xD608, 0xC615


@dataclass(frozen=True)
class Piece:
    """A run of the text: where it stands in the document and in the file."""

    start: int
    end: int
    offset: int
    wide: bool


@dataclass
class Properties:
    """What is said of a paragraph or of characters, by the number of the property; absent ones are the style's."""

    style: int = 0
    values: dict[int, int] = field(default_factory=dict)


@dataclass
class Runs:
    """Properties by offset in the file."""

    starts: list[int] = field(default_factory=list)
    found: list[Properties] = field(default_factory=list)

    def at(self, offset: int) -> Properties:
        """Return the properties at an offset."""
        index = bisect_right(self.starts, offset) - 1
        return self.found[index] if index >= 0 else Properties()

    def next_start(self, offset: int) -> int:
        """Return where other properties begin."""
        index = bisect_right(self.starts, offset)
        return self.starts[index] if index < len(self.starts) else 1 << 40


class WordFile:
    """A document as it lies in its streams.

    Args:
        main: the stream ``WordDocument``, or the whole of a file that has none.
        tables: the streams ``0Table`` and ``1Table``.

    Raises:
        TaskFailed: it is damaged.
    """

    def __init__(self, main: bytes, tables: tuple[bytes, bytes]) -> None:
        self._main = main
        magic, self.version, language, flags = self._unpack("<HH2xH2xH", 0)
        if magic not in (_WORD_97, _WORD_6, _WORD_2, 0xA5DC) and self.version < 1:
            raise _damaged("its header")
        self.is_97 = magic == _WORD_97 and self.version >= _FIRST_OF_97
        self.encoding = "cp1252" if self.is_97 else _encoding(language)
        self._table = tables[bool(flags & _SECOND_TABLE)] if self.is_97 else main
        self.pieces = self._pieces(flags)
        self.paragraphs = self._runs(0x102, 13) if self.is_97 else Runs()
        self.characters = self._runs(0xFA, 1) if self.is_97 else Runs()

    def stories(self) -> Iterator[tuple[str, int, int]]:
        """Return the parts of the text that are not empty: name, first and last position."""
        position = 0
        for name, place in zip(_STORIES, _COUNTS_97 if self.is_97 else _COUNTS_6, strict=True):
            count = max(0, self._unpack("<i", place)[0])
            end = min(position + count, self.length)
            if end > position:
                yield name, position, end
            position = end

    @property
    def length(self) -> int:
        """Characters of all stories."""
        return self.pieces[-1].end if self.pieces else 0

    def characters_of(self, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Return the text between two positions in runs of one look: text, offset in the file, bytes a character."""
        for piece in self.pieces:
            first, last = max(piece.start, start), min(piece.end, end)
            width = 2 if piece.wide else 1
            while first < last:
                offset = piece.offset + (first - piece.start) * width
                most = (self.characters.next_start(offset) - offset + width - 1) // width
                count = min(last - first, max(1, most))
                yield self._decode(offset, count, wide=piece.wide), offset, width
                first += count

    def structure(self, place: int) -> bytes:
        """Return a structure of the table stream, named by where the header points to it; empty if it has none."""
        if not self.is_97 or place + 8 > len(self._main):
            return b""
        offset, size = self._unpack("<II", place)
        return self._table[offset : offset + size]

    def table_from(self, place: int) -> bytes:
        """Return the table stream from behind a structure: what belongs to it may follow it."""
        offset, size = self._unpack("<II", place)
        return self._table[offset + size :]

    def _decode(self, offset: int, count: int, *, wide: bool) -> str:
        data = self._main[offset : offset + count * (2 if wide else 1)]
        return data.decode("utf-16-le" if wide else self.encoding, "replace")

    def _pieces(self, flags: int) -> list[Piece]:
        if self.is_97:
            return self._piece_table(self.structure(0x1A2))
        if flags & _COMPLEX:
            offset, size = self._unpack("<II", 0x160)
            return self._piece_table(self._main[offset : offset + size])
        start, end = self._unpack("<II", 0x18)
        if not 0 < start <= end <= len(self._main):
            raise _damaged("its text")
        return [Piece(0, end - start, start, wide=False)]

    def _piece_table(self, clx: bytes) -> list[Piece]:
        position = 0
        while position + 3 <= len(clx) and clx[position] == 1:
            position += 3 + int.from_bytes(clx[position + 1 : position + 3], "little")
        if position + 5 > len(clx) or clx[position] != 2:
            raise _damaged("its table of pieces")
        size = int.from_bytes(clx[position + 1 : position + 5], "little")
        table = clx[position + 5 : position + 5 + size]
        count = min((len(table) - 4) // 12, _MOST_PIECES)
        if count < 1:
            raise _damaged("its table of pieces")
        places = struct.unpack_from(f"<{count + 1}I", table)
        offsets = [struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)[0] for index in range(count)]
        return list(self._valid(zip(places, places[1:], offsets, strict=False)))

    def _valid(self, found: Iterator[tuple[int, int, int]]) -> Iterator[Piece]:
        for start, end, offset in found:
            narrow = bool(offset & _COMPRESSED) or not self.is_97
            offset = (offset & ~_COMPRESSED) // (2 if narrow and self.is_97 else 1)
            room = (len(self._main) - offset) // (1 if narrow else 2)
            if start >= end or room <= 0:
                continue
            yield Piece(start, start + min(end - start, room), offset, wide=not narrow)

    def _runs(self, place: int, entry: int) -> Runs:
        """Read the pages of properties that a structure of the table stream lists."""
        listed = self.structure(place)
        count = max(0, (len(listed) - 4) // 8)
        found: list[tuple[int, Properties]] = []
        for index in range(count):
            page = struct.unpack_from("<I", listed, 4 * (count + 1) + 4 * index)[0] & 0x3FFFFF
            found += _page(self._main[page * _PAGE : (page + 1) * _PAGE], entry)
        found.sort(key=lambda item: item[0])
        return Runs([start for start, _ in found], [properties for _, properties in found])

    def _unpack(self, pattern: str, place: int) -> tuple[int, ...]:
        if place + struct.calcsize(pattern) > len(self._main):
            raise _damaged("its header")
        return struct.unpack_from(pattern, self._main, place)


def _page(page: bytes, entry: int) -> Iterator[tuple[int, Properties]]:
    """Return the runs of one page (MS-DOC 2.9.32, 2.9.33); an entry of 13 bytes is a paragraph's."""
    if len(page) < _PAGE:
        return
    count = page[-1]
    if 4 * (count + 1) + entry * count > _PAGE:
        return
    starts = struct.unpack_from(f"<{count + 1}I", page)
    for index in range(count):
        offset = page[4 * (count + 1) + entry * index] * 2
        yield starts[index], _paragraph(page, offset) if entry > 1 else _character(page, offset)


def _paragraph(page: bytes, offset: int) -> Properties:
    if not offset or offset + 2 > _PAGE:
        return Properties()
    size = page[offset] * 2 - 1
    offset += 1
    if size < 0:
        size = page[offset] * 2
        offset += 1
    data = page[offset : offset + size]
    if len(data) < 2:
        return Properties()
    return Properties(int.from_bytes(data[:2], "little"), dict(properties(data[2:])))


def _character(page: bytes, offset: int) -> Properties:
    if not offset or offset + 1 > _PAGE:
        return Properties()
    return Properties(0, dict(properties(page[offset + 1 : offset + 1 + page[offset]])))


def properties(data: bytes) -> Iterator[tuple[int, int]]:
    """Return the numbers and values of a list of property modifiers (MS-DOC 2.6)."""
    position = 0
    while position + 2 <= len(data):
        number = int.from_bytes(data[position : position + 2], "little")
        position += 2
        size = _OPERAND_BYTES[number >> 13]
        if size == 0:
            size = _variable(number, data[position:])
        yield number, int.from_bytes(data[position : position + min(size, 4)], "little")
        position += size


def _variable(number: int, data: bytes) -> int:
    if number == _LONG_TABLE:
        return int.from_bytes(data[:2], "little") + 1
    if number == _TABS and data[:1] == b"\xff":
        return len(data)  # its length is not in its first byte; nothing of interest follows tabs
    return data[0] + 1 if data else 1


def _encoding(language: int) -> str:
    if language in _TRADITIONAL:
        return "big5"
    return _CODE_PAGES.get(language & 0x3FF, "cp1252")


def _damaged(what: str) -> TaskFailed:
    return TaskFailed(FailureKind.DAMAGED, f"the Word file is damaged: {what} cannot be read")

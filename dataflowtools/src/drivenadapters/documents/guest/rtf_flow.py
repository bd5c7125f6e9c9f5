"""Rich Text Format (specification 1.9.1) as flowing text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .flow import Block, Grid, GridCell, Item, Paragraph, Span

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_SILENT = frozenset(
    "fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator xmlnstbl themedata colorschememapping "
    "latentstyles datastore pict object fldinst filetbl revtbl pgptbl mmathPr template bkmkstart bkmkend nonshppict "
    "sp private datafield formfield objdata blipuid picprop wgrffmtfilter".split()
)
_KEPT = frozenset(
    "shptxt footnote header footer headerl headerr headerf footerl footerr footerf annotation atnid".split()
)
_FACTS = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "keywords": "keywords",
    "doccomm": "description",
    "operator": "last_modified_by",
    "company": "company",
    "manager": "manager",
    "category": "category",
}
_MOMENTS = {"creatim": "created", "revtim": "modified", "printim": "printed"}
_CHARACTERS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "zwj": "\u200d",
    "zwnj": "\u200c",
}
_SWITCHES = {"b": "bold", "i": "italic", "strike": "struck", "v": "hidden", "deleted": "hidden"}
_LABELS = ("listtext", "pntext")
_MOMENT = ("yr", "mo", "dy", "hr", "min")
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
_CODE_PAGES = {936: "gb18030", 10000: "mac_roman", 65001: "utf-8"}
_DEEPEST = 1000
_LINK = re.compile(r'HYPERLINK\s+"([^"]*)"')


@dataclass
class _State:
    destination: str = ""
    silent: bool = False
    bold: bool = False
    italic: bool = False
    struck: bool = False
    hidden: bool = False
    encoding: str = ""
    skip: int = 1  # characters that stand for a Unicode one, for readers that know none
    in_table: bool = False
    link: str = ""


@dataclass
class RtfReader:
    """Reads one document."""

    facts: dict[str, str] = field(default_factory=dict)
    _encoding: str = "cp1252"
    _fonts: dict[int, str] = field(default_factory=dict)
    _font: int = 0
    _stack: list[_State] = field(default_factory=list)
    _state: _State = field(default_factory=_State)
    _bytes: bytearray = field(default_factory=bytearray)
    _skipping: int = 0
    _spans: list[Span] = field(default_factory=list)
    _outline: int = 0
    _cells: list[GridCell] = field(default_factory=list)
    _in_cell: list[Block] = field(default_factory=list)
    _rows: list[dict[int, GridCell]] = field(default_factory=list)
    _instruction: str = ""
    _moment: dict[str, int] = field(default_factory=dict)
    _starred: bool = False
    _label: str = ""
    _depth: int = 0

    def blocks(self, data: bytes) -> Iterator[Block]:
        """Return the blocks of a document.

        Raises:
            TaskFailed: it is no RTF, or its groups nest too deep.
        """
        if not data.lstrip().startswith(b"{\\rtf"):
            raise TaskFailed(FailureKind.DAMAGED, "the file does not begin as RTF does")
        for match in _TOKEN.finditer(data):
            word, number, code, symbol, brace, text = match.groups()
            if code is not None:
                self._byte(int(code, 16))
            elif text is not None:
                self._plain(text)
            elif word is not None:
                yield from self._word(word.decode("ascii"), None if number is None else int(number))
            elif brace is not None:
                self._brace(brace)
            elif symbol is not None:
                self._symbol(symbol)
        self._decode()
        yield from self._paragraph()
        yield from self._table()

    def _brace(self, brace: bytes) -> None:
        self._decode()
        if brace == b"{":
            if len(self._stack) >= _DEEPEST:
                raise TaskFailed(FailureKind.DAMAGED, "the groups of the file nest too deep")
            self._stack.append(self._state)
            self._state = replace(self._state)
        elif self._stack:
            ended, self._state = self._state, self._stack.pop()
            self._end(ended)
        self._starred = False

    def _end(self, ended: _State) -> None:
        if ended.destination == "fldinst" and self._state.destination != "fldinst":
            match = _LINK.search(self._instruction)
            self._state.link = match[1] if match else ""
            self._instruction = ""
        elif ended.destination in _MOMENTS and self._moment:
            moment = self._moment
            self.facts[_MOMENTS[ended.destination]] = (
                f"{moment.get('yr', 0):04d}-{moment.get('mo', 1):02d}-{moment.get('dy', 1):02d}"
                f"T{moment.get('hr', 0):02d}:{moment.get('min', 0):02d}:00"
            )
            self._moment = {}

    def _word(self, word: str, number: int | None) -> Iterator[Block]:
        if word != "u":
            self._decode()
        if self._starts(word):
            return
        match word:
            case "u":
                self._unicode(number or 0)
            case "uc":
                self._state.skip = number if number is not None else 1
            case "par" | "sect" | "page":
                yield from self._paragraph()
            case "pard":
                self._outline, self._depth, self._state.in_table = 0, 0, False
            case "cell" | "nestcell":
                self._cell()
            case "row" | "nestrow":
                self._row()
            case _:
                self._set(word, number)

    def _starts(self, word: str) -> bool:
        """Whether a word begins a destination; one that is starred and not known is for other readers."""
        starred, self._starred = self._starred, False
        if word in _SILENT or (starred and word not in (*_KEPT, *_FACTS, *_LABELS) and word != "shpinst"):
            self._state.silent, self._state.destination = True, word
            return True
        if word in _FACTS or word in _MOMENTS or word in _LABELS or word == "info":
            self._state.destination = word
            return True
        return False

    def _set(self, word: str, number: int | None) -> None:
        state = self._state
        if word in _SWITCHES:
            setattr(state, _SWITCHES[word], number != 0)
        elif word in _CHARACTERS:
            self._text(_CHARACTERS[word])
        elif word in _MOMENT:
            self._moment[word] = min(max(number or 0, 0), 9999)
        match word:
            case "plain":
                state.bold = state.italic = state.struck = state.hidden = False
            case "intbl":
                state.in_table = True
            case "ilvl":
                self._depth = min(max(number or 0, 0), 8)
            case "outlinelevel":
                self._outline = (number or 0) + 1 if (number or 0) < 9 else 0
            case "f" | "fcharset" | "ansicpg" | "mac":
                self._choose_encoding(word, number or 0)

    def _choose_encoding(self, word: str, number: int) -> None:
        if word == "ansicpg":
            self._encoding = _CODE_PAGES.get(number, f"cp{number}")
        elif word == "mac":
            self._encoding = "mac_roman"
        elif word == "fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, "")
        elif self._state.destination == "fonttbl":
            self._font = number
        else:
            self._state.encoding = self._fonts.get(number, "")

    def _symbol(self, symbol: bytes) -> None:
        self._decode()
        if symbol == b"*":
            self._starred = True
        elif symbol in _SYMBOLS:
            self._text(_SYMBOLS[symbol])

    def _unicode(self, number: int) -> None:
        self._decode()
        number = number + 0x10000 if number < 0 else number
        if 0 < number < 0x110000:
            self._text(chr(number))
        self._skipping = self._state.skip

    def _byte(self, value: int) -> None:
        if self._skipping:
            self._skipping -= 1
        else:
            self._bytes.append(value)

    def _plain(self, text: bytes) -> None:
        skipped = min(self._skipping, len(text))
        self._skipping -= skipped
        self._bytes += text[skipped:]

    def _decode(self) -> None:
        if not self._bytes:
            return
        data, self._bytes = bytes(self._bytes), bytearray()
        try:
            self._text(data.decode(self._state.encoding or self._encoding, "replace"))
        except LookupError:
            self._text(data.decode("cp1252", "replace"))

    def _text(self, text: str) -> None:
        state = self._state
        if state.destination == "fldinst":
            self._instruction += text[:2000]
        elif state.destination in _LABELS:
            self._label = (self._label + text)[:100]
        elif state.destination in _FACTS:
            name = _FACTS[state.destination]
            self.facts[name] = (self.facts.get(name, "") + text)[:5000]
        elif not state.silent and not state.hidden and state.destination not in ("info", *_MOMENTS):
            self._spans.append(Span(text, state.bold, state.italic, state.struck, link=state.link))

    def _paragraph(self) -> Iterator[Block]:
        self._decode()
        spans, self._spans = _whole(self._spans), []
        paragraph = Paragraph(spans, self._outline, self._item())
        if self._state.in_table:
            self._in_cell.append(paragraph)
            return
        yield from self._table()
        yield paragraph

    def _item(self) -> Item | None:
        label, self._label = self._label.strip(), ""
        if not label:
            return None
        ordered = any(character.isalnum() for character in label)
        return Item(self._depth, label if ordered else "•", ordered)

    def _cell(self) -> None:
        self._decode()
        spans, self._spans = _whole(self._spans), []
        self._cells.append(GridCell([*self._in_cell, Paragraph(spans, item=self._item())]))
        self._in_cell = []

    def _row(self) -> None:
        if self._cells:
            self._rows.append(dict(enumerate(self._cells)))
        self._cells = []

    def _table(self) -> Iterator[Block]:
        self._row()
        rows, self._rows = self._rows, []
        if rows:
            yield Grid(rows)


def _whole(spans: list[Span]) -> list[Span]:
    """Join halves of characters beyond the first plane, which RTF writes one by one."""
    for span in spans:
        if any("\ud800" <= character <= "\udfff" for character in span.text):
            joined = (
                "".join(item.text for item in spans).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            )
            return [Span(joined)]
    return spans

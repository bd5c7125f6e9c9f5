"""HTML as flowing text; nothing that it points to is ever opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from lxml import etree
from lxml import html as parser

from .encodings import decode
from .flow import Block, Grid, GridCell, Item, Paragraph, Span

_SILENT = frozenset(
    "script style noscript template head iframe object embed svg math canvas audio video select datalist".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table ul caption".split()
)
_BOLD, _ITALIC, _STRUCK, _CODE = (
    {"b", "strong"},
    {"i", "em", "cite", "var"},
    {"s", "del", "strike"},
    {"code", "kbd", "samp", "tt"},
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_DEEPEST = 200
_WIDEST = 1000
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

Element: TypeAlias = etree._Element


@dataclass(frozen=True)
class _Look:
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True)
class _Place:
    """Where in the page a block stands."""

    item: Item | None = None
    depth: int = 0
    quote: bool = False
    preformatted: bool = False
    level: int = 0


def parse(data: bytes) -> Element | None:
    """Return the root of a page, however it is written; None for one without anything in it."""
    text = _decoded(data)
    # The parser takes no declaration of an encoding in text that is decoded already.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text[:1000]) + text[1000:]
    if not text.strip():
        return None
    reader = parser.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding="utf-8"
    )
    try:
        root: Element = parser.document_fromstring(text.encode("utf-8", "replace"), parser=reader)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    return root


def blocks(root: Element) -> Iterator[Block]:
    """Return what a page says."""
    yield from _PageReader().blocks(root, _Place())


def tag(element: Element) -> str:
    """Return an element's name in small letters; empty for what is no element."""
    name = element.tag
    return name.rpartition("}")[2].lower() if isinstance(name, str) else ""


def _decoded(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        encoding = declared[1].decode("ascii").lower()
        encoding = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252"}.get(
            encoding, encoding
        )
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data).text


class _PageReader:
    def __init__(self) -> None:
        self._spans: list[Span] = []

    def blocks(self, element: Element, place: _Place) -> Iterator[Block]:
        """Return the blocks of an element, the characters outside any block as paragraphs."""
        if place.level > _DEEPEST:
            return
        self._add(element.text, _Look(), place)
        for child in element:
            yield from self._child(child, replace(place, level=place.level + 1))
            self._add(child.tail, _Look(), place)
        yield from self._flush(place)

    def _child(self, child: Element, place: _Place) -> Iterator[Block]:
        name = tag(child)
        if not name or name in _SILENT or _is_hidden(child):
            return
        if name not in _BLOCKS and not _holds_blocks(child):
            self._inline(child, _Look(), place)
            return
        yield from self._flush(place)
        match name:
            case "table":
                yield self._table(child, place)
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._inline(child, _Look(), place)
                yield from self._flush(place, heading=int(name[1]))
            case "pre":
                yield from self.blocks(child, replace(place, preformatted=True))
            case "blockquote":
                yield from self.blocks(child, replace(place, quote=True))
            case "ul" | "ol" | "menu":
                yield from self._list(child, place, ordered=name == "ol")
            case "hr":
                return
            case _:
                yield from self.blocks(child, place)

    def _list(self, element: Element, place: _Place, *, ordered: bool) -> Iterator[Block]:
        number = _integer(element.get("start"), 1)
        for child in element:
            if tag(child) != "li":
                yield from self._child(child, place)
                continue
            label = f"{number}." if ordered else "•"
            item = Item(place.depth, label, ordered)
            yield from self.blocks(child, replace(place, item=item, depth=place.depth + 1, level=place.level + 1))
            number += 1

    def _table(self, table: Element, place: _Place) -> Grid:
        grid = Grid()
        below: dict[int, int] = {}  # the row down to which a cell from above covers a column
        rows = list(_rows(table))
        for number, row in enumerate(rows):
            grid.rows.append(self._row(row, number, len(rows), below, place))
        return grid

    def _row(self, row: Element, number: int, count: int, below: dict[int, int], place: _Place) -> dict[int, GridCell]:
        cells: dict[int, GridCell] = {}
        column = 0
        for cell in row:
            if tag(cell) not in ("td", "th") or column > _WIDEST:
                continue
            while below.get(column, 0) > number:
                column += 1
            rows, columns = min(_span(cell.get("rowspan")), count - number), _span(cell.get("colspan"))
            content = list(_PageReader().blocks(cell, _Place(level=place.level + 1)))
            cells[column] = GridCell(content, rows, columns)
            below.update(dict.fromkeys(range(column, column + columns), number + rows))
            column += columns
        return cells

    def _inline(self, element: Element, look: _Look, place: _Place) -> None:
        name = tag(element)
        if not name or name in _SILENT or place.level > _DEEPEST:
            return
        look = _changed(look, name, element)
        match name:
            case "br":
                self._spans.append(Span("\n"))
            case "img":
                source = element.get("src", "")
                shown = source if not source.startswith("data:") else ""
                self._spans.append(Span(element.get("alt", ""), link=shown, image=True))
        self._add(element.text, look, place)
        for child in element:
            self._inline(child, look, replace(place, level=place.level + 1))
            self._add(child.tail, look, place)

    def _add(self, text: str | None, look: _Look, place: _Place) -> None:
        if not text:
            return
        shown = text if place.preformatted else _SPACE.sub(" ", text)
        if shown == " " and (not self._spans or self._spans[-1].text.endswith((" ", "\n"))):
            return
        self._spans.append(
            Span(shown, look.bold, look.italic, look.struck, look.code and not place.preformatted, look.link)
        )

    def _flush(self, place: _Place, heading: int = 0) -> Iterator[Block]:
        spans, self._spans = self._spans, []
        if not place.preformatted:
            spans = _stripped(spans)
        if any(span.text.strip() or span.image for span in spans):
            yield Paragraph(spans, heading, place.item, place.quote, place.preformatted)


def _stripped(spans: list[Span]) -> list[Span]:
    if spans and not spans[0].image:
        spans[0].text = spans[0].text.lstrip()
    if spans and not spans[-1].image:
        spans[-1].text = spans[-1].text.rstrip()
    return spans


def _changed(look: _Look, name: str, element: Element) -> _Look:
    if name in _BOLD:
        return replace(look, bold=True)
    if name in _ITALIC:
        return replace(look, italic=True)
    if name in _STRUCK:
        return replace(look, struck=True)
    if name in _CODE:
        return replace(look, code=True)
    if name == "a" and element.get("href"):
        return replace(look, link=(element.get("href") or "").strip())
    return look


def _is_hidden(element: Element) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN_STYLE.search(element.get("style") or ""))


def _holds_blocks(element: Element) -> bool:
    return any(tag(inner) in _BLOCKS for inner in element.iter() if inner is not element)


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if tag(child) == "tr":
            yield child
        elif tag(child) in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if tag(row) == "tr")


def _span(text: str | None) -> int:
    return min(max(_integer(text, 1), 1), _WIDEST)


def _integer(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else default

"""The body of a WordprocessingML document as flowing text (ECMA-376, part 1, 17; transitional and strict)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from . import xml
from .flow import Block, Grid, GridCell, Item, Paragraph, Span
from .numbering import Numbering
from .package import Relation

_WRAPPERS = frozenset(
    "sdt sdtContent smartTag customXml ins moveTo dir bdo fldSimple hyperlink Choice AlternateContent "
    "rubyBase ruby".split()
)
_REMOVED = frozenset(("del", "moveFrom", "rt", "Fallback", "pPr", "rPr", "sdtPr", "tblPr", "tblGrid"))
_LINK_FIELD = re.compile(r'\s*HYPERLINK\s+(\\l\s+)?"([^"]*)"')
_CODE_STYLES = ("code", "source", "preformatted")
_HEADING_NAME = re.compile(r"(?:heading|überschrift|标题|見出し)\s*([1-9])$", re.IGNORECASE)
_SYMBOLS = {"f0b7": "•", "f0a7": "▪", "f0d8": "➢", "f0fc": "✓", "f0e0": "→", "f0df": "←", "f0a8": "☐", "f0fe": "☒"}
_DEEPEST = 40


@dataclass
class Style:
    """What a paragraph style says that matters here."""

    heading: int = 0
    list_id: str = ""
    depth: int = 0
    code: bool = False
    quote: bool = False
    parent: str = ""


@dataclass
class Notes:
    """Footnotes, endnotes and comments in the order of their marks."""

    marks: list[tuple[str, str]] = field(default_factory=list)

    def mark(self, kind: str, identity: str) -> str:
        """Remember a mark and return what stands for it in the text."""
        self.marks.append((kind, identity))
        return f"[{len(self.marks)}]"


@dataclass
class _Field:
    instruction: str = ""
    shows_result: bool = False

    @property
    def link(self) -> str:
        match = _LINK_FIELD.match(self.instruction)
        return (("#" if match[1] else "") + match[2]) if match else ""


class BodyReader:
    """Turns the elements of one part into blocks."""

    def __init__(
        self, relations: dict[str, Relation], styles: dict[str, Style], numbering: Numbering, notes: Notes
    ) -> None:
        self._relations = relations
        self._styles = styles
        self._numbering = numbering
        self._notes = notes
        self._fields: list[_Field] = []
        self._boxes: list[xml.Element] = []
        self._depth = 0

    def blocks(self, container: xml.Element) -> Iterator[Block]:
        """Return the blocks of a body, a cell, a note or a text box."""
        for element in container:
            match xml.local(element):
                case "p":
                    yield self._paragraph(element)
                    yield from self._text_boxes()
                case "tbl":
                    yield self._table(element)
                case name if name in _WRAPPERS:
                    yield from self.blocks(element)

    def _text_boxes(self) -> Iterator[Block]:
        boxes, self._boxes = self._boxes, []
        if self._depth > _DEEPEST:
            return
        self._depth += 1
        for box in boxes:
            yield from self.blocks(box)
        self._depth -= 1

    def _paragraph(self, element: xml.Element) -> Paragraph:
        properties = xml.child(element, "pPr")
        style = self._style(_value(properties, "pStyle"))
        paragraph = Paragraph(list(self._spans(element)), style.heading, code=style.code, quote=style.quote)
        outline = _value(properties, "outlineLvl")
        if outline.isdigit() and int(outline) < 9:
            paragraph.heading = int(outline) + 1
        item = self._item(properties, style) if paragraph.text.strip() else None
        if item is not None and paragraph.heading and item.ordered:
            paragraph.spans.insert(0, Span(f"{item.label} "))
        elif item is not None and not paragraph.heading:
            paragraph.item = item
        return paragraph

    def _style(self, name: str) -> Style:
        return self._styles.get(name, Style())

    def _item(self, properties: xml.Element | None, style: Style) -> Item | None:
        numbered = xml.child(properties, "numPr")
        list_id = _value(numbered, "numId") or style.list_id
        depth = _value(numbered, "ilvl")
        if not list_id or list_id == "0":
            return None
        return self._numbering.item(list_id, int(depth) if depth.isdigit() else style.depth)

    def _spans(self, element: xml.Element, link: str = "") -> Iterator[Span]:
        for inner in element:
            name = xml.local(inner)
            if name == "r":
                yield from self._run(inner, link)
            elif name in _REMOVED:
                continue
            elif name in _WRAPPERS:
                yield from self._spans(inner, self._link(inner) or link)
            elif name in ("oMath", "oMathPara"):
                yield Span("".join(found.text or "" for found in xml.descendants(inner, "t")))

    def _link(self, element: xml.Element) -> str:
        match xml.local(element):
            case "hyperlink":
                relation = self._relations.get(xml.attribute(element, "id"))
                anchor = xml.attribute(element, "anchor")
                target = relation.target if relation is not None and relation.external else ""
                return f"{target}#{anchor}" if anchor else target
            case "fldSimple":
                return _Field(xml.attribute(element, "instr")).link
        return ""

    def _run(self, run: xml.Element, link: str) -> Iterator[Span]:
        properties = xml.child(run, "rPr")
        hidden = _is_on(properties, "vanish") or _is_on(properties, "webHidden")
        look = {
            "bold": _is_on(properties, "b"),
            "italic": _is_on(properties, "i"),
            "struck": _is_on(properties, "strike"),
        }
        for inner in run:
            for text in self._run_part(inner):
                if hidden:
                    continue
                target = link or next((found.link for found in self._fields if found.link), "")
                if isinstance(text, Span):
                    yield text
                elif text:
                    yield Span(text, link=target, **look)

    def _run_part(self, inner: xml.Element) -> Iterator[str | Span]:
        name = xml.local(inner)
        if name == "fldChar":
            self._field(xml.attribute(inner, "fldCharType"))
        elif name == "instrText" and self._fields:
            self._fields[-1].instruction += inner.text or ""
        elif any(not found.shows_result for found in self._fields):
            return
        elif name in ("drawing", "pict", "object", "AlternateContent"):
            yield from self._drawing(inner)
        elif name in ("footnoteReference", "endnoteReference", "commentReference"):
            yield self._notes.mark(name.removesuffix("Reference"), xml.attribute(inner, "id"))
        elif name == "ruby":
            yield from (span for span in self._spans(inner))
        else:
            yield _characters(name, inner)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].shows_result = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _drawing(self, element: xml.Element) -> Iterator[str | Span]:
        chosen = _choice(element)
        self._boxes += _outermost(chosen, "txbxContent")
        for picture in _pictures(chosen):
            relation = self._relations.get(picture)
            name = relation.target.rpartition("/")[2] if relation is not None and not relation.external else ""
            if name:
                yield Span(_described(chosen), link=name, image=True)

    def _table(self, table: xml.Element) -> Grid:
        grid = Grid()
        open_cells: dict[int, GridCell] = {}
        for row in _rows(table):
            cells, covering = self._row(row, open_cells)
            grid.rows.append(cells)
            open_cells = covering
        return grid

    def _row(self, row: xml.Element, above: dict[int, GridCell]) -> tuple[dict[int, GridCell], dict[int, GridCell]]:
        cells: dict[int, GridCell] = {}
        covering: dict[int, GridCell] = {}
        column = _columns(xml.child(xml.child(row, "trPr"), "gridBefore"))
        for element in _cells(row):
            properties = xml.child(element, "tcPr")
            span = max(1, _columns(xml.child(properties, "gridSpan")))
            merge = xml.child(properties, "vMerge")
            if merge is not None and xml.attribute(merge, "val") != "restart" and column in above:
                above[column].rows += 1
                covering[column] = above[column]
            else:
                cells[column] = self._cell(element, span)
                if merge is not None:
                    covering[column] = cells[column]
            column += span
        return cells, covering

    def _cell(self, element: xml.Element, span: int) -> GridCell:
        self._depth += 1
        blocks = list(self.blocks(element)) if self._depth < _DEEPEST else []
        self._depth -= 1
        return GridCell(blocks, columns=span)


def read_styles(root: xml.Element) -> dict[str, Style]:
    """Return the paragraph styles of the part ``styles.xml``, each with what it takes from its parents."""
    own = {xml.attribute(item, "styleId"): _own_style(item) for item in xml.children(root, "style")}
    return {name: _inherited(name, own) for name in own}


def _own_style(item: xml.Element) -> Style:
    name = _value(item, "name")
    properties = xml.child(item, "pPr")
    numbered = xml.child(properties, "numPr")
    outline, depth = _value(properties, "outlineLvl"), _value(numbered, "ilvl")
    named = _HEADING_NAME.match(name)
    heading = int(named[1]) if named else int(outline) + 1 if outline.isdigit() and int(outline) < 9 else 0
    return Style(
        heading=1 if name.lower() == "title" else heading,
        list_id=_value(numbered, "numId"),
        depth=int(depth) if depth.isdigit() else 0,
        code=any(word in name.lower() for word in _CODE_STYLES),
        quote=name.lower() in ("quote", "intense quote", "block text"),
        parent=_value(item, "basedOn"),
    )


def _inherited(name: str, own: dict[str, Style]) -> Style:
    style = own[name]
    seen = {name}
    parent = style.parent
    while parent in own and parent not in seen:
        seen.add(parent)
        above = own[parent]
        style = Style(
            style.heading or above.heading,
            style.list_id or above.list_id,
            style.depth or above.depth,
            style.code or above.code,
            style.quote or above.quote,
        )
        parent = above.parent
    return style


def _value(element: xml.Element | None, name: str) -> str:
    found = xml.child(element, name)
    return "" if found is None else xml.attribute(found, "val")


def _is_on(properties: xml.Element | None, name: str) -> bool:
    found = xml.child(properties, name)
    return found is not None and xml.attribute(found, "val", "1").lower() not in ("0", "false", "off", "none")


def _characters(name: str, element: xml.Element) -> str:
    match name:
        case "t":
            return element.text or ""
        case "tab" | "ptab":
            return "\t"
        case "br" | "cr":
            return "\n"
        case "noBreakHyphen":
            return "\u2011"
        case "sym":
            return _symbol(xml.attribute(element, "char"))
    return ""


def _symbol(code: str) -> str:
    known = _SYMBOLS.get(code.lower())
    if known:
        return known
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    number -= 0xF000 if 0xF020 <= number <= 0xF0FF else 0
    return chr(number) if 0x20 <= number < 0xD800 else ""


def _choice(element: xml.Element) -> list[xml.Element]:
    """A drawing stands twice where old readers are to see it too; take the first that has something."""
    if xml.local(element) != "AlternateContent":
        return [element]
    return list(next((option for option in element if len(option)), element))


def _outermost(elements: Iterable[xml.Element], name: str) -> list[xml.Element]:
    found: list[xml.Element] = []
    for element in elements:
        if xml.local(element) == name:
            found.append(element)
        else:
            found += _outermost(_choice(element) if xml.local(element) == "AlternateContent" else element, name)
    return found


def _pictures(elements: Iterable[xml.Element]) -> list[str]:
    found = []
    for element in elements:
        for item in element.iter("{*}blip", "{*}imagedata"):
            identity = xml.attribute(item, "embed") or xml.attribute(item, "id")
            if identity:
                found.append(identity)
    return found


def _described(elements: Iterable[xml.Element]) -> str:
    for element in elements:
        for item in element.iter("{*}docPr"):
            text = xml.attribute(item, "descr") or xml.attribute(item, "title")
            if text:
                return " ".join(text.split())
    return ""


def _rows(table: xml.Element) -> Iterator[xml.Element]:
    for element in table:
        if xml.local(element) == "tr":
            if xml.child(xml.child(element, "trPr"), "del") is None:
                yield element
        elif xml.local(element) in _WRAPPERS:
            yield from _rows(element)


def _cells(row: xml.Element) -> Iterator[xml.Element]:
    for element in row:
        if xml.local(element) == "tc":
            yield element
        elif xml.local(element) in _WRAPPERS:
            yield from _cells(element)


def _columns(element: xml.Element | None) -> int:
    text = "" if element is None else xml.attribute(element, "val")
    return min(int(text), 1000) if text.isascii() and text.isdigit() and len(text) < 9 else 0

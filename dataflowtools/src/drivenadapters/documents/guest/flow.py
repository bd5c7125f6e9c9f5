"""Flowing text: paragraphs, lists and tables, as every kind of text document has them, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from .answer import Answer, Cell, Table
from .base import Wanted, What

_MARKDOWN_MEANING = re.compile(r"([\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?]))")
_LINE_MEANING = re.compile(r"^(\s*)([#+\-=]|\d+[.)])(?=\s|$)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[ \t]*\n[ \t]*")


@dataclass
class Span:
    """Characters of one look."""

    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    link: str = ""
    image: bool = False  # the text stands for a picture, whose name is in ``link``

    def same_look(self, other: Span) -> bool:
        """Whether it differs from another in nothing but its text."""
        return (self.bold, self.italic, self.struck, self.code, self.link, self.image) == (
            other.bold,
            other.italic,
            other.struck,
            other.code,
            other.link,
            other.image,
        )


@dataclass
class Item:
    """What makes a paragraph an item of a list; depth is from 0."""

    depth: int = 0
    label: str = "•"
    ordered: bool = False


@dataclass
class Paragraph:
    """A paragraph; a heading has a level from 1."""

    spans: list[Span] = field(default_factory=list)
    heading: int = 0
    item: Item | None = None
    quote: bool = False
    code: bool = False

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(span.text for span in self.spans)

    @property
    def says_something(self) -> bool:
        """Whether there is a character that is not blank, or a picture."""
        return any(span.image for span in self.spans) or bool(self.text.strip())


@dataclass
class GridCell:
    """A cell that may span several."""

    blocks: list[Paragraph | Grid] = field(default_factory=list)
    rows: int = 1
    columns: int = 1

    @property
    def text(self) -> str:
        """Its text, a line for each paragraph."""
        return "\n".join(line for block in self.blocks for line in plain_lines(block)).strip()


@dataclass
class Grid:
    """A table; ``rows`` hold the cells that begin in each, at their column."""

    rows: list[dict[int, GridCell]] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Columns."""
        return max((column + cell.columns for row in self.rows for column, cell in row.items()), default=0)

    def texts(self) -> list[list[Cell]]:
        """Return the text of every cell; what a spanning cell covers is None."""
        width = self.width
        return [[row[column].text if column in row else None for column in range(width)] for row in self.rows]

    def merged(self) -> list[dict[str, int]]:
        """Return the cells that span several."""
        return [
            {"row": number, "column": column, "rows": cell.rows, "columns": cell.columns}
            for number, row in enumerate(self.rows)
            for column, cell in row.items()
            if cell.rows > 1 or cell.columns > 1
        ]


Block = Paragraph | Grid


class FlowWriter:
    """Writes blocks into an answer, each as text, Markdown and tables as far as they are wanted."""

    def __init__(self, answer: Answer, wanted: Wanted) -> None:
        self._answer = answer
        self._wanted = wanted
        self._last: Block | None = None
        self._tables = 0

    def write(self, blocks: Iterable[Block]) -> None:
        """Write blocks in their order."""
        for block in blocks:
            if isinstance(block, Paragraph) and not block.says_something:
                continue
            if What.TEXT in self._wanted and (isinstance(block, Grid) or block.text.strip()):
                self._answer.text("\n".join(plain_lines(block)) + "\n")
            if What.MARKDOWN in self._wanted:
                self._answer.markdown(self._gap(block) + markdown(block) + "\n")
            if What.TABLES in self._wanted and isinstance(block, Grid):
                self._table(block)
            self._last = block

    def _gap(self, block: Block) -> str:
        if self._last is None:
            return ""
        both = isinstance(self._last, Paragraph) and isinstance(block, Paragraph)
        in_list = both and self._last.item is not None and block.item is not None  # type: ignore[union-attr]
        return "" if in_list else "\n"

    def _table(self, grid: Grid) -> None:
        self._tables += 1
        self._answer.table(Table(merged=grid.merged()), grid.texts())


def plain_lines(block: Block) -> list[str]:
    """Return the lines of a block as plain text; the cells of a table are apart by tabs."""
    if isinstance(block, Grid):
        return ["\t".join(_one_line(cell) for cell in row) for row in block.texts()]
    if block.item is None:
        return block.text.split("\n")
    lines = block.text.split("\n")
    indent = "  " * block.item.depth
    return [f"{indent}{block.item.label} {lines[0]}".rstrip(), *(f"{indent}  {line}" for line in lines[1:])]


def markdown(block: Block) -> str:
    """Return a block as Markdown (GitHub's)."""
    if isinstance(block, Grid):
        return markdown_table(block.texts())
    if block.code:
        fence = "`" * max(3, _longest_run(block.text, "`") + 1)
        return f"{fence}\n{block.text}\n{fence}"
    text = spans_markdown(block.spans).strip()
    if block.heading:
        return f"{'#' * min(block.heading, 6)} {_BLANKS.sub(' ', text)}"
    if block.item is not None:
        return _item(block.item, text)
    text = "\\\n".join(_LINE_MEANING.sub(_escape_start, line) for line in text.split("\n"))
    return "\n".join(f"> {line}" for line in text.split("\n")) if block.quote else text


def spans_markdown(spans: Sequence[Span]) -> str:
    """Return characters with their look as Markdown."""
    return "".join(_span(span) for span in _joined(spans))


def escape(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _MARKDOWN_MEANING.sub(r"\\\1", text)


def markdown_table(rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table as Markdown; its first row is the heading."""
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    lines = [_table_line(row, width) for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _table_line(row: Sequence[Cell], width: int) -> str:
    cells = [_table_cell(cell) for cell in row] + [""] * (width - len(row))
    return "| " + " | ".join(cells) + " |"


def _table_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return _LINE_END.sub("<br>", str(cell).replace("\\", "\\\\").replace("|", "\\|"))


def _one_line(cell: Cell) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _item(item: Item, text: str) -> str:
    mark = f"{item.label.rstrip('.)') or '1'}." if item.ordered and item.label.rstrip(".)").isdigit() else "-"
    shown = f"{escape(item.label)} {text}" if item.ordered and mark == "-" else text
    indent = "   " * item.depth
    return f"{indent}{mark} " + shown.replace("\n", f"\\\n{indent}  ")


def _escape_start(match: re.Match[str]) -> str:
    blank, mark = match.groups()
    return f"{blank}{mark[:-1]}\\{mark[-1]}"


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].same_look(span) and not span.image:
            joined[-1] = replace(span, text=joined[-1].text + span.text)
        elif span.text:
            joined.append(span)
    return joined


def _span(span: Span) -> str:
    if span.image:
        return f"![{escape(span.text.strip())}]({_address(span.link)})"
    inner = span.text.strip()
    if not inner:
        return span.text
    before, after = span.text[: span.text.index(inner[0])], span.text[len(span.text.rstrip()) :]
    shown = f"`{inner}`" if span.code and "`" not in inner else escape(inner)
    for wanted, mark in ((span.struck, "~~"), (span.italic, "*"), (span.bold, "**")):
        if wanted and "\n" not in shown:
            shown = f"{mark}{shown}{mark}"
    return f"{before}[{shown}]({_address(span.link)}){after}" if span.link else f"{before}{shown}{after}"


def _address(link: str) -> str:
    return f"<{link}>" if re.search(r"[\s()<>]", link) else link


def _longest_run(text: str, mark: str) -> int:
    return max((len(run) for run in re.findall(f"{re.escape(mark)}+", text)), default=0)

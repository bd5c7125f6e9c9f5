"""Tables as HTML and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, BinaryIO

from ..encoding import to_text
from .cells import Cell, Row, Sheet, as_text, trimmed
from .infer import typed
from .options import TableOptions

_HEAD = """<!DOCTYPE html>
<html lang="">
<head><meta charset="utf-8"><title>{title}</title>
<style>table {{ border-collapse: collapse }} th, td {{ border: 1px solid #999; padding: 2px 6px; text-align: left }}
td.n {{ text-align: right }}</style></head>
<body>
"""
_MOST_SPANNED = 1000


def write_html(sheets: list[Sheet], sink: BinaryIO, options: TableOptions, title: str) -> None:
    """Write a page with a table a sheet."""
    sink.write(_HEAD.format(title=escape(title or "Table")).encode("utf-8", "replace"))
    for sheet in sheets:
        if len(sheets) > 1:
            sink.write(f"<h2>{escape(sheet.name)}</h2>\n".encode("utf-8", "replace"))
        for line in _html_rows(sheet, options.header):
            sink.write(line.encode("utf-8", "replace"))
    sink.write(b"</body>\n</html>\n")


def _html_rows(sheet: Sheet, header: bool) -> Iterator[str]:
    width = sheet.width
    body = sheet.rows
    yield "<table>\n"
    if header and sheet.rows:
        names = [*sheet.rows[0], *[None] * (width - len(sheet.rows[0]))]
        yield "<thead><tr>" + "".join(f"<th>{_html(name)}</th>" for name in names) + "</tr></thead>\n"
        body = sheet.rows[1:]
    yield "<tbody>\n"
    for row in body:
        cells = [*row, *[None] * (width - len(row))]
        yield "<tr>" + "".join(f"<td{_align(cell)}>{_html(cell)}</td>" for cell in cells) + "</tr>\n"
    yield "</tbody></table>\n"


def _align(cell: Cell) -> str:
    return ' class="n"' if isinstance(cell, (int, float)) and not isinstance(cell, bool) else ""


def _html(cell: Cell) -> str:
    return escape(as_text(cell), quote=False).replace("\n", "<br>")


def write_markdown(sheets: list[Sheet], sink: BinaryIO, options: TableOptions) -> None:
    """Write a pipe table a sheet, as GitHub's Markdown has them."""
    for number, sheet in enumerate(sheets):
        if len(sheets) > 1:
            sink.write(f"{chr(10) if number else ''}## {_markdown(sheet.name)}\n\n".encode("utf-8", "replace"))
        for line in _markdown_rows(sheet, options.header):
            sink.write(line.encode("utf-8", "replace"))


def _markdown_rows(sheet: Sheet, header: bool) -> Iterator[str]:
    width = sheet.width
    if not width:
        return
    names: Row = sheet.rows[0] if header else ()
    yield _pipes(names, width)
    yield "|" + " --- |" * width + "\n"
    for row in sheet.rows[1:] if header else sheet.rows:
        yield _pipes(row, width)


def _pipes(row: Row, width: int) -> str:
    cells = [*map(_markdown, map(as_text, row)), *[""] * (width - len(row))]
    return "| " + " | ".join(cells) + " |\n"


def _markdown(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return text.replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")


def read_html(data: bytes, options: TableOptions) -> list[Sheet]:
    """Read every table of a page; a cell that spans several is in the first of them."""
    from lxml import html

    text = to_text(data, html=True)
    if not text.strip():
        return []
    root = html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    found = []
    for number, table in enumerate(root.iter("table"), start=1):
        rows = trimmed(_grid(table, options))
        if rows:
            found.append(Sheet(_caption(table) or f"Table {number}", rows))
    return found


def _caption(table: Any) -> str:
    caption = table.find("caption")
    return " ".join(caption.text_content().split())[:31] if caption is not None else ""


def _grid(table: Any, options: TableOptions) -> Iterator[Row]:
    below: dict[int, int] = {}  # column: rows that a cell from above still covers
    first = True
    for line in table.iter("tr"):
        if next(line.iterancestors("table")) is not table:
            continue
        row: list[Cell] = []
        for element in line:
            if element.tag in ("td", "th"):
                _skip_covered(row, below)
                _place(row, element, below, typed if options.infer_types and not first else _as_it_is)
        _skip_covered(row, below)
        first = first and not row and not options.header
        first = False
        yield row


def _skip_covered(row: list[Cell], below: dict[int, int]) -> None:
    while below.get(len(row), 0):
        below[len(row)] -= 1
        row.append(None)


def _place(row: list[Cell], element: Any, below: dict[int, int], convert: Any) -> None:
    columns, rows = _span(element, "colspan"), _span(element, "rowspan")
    for at in range(len(row), len(row) + columns):
        if rows > 1:
            below[at] = rows - 1
    for wrapped in element.iter("br"):
        wrapped.tail = "\n" + (wrapped.tail or "")
    text = "\n".join(" ".join(line.split()) for line in element.text_content().strip().split("\n"))
    row.append(convert(text))
    row.extend([None] * (columns - 1))


def _as_it_is(text: str) -> Cell:
    return text or None


def _span(element: Any, name: str) -> int:
    value = (element.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_SPANNED) if value.isdecimal() and len(value) < 6 else 1


def read_markdown(data: bytes, options: TableOptions) -> list[Sheet]:
    """Read every pipe table, and every HTML table, of a Markdown text."""
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(to_text(data))
    return read_html(rendered.encode("utf-8", "replace"), options)

"""Tables written as HTML and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import BinaryIO

from .cells import Cell, Row, Sheet, as_text
from .options import TableOptions

_SPECIAL = re.compile(r"[\\`*|\[\]]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|~(?=~)")  # what Markdown would take for marks
_HEAD = """<!DOCTYPE html>
<html lang="">
<head><meta charset="utf-8"><title>{title}</title>
<style>table {{ border-collapse: collapse }} th, td {{ border: 1px solid #999; padding: 2px 6px; text-align: left }}
td.n {{ text-align: right }}</style></head>
<body>
"""


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
    text = _SPECIAL.sub(r"\\\g<0>", text).replace("<", "&lt;")
    return text.replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")

"""Workbook templates: tags in cells, rows that repeat or appear on a condition, images, headers and footers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import openpyxl
from openpyxl.drawing.image import Image
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import unlocked
from drivenadapters.documents.guest.gate import open_archive
from drivenadapters.documents.guest.sheet_parts import scan
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from .cells import CellFiller, sheet_rows
from .environment import TemplateEnvironment, failures_told
from .pictures import Picture, with_pictures
from .rows import expand, read_block
from .sheets import PlacedRow, SheetCopy
from .sources import Source

_PIXELS_PER_MM = 96 / 25.4
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
_LOST = ("xl/charts/", "xl/diagrams/", "xl/activex/", "xl/pivottables/")
_SIDES = ("left", "center", "right")
_HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


def render(
    document: Document, workspace: Workspace, sink: BinaryIO, data: dict[str, Any], *, strict: bool
) -> list[str]:
    """Fill a template; returns what the caller should know."""
    book, warnings = _open(document)
    context = with_pictures(data, workspace, document.limits, lambda picture: picture)
    environment = TemplateEnvironment(strict=strict)
    for sheet in book.worksheets:
        _fill_sheet(sheet, environment, context, document)
        _fill_headers(sheet, environment, context)
    book.calculation.fullCalcOnLoad = True  # formulas were moved, and hold no values now
    book.save(sink)
    return warnings


def sources(document: Document) -> Iterator[Source]:
    """Yield the texts of a template that Jinja reads."""
    book, _ = _open(document)
    for sheet in book.worksheets:
        yield Source(f"sheet {sheet.title!r}", *_sheet_source(sheet))
        for _, _, text in _headers(sheet):
            yield Source(f"sheet {sheet.title!r}, header or footer", text)


def _open(document: Document) -> tuple[Workbook, list[str]]:
    plain = unlocked(document)
    archive = open_archive(plain.file, plain.limits)
    names = archive.namelist()
    for name in names:
        if _SHEET_PART.search(name):
            with archive.open(name) as part:
                scan(part, plain.limits)
    try:
        book = openpyxl.load_workbook(io.BytesIO(plain.content()))
    except Exception as error:
        raise TaskFailed(FailureKind.DAMAGED, "the template is no workbook, or damaged") from error
    lost = any(name.lower().startswith(_LOST) for name in names)
    return book, ["charts, diagrams and pivot tables of the template are lost"] if lost else []


def _fill_sheet(
    sheet: Worksheet, environment: TemplateEnvironment, context: dict[str, Any], document: Document
) -> None:
    rows = sheet_rows(sheet)
    if not any("{{" in text or "{%" in text or "{#" in text for row in rows for text in row.texts):
        return
    block = read_block(rows, f"sheet {sheet.title!r}")
    copy = SheetCopy(sheet)
    filler = CellFiller(environment)
    placed: list[PlacedRow] = []
    most = document.limits.max_cells // max(1, sheet.max_column)
    for number, local in expand(block, environment, context, sheet.title):
        if len(placed) >= most:
            raise TaskFailed(FailureKind.TOO_LARGE, "the sheet gets more cells than allowed (MAX_CELLS)")
        values = {}
        for column, text in copy.templates(number):
            place = f"sheet {sheet.title!r}, cell {get_column_letter(column)}{number}"
            with failures_told(place):
                values[column] = filler.fill(text, local)
        placed.append(PlacedRow(number, values))
    pictures = copy.write(placed)
    for at, picture in pictures:
        sheet.add_image(_image(picture), at)


def _image(picture: Picture) -> Image:
    image = Image(io.BytesIO(picture.content))
    image.width, image.height = picture.width_mm * _PIXELS_PER_MM, picture.height_mm * _PIXELS_PER_MM
    return image


def _headers(sheet: Worksheet) -> Iterator[tuple[Any, str, str]]:
    for name in _HEADERS:
        for side in _SIDES:
            part = getattr(getattr(sheet, name), side)
            if part.text and "{" in part.text:
                yield part, f"{name}, {side}", part.text


def _fill_headers(sheet: Worksheet, environment: TemplateEnvironment, context: dict[str, Any]) -> None:
    for part, place, text in _headers(sheet):
        with failures_told(f"sheet {sheet.title!r}, {place}"):
            part.text = environment.from_string(text).render(context).replace("&", "&&")
    if "{{" in sheet.title:
        with failures_told("the name of a sheet"):
            title = environment.from_string(sheet.title).render(context)
            sheet.title = re.sub(r"[\[\]:*?/\\]", "_", title)[:31] or "Sheet"


def _sheet_source(sheet: Worksheet) -> tuple[str, Any]:
    """Return the texts of a sheet's cells, one a line, in reading order; and what finds the cell of a line."""
    lines = [
        (f"{get_column_letter(column)}{row.number}", text.replace("\n", " "))
        for row in sheet_rows(sheet)
        for column, text in zip(row.columns, row.texts, strict=True)
    ]
    cells = {text: cell for cell, text in lines}
    plain = re.compile(r"\{%-?\s*tr\s")
    joined = "\n".join(plain.sub("{% ", text) for _, text in lines)
    return joined, lambda line: f"{cells.get(line, '')} {line}".strip()

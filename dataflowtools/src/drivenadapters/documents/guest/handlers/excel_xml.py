"""Excel workbooks as one XML file (Excel 2002 and 2003), which many programs still export, often named .xls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drivenadapters.documents.guest import xml
from drivenadapters.documents.guest.answer import Answer, Cell
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import decode
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.workbook import Sheet, Span, choose, facts_of, matrix, number, write_sheets

_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_FACTS = {
    "Title": "title",
    "Author": "author",
    "LastAuthor": "last_modified_by",
    "Created": "created",
    "Company": "company",
}
_VISIBILITY = {"SheetHidden": "hidden", "SheetVeryHidden": "very_hidden"}
_MIDNIGHT = "T00:00:00"


class ExcelXmlHandler(Handler):
    """Reads values by the type that each cell names."""

    declaration = Declaration(
        kind="xlsxml",
        title="Excel 2003 XML",
        media_types=("application/vnd.ms-excel.xml",),
        endings=("xml", "xls"),
        extracts=frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA}),
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the namespace of the root."""
        head = decode(sample.head[:4096]).text
        return Finding(0.95) if _NAMESPACE in head and "Workbook" in head else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties, and the sheets with their sizes."""
        root = _root(document)
        return {**_facts(root), "sheets": facts_of(_sheets(root, document.limits))}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the wanted sheets."""
        root = _root(document)
        sheets = _sheets(root, document.limits)
        choose(sheets, wanted)
        write_sheets(sheets, answer, wanted)
        if What.METADATA in wanted:
            answer.metadata({**_facts(root), "sheets": [sheet.describe() for sheet in sheets]})


def _root(document: Document) -> xml.Element:
    return xml.parse(document.text_bytes(), "the workbook")


def _facts(root: xml.Element) -> dict[str, Any]:
    listed = [item for part in xml.children(root, "DocumentProperties") for item in part if xml.local(item) in _FACTS]
    found = {_FACTS[xml.local(item)]: (item.text or "").strip() for item in listed}
    return {name: value for name, value in found.items() if value}


def _sheets(root: xml.Element, limits: Limits) -> list[Sheet]:
    return [_sheet(found, limits) for found in xml.children(root, "Worksheet")]


def _sheet(found: xml.Element, limits: Limits) -> Sheet:
    visible = xml.child(xml.child(found, "WorksheetOptions"), "Visible")
    return Sheet(
        xml.attribute(found, "Name"),
        rows=lambda: matrix(((row, column, value) for row, column, value, _ in _cells(found)), limits),
        visibility=_VISIBILITY.get("" if visible is None else visible.text or "", "visible"),
        merged=lambda: [span for _, _, _, span in _cells(found) if span is not None],
    )


def _cells(sheet: xml.Element) -> Iterator[tuple[int, int, Cell, Span | None]]:
    """Return place, value and span of each cell; rows and cells without an index follow the one before."""
    row = -1
    for element in (item for table in xml.children(sheet, "Table") for item in xml.children(table, "Row")):
        row = _index(element, row)
        column = -1
        for cell in xml.children(element, "Cell"):
            column = _index(cell, column)
            across, down = _count(cell, "MergeAcross"), _count(cell, "MergeDown")
            span = ((row, column), (row + down, column + across)) if across or down else None
            yield row, column, _value(xml.child(cell, "Data")), span
            column += across


def _value(data: xml.Element | None) -> Cell:
    if data is None:
        return None
    text = "".join(str(piece) for piece in data.itertext())
    match xml.attribute(data, "Type"):
        case "Number":
            return number(text)
        case "Boolean":
            return text.strip() == "1"
        case "DateTime":
            return text.partition(".")[0].removesuffix(_MIDNIGHT)
    return text or None


def _index(element: xml.Element, before: int) -> int:
    given = _count(element, "Index")
    return given - 1 if given else before + 1


def _count(element: xml.Element, name: str) -> int:
    text = xml.attribute(element, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


HANDLERS = (ExcelXmlHandler(),)

"""The sheets of an OpenDocument spreadsheet (ISO/IEC 26300, 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import xml
from .answer import Cell
from .limits import Limits
from .workbook import Sheet, Span, matrix, number

_TIME = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_MIDNIGHT = "T00:00:00"
_MOST_REPEATED = 1_048_576  # rows of the largest sheet that any program has
_FILLED_REPEATED = 10_000  # of a cell or row that is filled; more is no data


def open_sheets(root: xml.Element, limits: Limits) -> list[Sheet]:
    """Return the sheets of the part ``content.xml``, their cells not yet read."""
    hidden = {
        xml.attribute(style, "name")
        for style in root.iter("{*}style")
        for properties in xml.children(style, "table-properties")
        if xml.attribute(properties, "display") == "false"
    }
    tables = [table for table in root.iter("{*}table") if xml.local(table.getparent()) == "spreadsheet"]
    return [_sheet(table, xml.attribute(table, "style-name") in hidden, limits) for table in tables]


def _sheet(table: xml.Element, is_hidden: bool, limits: Limits) -> Sheet:
    return Sheet(
        xml.attribute(table, "name"),
        rows=lambda: matrix(((row, column, value) for row, column, value, _ in _cells(table)), limits),
        visibility="hidden" if is_hidden else "visible",
        merged=lambda: [span for _, _, _, span in _cells(table) if span is not None],
    )


def _cells(table: xml.Element) -> Iterator[tuple[int, int, Cell, Span | None]]:
    """Return place, value and span of each cell that has a value or a span."""
    number_of_row = 0
    for row in table.iter("{*}table-row"):
        repeated = _count(row, "number-rows-repeated", _MOST_REPEATED)
        found = list(_row(row))
        for copy in range(min(repeated, _FILLED_REPEATED) if found else 0):
            for column, value, down, across in found:
                place = number_of_row + copy
                span = ((place, column), (place + down - 1, column + across - 1)) if down * across > 1 else None
                yield place, column, value, span
        number_of_row += repeated


def _row(row: xml.Element) -> Iterator[tuple[int, Cell, int, int]]:
    column = 0
    for cell in row:
        repeated = _count(cell, "number-columns-repeated", _MOST_REPEATED)
        if xml.local(cell) == "table-cell":
            value = _value(cell)
            down = _count(cell, "number-rows-spanned", _MOST_REPEATED)
            across = _count(cell, "number-columns-spanned", _MOST_REPEATED)
            if value is not None or down * across > 1:
                for copy in range(min(repeated, _FILLED_REPEATED)):
                    yield column + copy, value, down, across
        column += repeated


def _value(cell: xml.Element) -> Cell:
    match xml.attribute(cell, "value-type"):
        case "float" | "percentage" | "currency":
            return number(xml.attribute(cell, "value"))
        case "boolean":
            return xml.attribute(cell, "boolean-value") == "true"
        case "date":
            return xml.attribute(cell, "date-value").removesuffix(_MIDNIGHT) or None
        case "time":
            return _duration(xml.attribute(cell, "time-value"))
    return "\n".join(_text(part) for part in xml.children(cell, "p")) or None


def _text(element: xml.Element) -> str:
    text = element.text or ""
    for inner in element:
        match xml.local(inner):
            case "s":
                text += " " * _count(inner, "c", _FILLED_REPEATED)
            case "tab":
                text += "\t"
            case "line-break":
                text += "\n"
            case name if name and name != "annotation":
                text += _text(inner)
        text += inner.tail or ""
    return text


def _duration(text: str) -> Cell:
    """Return hours, minutes and seconds of a duration as XML Schema writes it."""
    match = _TIME.fullmatch(text)
    if not match:
        return text or None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    whole = int(days or 0) * 24 + int(hours or 0)
    ending = f".{fraction.rstrip('0')}" if fraction and fraction.strip("0") else ""
    return f"{sign}{whole:02d}:{int(minutes or 0):02d}:{int(seconds or 0):02d}{ending}"


def _count(element: xml.Element, name: str, most: int) -> int:
    text = xml.attribute(element, name, "1")
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 9 else 1

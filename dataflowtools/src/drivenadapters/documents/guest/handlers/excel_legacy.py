"""Excel workbooks before 2007 (.xls): BIFF 2 to 8, in compound files and bare."""

from __future__ import annotations

import datetime
import io
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import xlrd
from python_calamine import CalamineError, CalamineWorkbook
from xlrd.compdoc import CompDocError
from xlrd.sheet import Sheet as OldSheet

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer, Cell
from drivenadapters.documents.guest.base import CERTAIN, NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.compound import facts_of_compound, is_encrypted_workbook
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import needs_password, unlocked, wrong_password
from drivenadapters.documents.guest.office import by_stream
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.workbook import (
    Row,
    Sheet,
    Span,
    choose,
    duration,
    facts_of,
    plain,
    trimmed,
    write_sheets,
)
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_BARE = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x08\x00\x00\x05",
    b"\x09\x08\x10\x00\x00\x06",
)
_VISIBILITY = ("visible", "hidden", "very_hidden")
_BROKEN = (CompDocError, struct.error, AssertionError, LookupError, ValueError, TypeError, AttributeError)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_CHART = "ChartSheet"


class _Workbook:
    """An open workbook."""

    def __init__(self, document: Document) -> None:
        self._limits = document.limits
        self._content = document.content()
        self._book, self.is_damaged = _open(self._content, document.password)

    def sheets(self) -> list[Sheet]:
        """Return all sheets, those without cells included."""
        readable = {sheet.name: sheet for sheet in self._book.sheets()}
        listed = self._listed() or [(name, _VISIBILITY[sheet.visibility], "sheet") for name, sheet in readable.items()]
        return [
            Sheet(
                name,
                rows=lambda name=name: self._rows(readable.get(name)),  # type: ignore[misc]
                visibility=visibility,
                kind=kind,
                merged=lambda name=name: _merged(readable.get(name)),  # type: ignore[misc]
            )
            for name, visibility, kind in listed
        ]

    def _listed(self) -> list[tuple[str, str, str]]:
        """xlrd drops sheets without cells; calamine reads nothing older than Excel 5, but names them all."""
        try:
            with CalamineWorkbook.from_filelike(io.BytesIO(self._content)) as book:
                known = book.sheets_metadata
        except CalamineError:
            return []
        found = [
            (sheet.name, _words(sheet.visible), "chart" if _CHART in str(sheet.typ) else "sheet") for sheet in known
        ]
        names = {name for name, _, _ in found}
        return found if {sheet.name for sheet in self._book.sheets()} <= names else []

    def _rows(self, sheet: OldSheet | None) -> list[Row]:
        if sheet is None:
            return []
        self._limits.check("max_cells", sheet.nrows * sheet.ncols, "cells of a sheet, from the first to the last")
        return trimmed([self._row(sheet, number) for number in range(sheet.nrows)])

    def _row(self, sheet: OldSheet, number: int) -> Row:
        types, values = sheet.row_types(number), sheet.row_values(number)
        return [
            self._cell(kind, value, sheet, number, column)
            for column, (kind, value) in enumerate(zip(types, values, strict=True))
        ]

    def _cell(self, kind: int, value: Any, sheet: OldSheet, row: int, column: int) -> Cell:
        match kind:
            case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_TEXT:
                return plain(value)
            case xlrd.XL_CELL_DATE:
                return _moment(value, self._format(sheet, row, column), self._book.datemode)
            case xlrd.XL_CELL_BOOLEAN:
                return bool(value)
            case xlrd.XL_CELL_ERROR:
                return str(xlrd.error_text_from_code.get(value, "#ERROR"))
        return None

    def _format(self, sheet: OldSheet, row: int, column: int) -> str:
        index = sheet.cell_xf_index(row, column)
        if index >= len(self._book.xf_list):
            return ""
        known = self._book.format_map.get(self._book.xf_list[index].format_key)
        return str(known.format_str) if known is not None else ""


class OldExcelHandler(Handler):
    """Reads by xlrd, which keeps error cells, dates and merged cells of every version."""

    declaration = Declaration(
        kind="xls",
        title="Excel 97-2003 and older",
        media_types=("application/vnd.ms-excel",),
        endings=("xls", "xlt", "xlw"),
        extracts=frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA}),
        conversions=conversions.XLS,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the stream of a workbook, or for a bare one."""
        if sample.head.startswith(_BARE):
            return CERTAIN
        found = by_stream(sample, "Workbook", "Book")
        if found is NOT_MINE:
            return NOT_MINE
        return Finding(found.certainty, encrypted=is_encrypted_workbook(sample.file))

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties, and the sheets with their sizes."""
        opened = unlocked(document)
        return {**facts_of_compound(document.rewind()), "sheets": facts_of(_Workbook(opened).sheets())}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the wanted sheets."""
        opened = unlocked(document)
        workbook = _Workbook(opened)
        if workbook.is_damaged:
            answer.warn("the file is damaged; what could be read of it was")
        sheets = workbook.sheets()
        choose(sheets, wanted)
        write_sheets(sheets, answer, wanted)
        if What.METADATA in wanted:
            facts = facts_of_compound(document.rewind())
            answer.metadata({**facts, "sheets": [sheet.describe() for sheet in sheets]})
        if wanted.pages:
            answer.warn("a workbook has no pages; choose by sheets")


def _open(content: bytes, password: str) -> tuple[xlrd.Book, bool]:
    """Return a workbook, and whether its container is damaged and was read as far as it goes."""
    with _translated(password):
        try:
            return _parsed(content), False
        except CompDocError:
            return _parsed(content, ignore_workbook_corruption=True), True


@contextmanager
def _translated(password: str) -> Iterator[None]:
    try:
        yield
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise (wrong_password() if password else needs_password()) from error
        raise TaskFailed(FailureKind.DAMAGED, f"the workbook cannot be read: {error}") from error
    except _BROKEN as error:
        raise TaskFailed(FailureKind.DAMAGED, "the workbook cannot be read: its records are damaged") from error


def _parsed(content: bytes, **options: bool) -> xlrd.Book:
    return xlrd.open_workbook(
        file_contents=content, logfile=io.StringIO(), formatting_info=True, ragged_rows=True, **options
    )


def _moment(value: float, pattern: str, datemode: int) -> Cell:
    shape = _QUOTED.sub("", pattern)
    if _ELAPSED.search(shape):
        return duration(datetime.timedelta(days=value))
    try:
        moment = xlrd.xldate_as_datetime(value, datemode)
    except (ValueError, OverflowError, xlrd.xldate.XLDateError):
        return plain(value)
    if 0 <= value < 1:
        return str(moment.time().isoformat())
    if value.is_integer():  # a day at its beginning is a date, as calamine has it, too
        return str(moment.date().isoformat())
    return str(moment.isoformat())


def _merged(sheet: OldSheet | None) -> list[Span]:
    found = [] if sheet is None else sheet.merged_cells
    return [((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in found]


def _kind(member: object) -> str:
    return "chart" if _CHART in str(member) else "sheet"


def _words(visible: object) -> str:
    return {"Hidden": "hidden", "VeryHidden": "very_hidden"}.get(str(visible).rpartition(".")[2], "visible")


HANDLERS = (OldExcelHandler(),)

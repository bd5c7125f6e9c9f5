"""Writes a table in one of the formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from drivenadapters.tables.guest.engines.arrow_conversions import as_text
from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.writing.values import json_rows
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.kinds import TEMPORAL, Kind

_SHEET_ROWS, _SHEET_COLUMNS, _CELL_CHARACTERS = 1_048_576, 16_384, 32_767
_EXACT = 2**53
_FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001 - Excel's calendar has a day too many before
_BATCH = 10_000
_DANGEROUS = r"^[=+\-@\t\r\n|]"


@dataclass(frozen=True)
class Writing:
    """How a file is written.

    Attributes:
        format: of the file.
        neutralise: put an apostrophe before text that a spreadsheet would take for a formula.
    """

    format: str
    neutralise: bool = False


def write_file(frame: Frame, writing: Writing, file: BinaryIO) -> list[str]:
    """Write a table; returns what is to be told of it.

    Raises:
        TaskFailed: the format cannot hold it.
    """
    if writing.neutralise and writing.format in ("csv", "xlsx"):
        frame, count = neutralised(frame)
        told = [f"{count} texts that a spreadsheet would take for formulas begin with an apostrophe"] if count else []
    else:
        told = []
    return [*told, *_WRITERS[writing.format](frame, file)]


def neutralised(frame: Frame) -> tuple[Frame, int]:
    """Return a table with no text that a spreadsheet takes for a formula, and how many there were."""
    table, total = frame.table, 0
    for place, (name, kind) in enumerate(frame.schema.items()):
        if kind in (Kind.TEXT, Kind.JSON):
            values = table.column(name)
            found = pc.match_substring_regex(values, _DANGEROUS)
            total += pc.sum(found).as_py() or 0
            safe = pc.binary_join_element_wise(
                pa.scalar("'", pa.large_string()), values, pa.scalar("", pa.large_string())
            )
            table = table.set_column(place, name, pc.if_else(found, safe, values))
    return Frame(table, frame.schema), total


def _csv(frame: Frame, file: BinaryIO) -> list[str]:
    columns = [_csv_text(frame.table.column(name), kind) for name, kind in frame.schema.items()]
    header = ",".join(_csv_cell(name) for name in frame.schema) + "\n"
    file.write(header.encode())
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
    names = [f"c{place}" for place in range(len(columns))]
    if columns and frame.rows:
        arrow_csv.write_csv(pa.table(columns, names=names), pa.PythonFile(file, mode="w"), options)
    return []


def _csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def _csv_text(values: Any, kind: Kind) -> Any:
    return as_text(values, kind) if kind in TEMPORAL or kind == Kind.NUMBER else values


def _json(frame: Frame, file: BinaryIO) -> list[str]:
    file.write(b"[")
    for place, row in enumerate(_rows(frame)):
        file.write((b",\n" if place else b"\n") + row)
    file.write(b"\n]\n")
    return []


def _json_lines(frame: Frame, file: BinaryIO) -> list[str]:
    for row in _rows(frame):
        file.write(row + b"\n")
    return []


def _rows(frame: Frame) -> Iterator[bytes]:
    for start in range(0, frame.rows, _BATCH):
        part = Frame(frame.table.slice(start, _BATCH), frame.schema)
        for row in json_rows(part, _BATCH):
            yield json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _parquet(frame: Frame, file: BinaryIO) -> list[str]:
    parquet.write_table(typed_table(frame), file, compression="zstd")
    return []


def typed_table(frame: Frame) -> Any:
    """Return a table whose Arrow types tell the kinds: dates are dates, instants have a zone."""
    columns = []
    for name, kind in frame.schema.items():
        values = frame.table.column(name)
        match kind:
            case Kind.DATE:
                values = values.cast(pa.date32())
            case Kind.INSTANT:
                values = values.cast(pa.timestamp("us", "UTC"))
        columns.append(values)
    return pa.Table.from_arrays(columns, names=list(frame.schema))


def _xlsx(frame: Frame, file: BinaryIO) -> list[str]:
    if frame.rows >= _SHEET_ROWS or len(frame.schema) > _SHEET_COLUMNS:
        message = f"a sheet holds at most {_SHEET_ROWS - 1} rows and {_SHEET_COLUMNS} columns; save as csv or parquet"
        raise TaskFailed(FailureKind.TOO_LARGE, message, field="output.format")
    import xlsxwriter

    options = {"constant_memory": True, "tmpdir": ".", "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    told = _Sheet(book, frame).write()
    book.close()
    return told


class _Sheet:
    """Writes one sheet, row by row."""

    def __init__(self, book: Any, frame: Frame) -> None:
        self._frame = frame
        self._sheet = book.add_worksheet("Table")
        self._bold = book.add_format({"bold": True})
        self._formats = {
            Kind.DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
            Kind.DATETIME: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            Kind.INSTANT: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._counts: dict[str, int] = {}

    def write(self) -> list[str]:
        """Write header and rows; returns what is to be told."""
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._frame.schema):
            self._sheet.write_string(0, place, name[:_CELL_CHARACTERS], self._bold)
        kinds = list(self._frame.schema.values())
        number = 1
        for batch in self._frame.table.to_batches(_BATCH):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                for place, (value, kind) in enumerate(zip(row, kinds, strict=True)):
                    if value is not None:
                        self._cell(number, place, value, kind)
                number += 1
        return [f"{count} {what}" for what, count in self._counts.items()]

    def _cell(self, row: int, place: int, value: Any, kind: Kind) -> None:
        if kind == Kind.BOOLEAN:
            self._sheet.write_boolean(row, place, value)
        elif kind == Kind.INTEGER and abs(value) > _EXACT:
            self._text(row, place, str(value), "integers beyond 2^53 are written as text")
        elif kind in (Kind.INTEGER, Kind.NUMBER) and abs(value) != float("inf"):
            self._sheet.write_number(row, place, value)
        elif kind in TEMPORAL and value >= _FIRST_DAY:
            self._sheet.write_datetime(row, place, value, self._formats[kind])
        elif kind in TEMPORAL:
            self._text(row, place, value.isoformat(), "dates before March 1900 are written as text")
        else:
            self._text(row, place, str(value))

    def _text(self, row: int, place: int, text: str, what: str = "") -> None:
        if len(text) > _CELL_CHARACTERS:
            text, what = text[:_CELL_CHARACTERS], f"texts are cut to the {_CELL_CHARACTERS} characters of a cell"
        if what:
            self._counts[what] = self._counts.get(what, 0) + 1
        self._sheet.write_string(row, place, text)


def _columns(frame: Frame, file: BinaryIO) -> list[str]:
    from drivenadapters.tables.guest.columns_file import write_columns

    write_columns(frame, file)
    return []


_WRITERS = {"columns": _columns, "csv": _csv, "xlsx": _xlsx, "json": _json, "jsonl": _json_lines, "parquet": _parquet}

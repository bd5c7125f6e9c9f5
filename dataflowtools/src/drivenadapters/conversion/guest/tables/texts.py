"""Tables as CSV, TSV, JSON and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from ..encoding import to_text
from .cells import Cell, Row, Sheet, as_json, as_text, column_names, trimmed, without_formula
from .infer import typed
from .options import TableOptions

_LONGEST_FIELD = 16 << 20
_SNIFFED = 64 << 10
_DELIMITERS = ",;\t|"


def read_delimited(data: bytes, kind: str, options: TableOptions) -> list[Sheet]:
    """Read CSV or TSV of any dialect and encoding.

    Raises:
        TaskFailed: the encoding is unknown or not that of the file, or a quote is never closed.
    """
    text = _decode(data, options.encoding)
    csv.field_size_limit(_LONGEST_FIELD)
    delimiter = options.delimiter or ("\t" if kind == "tsv" else _guess_delimiter(text))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the table cannot be read: {reason}") from reason
    convert = typed if options.infer_types else (lambda cell: cell or None)
    cells: list[Row] = []
    for number, row in enumerate(rows):
        cells.append([*row] if number == 0 and options.header else [convert(cell) for cell in row])
    return [Sheet("", trimmed(cells))]


def read_json(data: bytes, kind: str, options: TableOptions) -> list[Sheet]:
    """Read records, rows, columns, or several such tables by name.

    Raises:
        TaskFailed: it is not JSON, or not a table.
    """
    text = to_text(data)
    try:
        if kind == "jsonl":
            value: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            value = json.loads(text)
    except (ValueError, RecursionError) as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"it is not {kind.upper()}: {reason}") from reason
    return list(_sheets(value))


def _sheets(value: Any) -> Iterator[Sheet]:
    if isinstance(value, dict) and value and all(_is_table(item) for item in value.values()):
        for name, item in value.items():
            yield Sheet(str(name), _rows(item))
        return
    if isinstance(value, dict) and isinstance(value.get("columns"), list) and isinstance(value.get("rows"), list):
        yield Sheet("", [[*map(_cell, value["columns"])], *_rows(value["rows"])])
        return
    yield Sheet("", _rows(value if isinstance(value, list) else [value]))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, (dict, list)) for item in value)


def _rows(items: Any) -> list[Row]:
    if not isinstance(items, list):
        raise TaskFailed(FailureKind.IMPOSSIBLE, "the JSON holds no table: records, rows or columns are expected")
    if items and all(isinstance(item, list) for item in items):
        return [[*map(_cell, item)] for item in items]
    names = list(dict.fromkeys(name for item in items if isinstance(item, dict) for name in item))
    if not names:
        return [["value"], *([_cell(item)] for item in items)] if items else []
    return [names, *(_record(item, names) for item in items)]


def _record(item: Any, names: list[str]) -> Row:
    return [_cell(item.get(name)) for name in names] if isinstance(item, dict) else [_cell(item)]


def _cell(value: Any) -> Cell:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def write_delimited(sheet: Sheet, sink: BinaryIO, kind: str, options: TableOptions) -> None:
    """Write CSV (RFC 4180) or TSV.

    Raises:
        TaskFailed: the encoding is unknown, or lacks a character.
    """
    delimiter = options.output_delimiter or ("\t" if kind == "tsv" else ",")
    shown = _harmless if options.escape_formulas else as_text
    try:
        text = io.TextIOWrapper(sink, encoding=options.output_encoding, newline="", write_through=True)
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n" if kind == "csv" else "\n")
        width = sheet.width
        for row in sheet.rows:
            writer.writerow([*map(shown, row), *[""] * (width - len(row))])
        text.flush()
        text.detach()
    except LookupError as reason:
        raise TaskFailed(FailureKind.INVALID, str(reason), field="options.output_encoding") from reason
    except UnicodeEncodeError as reason:
        message = f"{options.output_encoding} has no {reason.object[reason.start]!r}"
        raise TaskFailed(FailureKind.INVALID, message, field="options.output_encoding") from reason


def _harmless(cell: Cell) -> str:
    return without_formula(cell) if isinstance(cell, str) else as_text(cell)


def write_json(sheets: list[Sheet], sink: BinaryIO, options: TableOptions) -> None:
    """Write records, or rows where the first one is no header; several sheets by their names."""
    if len(sheets) == 1:
        _write_array(sheets[0], sink, options)
        return
    for number, sheet in enumerate(sheets):
        sink.write(b"{" if number == 0 else b",\n")
        sink.write(json.dumps(sheet.name, ensure_ascii=False).encode() + b": ")
        _write_array(sheet, sink, options)
    sink.write(b"}\n")


def write_json_lines(sheet: Sheet, sink: BinaryIO, options: TableOptions) -> None:
    """Write one record, or row, a line."""
    for item in _items(sheet, options):
        sink.write(_encode(item) + b"\n")


def _write_array(sheet: Sheet, sink: BinaryIO, options: TableOptions) -> None:
    beginning = b"["
    for item in _items(sheet, options):
        sink.write(beginning + b"\n " + _encode(item))
        beginning = b","
    sink.write(b"[]" if beginning == b"[" else b"\n]")


def _items(sheet: Sheet, options: TableOptions) -> Iterator[Any]:
    if not options.header:
        yield from ([*map(as_json, row)] for row in sheet.rows)
        return
    names = column_names(sheet.rows[0] if sheet.rows else (), sheet.width)
    for row in sheet.rows[1:]:
        values = [*map(as_json, row), *[None] * (len(names) - len(row))]
        yield dict(zip(names, values, strict=True))


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _decode(data: bytes, encoding: str | None) -> str:
    if encoding is None:
        return to_text(data).removeprefix("\ufeff")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except LookupError as reason:
        raise TaskFailed(FailureKind.INVALID, str(reason), field="options.encoding") from reason
    except UnicodeDecodeError as reason:
        message = f"the file is not {encoding}: byte {reason.start} does not fit"
        raise TaskFailed(FailureKind.INVALID, message, field="options.encoding") from reason


def _guess_delimiter(text: str) -> str:
    """The one that cuts the first lines into the same number of fields, and into most."""
    best, most = ",", (0.0, 0)
    sample = text[:_SNIFFED]
    for delimiter in _DELIMITERS:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row][:50]
        rows = rows[:-1] if len(sample) == _SNIFFED and len(rows) > 1 else rows
        widths = [len(row) for row in rows]
        usual = max(set(widths), key=widths.count) if widths else 0
        score = (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)
        if score > most:
            best, most = delimiter, score
    return best

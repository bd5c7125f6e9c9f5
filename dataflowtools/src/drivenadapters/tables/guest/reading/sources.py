"""One source of a table, of whatever format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as parquet

from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.reading import records, text_files, workbooks
from drivenadapters.tables.guest.reading.arrow_columns import frame_from_arrow
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.selecting import chosen
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.sources import Rows, Source

FORMATS = ("csv", "tsv", "xlsx", "xls", "json", "jsonl", "parquet")
HANDED_OVER = "columns"  # between the steps of one request, never from outside
_BY_KIND = {
    "txt": "csv",
    "text": "csv",
    "ndjson": "jsonl",
    "xlsm": "xlsx",
    "xlsb": "xlsx",
    "ods": "xlsx",
    "xltx": "xlsx",
}


@dataclass(frozen=True)
class Table:
    """A table that was read."""

    frame: Frame
    notes: ReadingNotes


def read_table(file: BinaryIO | None, kind: str, source: Source, limits: Limits, *, strict: bool = False) -> Table:
    """Read a source.

    Args:
        file: the stored file, None for data of the request.
        kind: its format by content.
        strict: values of different types in one column of JSON keep them, as JSON.

    Raises:
        TaskFailed: it cannot be read, or is larger than a table may be.
    """
    notes = ReadingNotes(format="inline" if file is None else format_of(kind, source), strict=strict)
    frame = _inline(source, notes) if file is None else _READERS[notes.format](file, source, notes)
    check_size(frame, limits)
    notes.details |= {"rows": frame.rows, "columns": len(frame.schema)}
    return Table(frame, notes)


def format_of(kind: str, source: Source) -> str:
    """Return the format to read a file as.

    Raises:
        TaskFailed: it is none that holds a table.
    """
    if kind == HANDED_OVER:
        return kind
    found = source.format or _BY_KIND.get(kind, kind)
    if found not in FORMATS:
        message = f"found {kind}, accepted are {', '.join(FORMATS)}; set format if it is one of them"
        raise TaskFailed(FailureKind.UNSUPPORTED, message, field="source.file_id")
    return found


def check_size(frame: Frame, limits: Limits) -> None:
    """Refuse tables beyond the limits.

    Raises:
        TaskFailed: it has too many rows or columns.
    """
    if len(frame.schema) > limits.columns:
        message = f"{len(frame.schema)} columns; a table has at most {limits.columns} (MAX_TABLE_COLUMNS)"
        raise TaskFailed(FailureKind.TOO_LARGE, message)
    if frame.rows > limits.rows:
        raise TaskFailed(
            FailureKind.TOO_LARGE, f"{frame.rows} rows; a table has at most {limits.rows} (MAX_TABLE_ROWS)"
        )


def _inline(source: Source, notes: ReadingNotes) -> Frame:
    if isinstance(source.data, Rows):
        return records.from_rows(source.data.columns, source.data.rows, source, notes)
    return records.from_records(source.data or (), source, notes)


def _text(file: BinaryIO, source: Source, notes: ReadingNotes, *, tabs: bool = False) -> Frame:
    table = text_files.open_text(file, source, notes, tabs=tabs)
    content = text_files.read_all(table)
    return Frame(content, table.schema)


def _tabs(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    return _text(file, source, notes, tabs=True)


def _parquet(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    try:
        opened = parquet.ParquetFile(file)
        names = chosen(source, list(dict.fromkeys(field.name for field in opened.schema_arrow)))
        table = opened.read(columns=names)
    except (pa.ArrowInvalid, OSError) as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the parquet file is damaged: {str(reason)[:200]}") from reason
    frame, conversions = frame_from_arrow(table)
    notes.conversions.extend(conversions)
    return _with_types(frame, source, notes)


def _columns(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    from drivenadapters.tables.guest.columns_file import read_columns

    return read_columns(file, source, notes)


def _with_types(frame: Frame, source: Source, notes: ReadingNotes) -> Frame:
    if not source.types:
        return frame
    columns: dict[str, Any] = dict(zip(frame.schema, frame.table.columns, strict=True))
    schema = dict(frame.schema)
    for name, wanted in source.types.items():
        if name in schema and schema[name] != wanted:
            columns[name] = records.forced(schema[name], columns[name].combine_chunks(), wanted, name, source, notes)
            schema[name] = wanted
    from drivenadapters.tables.guest.engines.frame import frame_of

    return frame_of(columns, schema, frame.rows)


_READERS = {
    "csv": _text,
    "tsv": _tabs,
    "xlsx": workbooks.read_workbook,
    "xls": workbooks.read_workbook,
    "json": records.read_json,
    "jsonl": records.read_json_lines,
    "parquet": _parquet,
    HANDED_OVER: _columns,
}

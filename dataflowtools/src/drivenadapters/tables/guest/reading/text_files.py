"""Text files with separated fields: read in batches, so that the text itself never fills the memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from drivenadapters.tables.guest.engines.arrow_types import arrow_schema
from drivenadapters.tables.guest.reading.arrow_columns import unique_names
from drivenadapters.tables.guest.reading.dialects import Dialect, Layout, find_dialect, find_layout
from drivenadapters.tables.guest.reading.encodings import Encoding, detect
from drivenadapters.tables.guest.reading.inference import ColumnReading, Marks, Misfit, convert, infer
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.selecting import chosen
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.kinds import Kind, Schema
from logics.tables.sources import Source

_SAMPLE_BYTES = 1 << 20
_INFERRED_CHARACTERS = 1 << 18
_BLOCK_BYTES = 4 << 20
_MOST_RESTARTS = 20
_SMALL_BYTES = 64 << 20  # files with bad lines are parsed again, slowly, up to this size
_DECIMAL_COMMA = Marks(",", ".")


@dataclass
class TextTable:
    """An opened text file.

    Attributes:
        columns: readings by name, of the columns that are wanted.
        rows: of the table, once it has been read.
    """

    file: BinaryIO
    source: Source
    notes: ReadingNotes
    encoding: Encoding
    dialect: Dialect
    layout: Layout
    names: list[str]
    size: int
    columns: dict[str, ColumnReading]
    rows: int = 0

    @property
    def schema(self) -> Schema:
        """The columns and their kinds, as far as they are decided."""
        return {name: reading.kind for name, reading in self.columns.items()}


def open_text(file: BinaryIO, source: Source, notes: ReadingNotes, *, tabs: bool) -> TextTable:
    """Look at the beginning of a file and decide how to read it.

    Raises:
        TaskFailed: it is no text of a known encoding, or wanted columns are missing.
    """
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    sample = file.read(_SAMPLE_BYTES)
    encoding = detect(sample, source.encoding, whole=size <= len(sample))
    if encoding.found:
        notes.say(encoding.found)
    text = _decode(sample[encoding.skip :], encoding.name, whole=size <= len(sample))
    dialect = find_dialect(text, source, tabs=tabs)
    layout = find_layout(text, dialect, source, notes)
    names = unique_names(layout.names, notes.conversions)
    notes.details |= {"encoding": encoding.name, "delimiter": dialect.delimiter}
    table = TextTable(file, source, notes, encoding, dialect, layout, names, size, {})
    wanted = chosen(source, names)
    table.columns = _first_readings(table, text, wanted)
    return table


def _decode(sample: bytes, encoding: str, *, whole: bool) -> str:
    try:
        if whole:
            return sample.decode(encoding)
        import codecs

        return codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError as reason:
        raise _undecodable(encoding) from reason


def _undecodable(encoding: str) -> TaskFailed:
    return TaskFailed(FailureKind.DAMAGED, f"the text is not in {encoding}; set encoding", field="source.encoding")


def _first_readings(table: TextTable, text: str, wanted: Sequence[str]) -> dict[str, ColumnReading]:
    """Infer from the beginning; what comes later is checked against it."""
    body = text[table.layout.start :]
    rows = _parse(body[:_INFERRED_CHARACTERS], table, None)
    cut = len(body) > _INFERRED_CHARACTERS or table.size > _SAMPLE_BYTES
    columns = _columns_of_rows(table, rows[:-1] if cut and len(rows) > 1 else rows)
    readings = {name: _reading(table, name, columns[name]) for name in wanted}
    if any(reading.marks == _DECIMAL_COMMA for reading in readings.values()) and table.source.decimal is None:
        _agree_on_marks(table, readings, columns)
    return readings


def _agree_on_marks(table: TextTable, readings: dict[str, ColumnReading], columns: dict[str, Any]) -> None:
    """One column with an unmistakable decimal comma speaks for the others of its file."""
    for name, reading in readings.items():
        if reading.kind in (Kind.INTEGER, Kind.NUMBER) and reading.marks != _DECIMAL_COMMA and not reading.forced:
            again = infer(columns[name], _DECIMAL_COMMA, table.source.date_format, semicolons=True)
            if again.kind in (Kind.INTEGER, Kind.NUMBER) and again.marks == _DECIMAL_COMMA:
                readings[name] = again


def _reading(table: TextTable, name: str, values: Any) -> ColumnReading:
    source = table.source
    marks = _wanted_marks(source)
    if name in source.types:
        inferred = infer(values, marks, source.date_format, semicolons=table.dialect.delimiter == ";")
        same = inferred.kind == source.types[name]
        date_format = source.date_format or inferred.date_format
        return ColumnReading(
            source.types[name], inferred.marks if same or marks is None else marks, date_format, forced=True
        )
    if not source.detect_types:
        return ColumnReading()
    return infer(values, marks, source.date_format, semicolons=table.dialect.delimiter == ";")


def _wanted_marks(source: Source) -> Marks | None:
    if source.decimal is None and source.thousands is None:
        return None
    decimal = source.decimal or ("," if source.thousands == "." else ".")
    return Marks(decimal, source.thousands if source.thousands is not None else ("." if decimal == "," else ","))


def read_batches(table: TextTable) -> Iterator[Any]:
    """Give the table in Arrow batches of the kinds in ``table.schema``.

    Raises:
        Restart: a value changed what was inferred; what came before is void.
        TaskFailed: the file is damaged.
    """
    table.rows = 0
    table.notes.bad_rows.total, table.notes.bad_rows.shown = 0, []
    for reading in table.columns.values():
        reading.counts.clear()
    for columns in _text_batches(table):
        yield _convert_batch(table, columns)


class Restart(Exception):
    """A column turned out to be of another kind than its first values said; reading starts again."""


def _convert_batch(table: TextTable, columns: dict[str, Any]) -> Any:
    arrays, misfits = [], []
    for name, reading in table.columns.items():
        values = columns[name]
        try:
            arrays.append(convert(_nulls(values, table.source), reading, table.rows))
        except Misfit:
            misfits.append(name)
    if misfits:
        for name in misfits:
            table.columns[name] = _widened(table, table.columns[name], columns[name])
        raise Restart
    rows = len(next(iter(columns.values()))) if columns else 0
    table.rows += rows
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(table.schema))


def _nulls(values: Any, source: Source) -> Any:
    if not source.null_values:
        return values
    return pc.if_else(
        pc.is_in(values, value_set=pa.array(source.null_values, values.type)), pa.scalar(None, values.type), values
    )


def _widened(table: TextTable, before: ColumnReading, values: Any) -> ColumnReading:
    """Decide again with the values that did not fit; whatever was a number before can become one of another kind."""
    again = infer(
        _nulls(values, table.source),
        before.marks if before.kind == Kind.NUMBER else None,
        before.date_format,
        semicolons=table.dialect.delimiter == ";",
    )
    again.null_words = again.null_words or before.null_words
    pair = {before.kind, again.kind}
    if (
        before.kind == again.kind
        and before.marks == again.marks
        and before.date_format == again.date_format
        and not before.null_words
        and again.null_words
    ):
        return again
    if pair == {Kind.INTEGER, Kind.NUMBER} and (before.marks == again.marks or before.marks == Marks()):
        again.kind = Kind.NUMBER
        return again
    if pair == {Kind.DATE, Kind.DATETIME}:
        again.kind = Kind.DATETIME
        return again
    why = (
        "; ".join(again.notes)
        if again.kind == Kind.TEXT and again.notes
        else f"not all values are of kind {before.kind}: kept as text"
    )
    return ColumnReading(notes=[why])


def _text_batches(table: TextTable) -> Iterator[dict[str, Any]]:
    if table.size <= _SAMPLE_BYTES // 4:
        yield _columns_of_rows(table, _parse(_whole_text(table), table, table.notes))
        return
    bad: list[Any] = []
    try:
        for batch in _arrow_batches(table, bad):
            if bad and table.size <= _SMALL_BYTES:
                break
            yield {name: batch.column(place) for place, name in enumerate(table.names)}
        else:
            for row in bad:
                table.notes.bad_rows.add(
                    row.number, f"{row.actual_columns} fields instead of {row.expected_columns}", row.text
                )
            return
    except pa.ArrowInvalid as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the text file is damaged: {str(reason)[:200]}") from reason
    yield from _from_slow_parser(table)


def _from_slow_parser(table: TextTable) -> Iterator[dict[str, Any]]:
    """Parse the rest, after rows that were given already, line by line: lines with too few fields are filled up."""
    rows = _parse(_whole_text(table), table, table.notes)
    yield _columns_of_rows(table, rows[table.rows :])


def _whole_text(table: TextTable) -> str:
    table.file.seek(table.encoding.skip)
    text = _decode(table.file.read(), table.encoding.name, whole=True)
    return text[table.layout.start :]


def _arrow_batches(table: TextTable, bad: list[Any]) -> Iterator[Any]:
    table.file.seek(0)
    head = table.file.read(_SAMPLE_BYTES)[table.encoding.skip :]
    text = _decode(head, table.encoding.name, whole=False)
    start = table.encoding.skip + len(text[: table.layout.start].encode(table.encoding.name))
    table.file.seek(start)

    def keep(row: Any) -> str:
        bad.append(row)
        return "skip"

    block = _BLOCK_BYTES
    reader = arrow_csv.open_csv(
        pa.PythonFile(_Rest(table.file, start), mode="r"),
        read_options=arrow_csv.ReadOptions(column_names=table.names, block_size=block, encoding=table.encoding.name),
        parse_options=arrow_csv.ParseOptions(
            delimiter=table.dialect.delimiter,
            quote_char=table.dialect.quote,
            escape_char=table.dialect.escape or False,
            double_quote=table.dialect.escape is None,
            newlines_in_values=True,
            ignore_empty_lines=len(table.names) > 1,
            invalid_row_handler=keep,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.large_string() for name in table.names},
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    )
    yield from reader


class _Rest(io.RawIOBase):
    """A file from a position on, which is its beginning to whom it is given."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file, self._start = file, start

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        """The file stays open: it may be read again."""


def _parse(text: str, table: TextTable, notes: ReadingNotes | None) -> list[list[str | None]]:
    """Parse text into rows as wide as the table; what is told of them goes to the notes."""
    from drivenadapters.tables.guest.reading.dialects import split_lines

    width = len(table.names)
    rows: list[list[str | None]] = []
    try:
        for number, fields in enumerate(_null_aware(split_lines(text), table.dialect), table.layout.first_line):
            row = _fitted(fields, width, number, notes)
            if row is not None:
                rows.append(row)
    except csv.Error as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the text file is damaged: {reason}") from reason
    return rows


def _null_aware(lines: list[str], dialect: Dialect) -> Iterator[list[str | None]]:
    """Tell an empty field, which is missing, from an empty text between quotes, as far as the parser lets us see."""
    import sys

    if sys.version_info >= (3, 12):
        reader = csv.reader(
            iter(lines), delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=dialect.escape,
            doublequote=dialect.escape is None, quoting=csv.QUOTE_NOTNULL,
        )  # fmt: skip
        yield from reader  # type: ignore[misc]
        return
    mark = "\ue000"
    empty = dialect.quote * 2
    for row in dialect.reader(iter(_marked(lines, dialect, empty, mark))):
        yield [None if field == "" else field.replace(mark, "") for field in row]


def _marked(lines: list[str], dialect: Dialect, empty: str, mark: str) -> list[str]:
    """Put a private character between quotes that stand alone in their field."""
    if not any(empty in line for line in lines):
        return lines
    import re

    edge = re.escape(dialect.delimiter)
    lone = re.compile(f"(^|{edge}){empty}(?={edge}|[\\r\\n]|$)")
    return [lone.sub(rf"\g<1>{dialect.quote}{mark}{dialect.quote}", line) if empty in line else line for line in lines]


def _fitted(fields: list[str | None], width: int, number: int, notes: ReadingNotes | None) -> list[str | None] | None:
    if len(fields) == width:
        return fields
    if not fields:
        return [None] if width == 1 else None
    if len(fields) < width:
        if notes is not None:
            notes.bad_rows.add(
                number, f"{len(fields)} fields instead of {width}; the others are missing", _shown(fields)
            )
        return [*fields, *([None] * (width - len(fields)))]
    if any(field for field in fields[width:]):
        if notes is not None:
            notes.bad_rows.add(number, f"{len(fields)} fields instead of {width}; left out", _shown(fields))
        return None
    return fields[:width]


def _shown(fields: list[str | None]) -> str:
    return ",".join(field or "" for field in fields)


def _columns_of_rows(table: TextTable, rows: list[list[str | None]]) -> dict[str, Any]:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(table.names)
    return {name: pa.array(values, pa.large_string()) for name, values in zip(table.names, columns, strict=True)}


def finish_notes(table: TextTable) -> None:
    """Tell what was decided of each column, once all of it has been read."""
    for name, reading in table.columns.items():
        for note in reading.notes:
            table.notes.say(note, name)
        for what, count in reading.counts.items():
            lost = (
                f"; the first is {reading.first_lost!r} in row {reading.first_lost_row}"
                if "not of kind" in what
                else ""
            )
            table.notes.say(f"{count} {what}{lost}", name)
        if reading.kind != Kind.TEXT and not reading.forced:
            table.notes.say(f"text became {reading.kind}", name)


def read_all(table: TextTable) -> Any:
    """Return the whole table; it starts again where a later value changes a kind."""
    for _ in range(_MOST_RESTARTS + len(table.columns)):
        try:
            batches = list(read_batches(table))
        except Restart:
            continue
        finish_notes(table)
        return pa.Table.from_batches(batches, schema=arrow_schema(table.schema))
    raise TaskFailed(FailureKind.DAMAGED, "the kinds of the columns cannot be decided; set types")

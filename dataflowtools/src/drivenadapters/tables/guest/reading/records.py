"""Tables of JSON: records, columns and rows, lines of records, and data in the request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.reading.arrow_columns import json_text, unique_names
from drivenadapters.tables.guest.reading.inference import ColumnReading, convert, infer
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.selecting import chosen
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.kinds import TEMPORAL, Kind, Schema
from logics.tables.sources import Source

ABSENT: Any = object()  # what a record does not have, where that differs from null
_EXACT = 2**53
_MOST = 2**63


def read_json(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    """Read a JSON document: a list of records or of rows, or an object that holds columns or one such list.

    Raises:
        TaskFailed: it is no JSON, or no table.
    """
    from drivenadapters.tables.guest.reading.encodings import detect

    content = file.read()
    encoding = detect(content[: 1 << 20], source.encoding, whole=len(content) <= 1 << 20)
    try:
        document = json.loads(content[encoding.skip :].decode(encoding.name))
    except (ValueError, RecursionError) as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the file is no JSON: {str(reason)[:200]}") from reason
    return read_document(document, source, notes)


def read_json_lines(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    """Read a record a line; lines that are none are told."""
    records = []
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as reason:
            notes.bad_rows.add(number, f"no JSON: {str(reason)[:80]}", line[:200].decode("utf-8", "replace"))
            continue
        records.append(record if isinstance(record, dict) else {"value": record})
    if not records and notes.bad_rows.total:
        raise TaskFailed(FailureKind.DAMAGED, "no line of the file is JSON")
    return from_records(records, source, notes)


def read_document(document: Any, source: Source, notes: ReadingNotes) -> Frame:
    """Find the table in a document.

    Raises:
        TaskFailed: there is none, or more than one.
    """
    match document:
        case list():
            return _from_list(document, source, notes)
        case {"columns": list(), "rows": list()} | {"columns": list(), "data": list()}:
            return from_rows(document["columns"], document.get("rows", document.get("data")), source, notes)
        case dict() if document and all(isinstance(value, list) for value in document.values()):
            return _from_lists(document, source, notes)
        case dict():
            lists = [
                key
                for key, value in document.items()
                if isinstance(value, list) and value and isinstance(value[0], dict)
            ]
            if len(lists) == 1:
                notes.say(f"the table is the list {lists[0]!r} of the document")
                return _from_list(document[lists[0]], source, notes)
            if not lists:
                return from_records([document], source, notes)
    raise TaskFailed(FailureKind.UNSUPPORTED, "the JSON holds no table: a list of records is expected")


def _from_list(items: list[Any], source: Source, notes: ReadingNotes) -> Frame:
    if items and all(isinstance(item, list) for item in items):
        width = max(len(item) for item in items)
        named = bool(items) and all(isinstance(cell, str) for cell in items[0]) and len(items) > 1
        names = items[0] if named else [f"column_{place}" for place in range(1, width + 1)]
        return from_rows(names, items[1:] if named else items, source, notes)
    return from_records([item if isinstance(item, dict) else {"value": item} for item in items], source, notes)


def _from_lists(columns: dict[str, list[Any]], source: Source, notes: ReadingNotes) -> Frame:
    sizes = {len(values) for values in columns.values()}
    if len(sizes) > 1:
        if all(not values or isinstance(values[0], dict) for values in columns.values()):
            raise TaskFailed(FailureKind.UNSUPPORTED, "the JSON holds more than one table")
        raise TaskFailed(FailureKind.DAMAGED, "the columns differ in length")
    ((name, values),) = list(columns.items())[:1]
    if len(columns) == 1 and values and all(isinstance(item, dict) for item in values):
        notes.say(f"the table is the list {name!r} of the document")
        return from_records(values, source, notes)
    return from_columns(columns, source, notes, sizes.pop())


def from_rows(names: Sequence[Any], rows: Sequence[Sequence[Any]], source: Source, notes: ReadingNotes) -> Frame:
    """Make a table of rows under names; a row of another length is an error in data and told of a file."""
    texts = unique_names([name if isinstance(name, str) else str(name) for name in names], notes.conversions)
    fitting = []
    for number, row in enumerate(rows, 1):
        if len(row) == len(texts):
            fitting.append(row)
        elif source.data is not None:
            message = f"row {number} has {len(row)} values for {len(texts)} columns"
            raise TaskFailed(FailureKind.INVALID, message, field=f"source.data.rows.{number - 1}")
        else:
            notes.bad_rows.add(number, f"{len(row)} values instead of {len(texts)}; left out", json.dumps(row)[:200])
    columns = list(zip(*fitting, strict=True)) if fitting else [()] * len(texts)
    return from_columns(dict(zip(texts, columns, strict=True)), source, notes, len(fitting))


def from_records(records: Sequence[dict[str, Any]], source: Source, notes: ReadingNotes) -> Frame:
    """Make a table of records; what a record lacks is missing."""
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
    absent = ABSENT if notes.strict else None
    columns = {name: [record.get(name, absent) for record in records] for name in names}
    renamed = unique_names(list(columns), notes.conversions)
    return from_columns(dict(zip(renamed, columns.values(), strict=True)), source, notes, len(records))


def from_columns(columns: Mapping[str, Sequence[Any]], source: Source, notes: ReadingNotes, rows: int) -> Frame:
    """Make a table of columns of Python values, each of the kind that holds all of them."""
    arrays, schema = {}, Schema()
    for name in chosen(source, list(columns)):
        kind, values = column_of(columns[name], name, source, notes)
        arrays[name], schema[name] = values, kind
    return frame_of(arrays, schema, rows)


def column_of(values: Sequence[Any], name: str, source: Source, notes: ReadingNotes) -> tuple[Kind, Any]:
    """Return the kind of a column and its values."""
    if notes.strict:
        return _strict_column(values, name, notes)
    if source.null_values:
        values = [None if isinstance(value, str) and value in source.null_values else value for value in values]
    kind, array = _plain_column(values, name, notes)
    wanted = source.types.get(name)
    if wanted is not None and wanted != kind:
        return wanted, forced(kind, array, wanted, name, source, notes)
    if kind == Kind.TEXT and wanted is None and source.detect_types:
        return _dates_only(array, name, source, notes)
    return kind, array


def _strict_column(values: Sequence[Any], name: str, notes: ReadingNotes) -> tuple[Kind, Any]:
    """Keep every value's own type, in JSON where they differ; null is a value, what is absent is missing."""
    types = {type(value) for value in values if value is not ABSENT}
    plain = [None if value is ABSENT else value for value in values]
    if len(types) == 1 and types <= {bool, int, float, str}:
        return _plain_column(plain, name, notes)
    texts = [
        None if value is ABSENT else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        for value in values
    ]
    return Kind.JSON, pa.array(texts, pa.large_string())


def _plain_column(values: Sequence[Any], name: str, notes: ReadingNotes) -> tuple[Kind, Any]:
    types = {type(value) for value in values if value is not None}
    if types <= {bool} and types:
        return Kind.BOOLEAN, pa.array(values, pa.bool_())
    if types <= {int, float} and types:
        return _numbers(values, types, name, notes)
    if types <= {date, datetime} and types:
        return _moments(values, name, notes)
    if types & {dict, list, tuple}:
        notes.say("lists and objects are JSON", name)
        return Kind.JSON, pa.array([json_text(value) for value in values], pa.large_string())
    if types - {str}:
        shown = ", ".join(sorted(kind.__name__ for kind in types))
        notes.say(f"values of several kinds ({shown}): kept as text", name)
    return Kind.TEXT, pa.array([None if value is None else plain_text(value) for value in values], pa.large_string())


def _numbers(values: Sequence[Any], types: set[type], name: str, notes: ReadingNotes) -> tuple[Kind, Any]:
    whole = [value for value in values if isinstance(value, int)]
    if whole and (min(whole) < -_MOST or max(whole) >= _MOST):
        notes.say("integers beyond 64 bits: kept as text", name)
        return Kind.TEXT, pa.array(
            [None if value is None else plain_text(value) for value in values], pa.large_string()
        )
    if types == {int}:
        return Kind.INTEGER, pa.array(values, pa.int64())
    if any(abs(value) > _EXACT for value in whole):
        notes.say("integers beyond 2^53 beside fractions: rounded to the nearest double", name)
    numbers = [None if value is None or value != value else float(value) for value in values]
    if sum(value is None for value in numbers) > sum(value is None for value in values):
        notes.say("not-a-number values are missing", name)
    return Kind.NUMBER, pa.array(numbers, pa.float64())


def _moments(values: Sequence[Any], name: str, notes: ReadingNotes) -> tuple[Kind, Any]:
    clock = any(isinstance(value, datetime) and value.time() != time() for value in values)
    moments = [
        value if value is None or isinstance(value, datetime) else datetime.combine(value, time()) for value in values
    ]
    del name, notes
    return Kind.DATETIME if clock else Kind.DATE, pa.array(moments, pa.timestamp("us"))


def plain_text(value: Any) -> str:
    """Return a scalar as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _dates_only(array: Any, name: str, source: Source, notes: ReadingNotes) -> tuple[Kind, Any]:
    """JSON knows numbers and booleans by itself; of its text only dates are read."""
    if not len(array.drop_null()):
        return Kind.TEXT, array
    reading = infer(array, None, source.date_format, semicolons=False)
    if reading.kind not in TEMPORAL or reading.null_words:
        return Kind.TEXT, array
    for note in [*reading.notes, f"text became {reading.kind}"]:
        notes.say(note, name)
    return reading.kind, convert(array, reading)


def forced(kind: Kind, array: Any, wanted: Kind, name: str, source: Source, notes: ReadingNotes) -> Any:
    """Return values as the kind that the caller wants; what has no counterpart is told, and missing."""
    from drivenadapters.tables.guest.engines.arrow_conversions import as_text

    text = array if kind in (Kind.TEXT, Kind.JSON) else as_text(array, kind)
    if wanted == Kind.NUMBER and kind == Kind.INTEGER:
        return pc.cast(array, pa.float64(), safe=False)
    if wanted in (Kind.TEXT, Kind.JSON):
        return (
            text
            if wanted == Kind.TEXT
            else pa.array([json_text(value) for value in text.to_pylist()], pa.large_string())
        )
    if wanted == Kind.INTEGER and kind == Kind.NUMBER:
        text = pc.replace_substring_regex(text, r"\.0$", "")
    if wanted in TEMPORAL and kind in TEMPORAL:
        return pc.floor_temporal(array, unit="day") if wanted == Kind.DATE else array
    reading = ColumnReading(wanted, date_format=source.date_format, forced=True)
    converted = convert(text, reading)
    for what, count in reading.counts.items():
        notes.say(f"{count} {what}; the first is {reading.first_lost!r} in row {reading.first_lost_row}", name)
    return converted.cast(ARROW_TYPES[wanted])

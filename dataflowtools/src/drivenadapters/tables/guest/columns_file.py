"""Tables on their way to coderunner and back: see ``drivenadapters.tables.custom_program``."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, one_array
from drivenadapters.tables.guest.engines.frame import Frame, frame_of
from drivenadapters.tables.guest.reading.arrow_columns import unique_names
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.records import column_of
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.kinds import Kind, Schema
from logics.tables.sources import Source

_MOST_EXPANDED = 2 << 30


def write_columns(frame: Frame, file: BinaryIO) -> None:
    """Write a table."""
    columns: list[dict[str, Any]] = []
    buffers: list[bytes] = []
    for name, kind in frame.schema.items():
        parts = _parts(one_array(frame.table.column(name)), kind)
        columns.append({"name": name, "kind": str(kind), "buffers": [[part.dtype.str, part.nbytes] for part in parts]})
        buffers.extend(part.tobytes() for part in parts)
    head = json.dumps({"rows": frame.rows, "columns": columns}).encode()
    file.write(zlib.compress(b"\n".join([head, b"".join(buffers)]), 1))


def _parts(values: Any, kind: Kind) -> list[Any]:
    missing = pc.is_null(values).to_numpy(zero_copy_only=False).astype("u1")
    match kind:
        case Kind.TEXT | Kind.JSON:
            texts = values.fill_null("")
            lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype("i8")
            joined = "".join(texts.to_pylist()).encode("utf-8", "surrogatepass")
            return [missing, offsets, np.frombuffer(joined, dtype="u1")]
        case Kind.NUMBER:
            return [missing, values.fill_null(0.0).to_numpy(zero_copy_only=False)]
        case Kind.BOOLEAN:
            return [missing, values.fill_null(False).to_numpy(zero_copy_only=False).astype("u1")]
    return [missing, values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)]


def read_columns(file: BinaryIO, source: Source, notes: ReadingNotes) -> Frame:
    """Read a table that a program of a caller left; nothing in it is trusted.

    Raises:
        TaskFailed: it is no such table.
    """
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(file.read(), _MOST_EXPANDED)
        if not unpacker.eof:
            raise TaskFailed(FailureKind.TOO_LARGE, "the table that the code left is too large")
        return _frame(content, source, notes)
    except (zlib.error, ValueError, KeyError, TypeError, IndexError, pa.ArrowException) as reason:
        raise TaskFailed(FailureKind.IMPOSSIBLE, "what the code left is no table") from reason


def _frame(content: bytes, source: Source, notes: ReadingNotes) -> Frame:
    end = content.index(b"\n")
    head, place = json.loads(content[:end]), end + 1
    names = unique_names([str(column["name"]) for column in head["columns"]], notes.conversions)
    columns, schema = {}, Schema()
    for name, column in zip(names, head["columns"], strict=True):
        parts = []
        for kind, size in column["buffers"]:
            parts.append(np.frombuffer(content[place : place + size], dtype=np.dtype(kind)))
            place += size
        schema[name], columns[name] = _column(column["kind"], parts, int(head["rows"]), name, source, notes)
    return frame_of(columns, schema, int(head["rows"]))


def _column(kind: str, parts: list[Any], rows: int, name: str, source: Source, notes: ReadingNotes) -> tuple[Kind, Any]:
    missing = parts[0].astype(bool)
    if len(missing) != rows:
        raise ValueError("a column of another length")
    if kind in ("text", "json", "object"):
        offsets, data = parts[1].tolist(), parts[2].tobytes()
        texts = [
            None if gone else data[start:stop].decode("utf-8", "replace")
            for (start, stop), gone in zip(pairwise(offsets), missing, strict=True)
        ]
        if kind == "object":
            return column_of([None if text is None else json.loads(text) for text in texts], name, source, notes)
        return Kind(kind), pa.array(texts, pa.large_string())
    wanted = Kind(kind)
    values = pa.array(parts[1].astype(bool) if wanted == Kind.BOOLEAN else parts[1], mask=missing)
    return wanted, values.cast(ARROW_TYPES[wanted])

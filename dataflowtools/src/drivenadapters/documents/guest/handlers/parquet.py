"""Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer, Cell, Table
from drivenadapters.documents.guest.base import CERTAIN, NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.workbook import plain
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_MAGIC = b"PAR1"
_ROWS_TOGETHER = 5_000


class ParquetHandler(Handler):
    """Reads by Arrow, a batch of rows at a time."""

    declaration = Declaration(
        kind="parquet",
        title="Parquet",
        media_types=("application/vnd.apache.parquet",),
        endings=("parquet",),
        extracts=frozenset({What.TABLES, What.METADATA}),
        conversions=conversions.PARQUET,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the mark at both ends."""
        return CERTAIN if sample.head.startswith(_MAGIC) and sample.tail.endswith(_MAGIC) else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the number of rows, and the columns with their types."""
        with _opened(document) as file:
            return _facts(file)

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Give the one table, its names first."""
        with _opened(document) as file:
            if What.METADATA in wanted:
                answer.metadata(_facts(file))
            if What.TABLES in wanted:
                answer.table(Table(), _rows(file))


@contextmanager
def _opened(document: Document) -> Iterator[Any]:
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(document.rewind())
        size = sum(file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups))
        document.limits.check_bytes("max_unpacked_mb", size, "unpacked, the file has")
        document.limits.check("max_cells", file.metadata.num_rows * file.metadata.num_columns, "cells of the file")
        yield file
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise TaskFailed(FailureKind.DAMAGED, f"the Parquet file cannot be read: {str(error)[:200]}") from error


def _facts(file: Any) -> dict[str, Any]:
    columns = [{"name": field.name, "type": str(field.type)} for field in file.schema_arrow]
    return {"rows": file.metadata.num_rows, "columns": columns, "application": file.metadata.created_by}


def _rows(file: Any) -> Iterator[list[Cell]]:
    yield list(file.schema_arrow.names)
    for batch in file.iter_batches(_ROWS_TOGETHER):
        columns = [column.to_pylist() for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield [_cell(value) for value in row]


def _cell(value: Any) -> Cell:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return plain(value) if isinstance(value, (str, int, float, bool)) or hasattr(value, "isoformat") else _other(value)


def _other(value: Any) -> Cell:
    return None if value is None else str(value)


HANDLERS = (ParquetHandler(),)

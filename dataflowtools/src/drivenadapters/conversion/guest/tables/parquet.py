"""Tables as Parquet."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow
from pyarrow import parquet

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .cells import Cell, Row, Sheet, as_text, column_names
from .options import TableOptions


def read_parquet(source: BinaryIO, options: TableOptions) -> list[Sheet]:
    """Read Parquet.

    Raises:
        TaskFailed: it is damaged.
    """
    try:
        table = parquet.ParquetFile(source, memory_map=False).read()
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError) as reason:
        raise TaskFailed(FailureKind.DAMAGED, f"the Parquet file cannot be read: {reason}") from reason
    columns = [[*map(_from_arrow, column.to_pylist())] for column in table.columns]
    rows: list[Row] = [list(row) for row in zip(*columns, strict=True)]
    return [Sheet("", [list(table.column_names), *rows])]


def _from_arrow(value: Any) -> Cell:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or isinstance(value, (str, int, float, bool, Decimal, dt.date, dt.time, dt.timedelta)):
        return value
    return str(value)


def write_parquet(sheet: Sheet, sink: BinaryIO, options: TableOptions) -> None:
    """Write Parquet; a column of mixed kinds becomes text."""
    names = (
        column_names(sheet.rows[0] if sheet.rows else (), sheet.width)
        if options.header
        else [f"column_{number}" for number in range(1, sheet.width + 1)]
    )
    if not names:
        raise TaskFailed(FailureKind.IMPOSSIBLE, "an empty table has no columns for a Parquet file")
    rows = sheet.rows[1:] if options.header else sheet.rows
    arrays = [_column([row[at] if at < len(row) else None for row in rows]) for at in range(len(names))]
    parquet.write_table(pyarrow.Table.from_arrays(arrays, names=names), sink, compression="zstd")


def _column(cells: list[Cell]) -> Any:
    kinds = {type(cell) for cell in cells if cell is not None and cell != ""}
    values: list[Any] = [None if cell == "" and kinds != {str} else cell for cell in cells]
    if len(kinds) > 1 and not kinds <= {int, float}:
        if kinds == {dt.date, dt.datetime}:
            values = [dt.datetime.combine(v, dt.time()) if type(v) is dt.date else v for v in values]
        else:
            values = [None if value is None else as_text(value) for value in values]
    if kinds == {int, float}:
        whole = all(isinstance(v, int) or v.is_integer() for v in values if v is not None)
        safe = all(abs(v) < 1 << 53 for v in values if v is not None)
        values = [None if v is None else (int(v) if whole and safe else float(v)) for v in values]
    try:
        return pyarrow.array(values)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, OverflowError):
        return pyarrow.array([None if value is None else as_text(value) for value in values], pyarrow.string())

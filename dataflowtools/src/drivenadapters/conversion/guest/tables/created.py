"""The task that makes tables of the rows in a request."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from .cells import Cell, Row, Sheet, as_text, without_formula
from .infer import moment
from .looks import shown
from .options import TableOptions
from .tasks import write

_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "percent": "0.00%", "currency": "#,##0.00"}
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_LOOKS = frozenset({"html", "md"})  # of these a reader sees text, so formats are applied


@dataclass(frozen=True)
class Column:
    """A column: its name, how its cells are read, and how they look."""

    name: str
    key: str
    type: str = "auto"
    format: str = ""
    width: float | None = None
    align: str = ""

    @property
    def pattern(self) -> str:
        """The number format."""
        return self.format or _FORMATS.get(self.type, "")


@dataclass
class Page:
    """A sheet to be written, with its columns."""

    sheet: Sheet
    columns: list[Column] = field(default_factory=list)


def create(workspace: Workspace, source: str, target: str, options: dict[str, Any]) -> dict[str, Any]:
    """Write the sheets that the JSON file ``source`` describes into the file ``sink``."""
    with workspace.source() as given:
        described = json.loads(given.read())
    pages = [_page(item, number, bool(options.get("header", True))) for number, item in enumerate(described, start=1)]
    with workspace.sink() as sink:
        return _write(pages, sink, target, options)


def _write(pages: list[Page], sink: BinaryIO, target: str, options: dict[str, Any]) -> dict[str, Any]:
    if target == "xlsx":
        from .formatted import write_formatted

        return {"warnings": write_formatted(pages, sink, options)}
    sheets = [_shown(page) for page in pages] if target in _LOOKS else [page.sheet for page in pages]
    if target in ("csv", "tsv") and not options.get("formulas"):
        sheets = [Sheet(sheet.name, [[*map(_harmless, row)] for row in sheet.rows]) for sheet in sheets]
    choices = replace(TableOptions.of(options), sheet="all")
    return write(sheets, sink, target, choices, str(options.get("title") or ""))


def _harmless(cell: Cell) -> Cell:
    return without_formula(cell) if isinstance(cell, str) else cell


def _shown(page: Page) -> Sheet:
    patterns = [column.pattern for column in page.columns]
    rows: list[Row] = page.sheet.rows[: 1 if page.columns else 0]
    for row in page.sheet.rows[len(rows) :]:
        rows.append([shown(cell, patterns[at]) if at < len(patterns) else cell for at, cell in enumerate(row)])
    return Sheet(page.sheet.name, rows)


def _page(described: dict[str, Any], number: int, header: bool) -> Page:
    rows = described.get("rows") or []
    columns = _columns(described.get("columns"), rows)
    name = str(described.get("name") or f"Sheet{number}")
    cells: list[Row] = []
    if columns and header:
        cells.append([column.name for column in columns])
    for at, row in enumerate(rows, start=1):
        cells.append([_read(value, column, at) for value, column in _values(row, columns)])
    return Page(Sheet(name, cells), columns if header else [])


def _columns(described: list[dict[str, Any]] | None, rows: list[Any]) -> list[Column]:
    if described:
        return [_column(item) for item in described]
    names = list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    return [Column(name, name) for name in names]


def _column(item: dict[str, Any]) -> Column:
    name = str(item.get("name") or item.get("key") or "")
    given = {key: value for key, value in item.items() if key not in ("name", "key") and value is not None}
    return Column(name, str(item.get("key") or name), **given)


def _values(row: Any, columns: list[Column]) -> list[tuple[Any, Column]]:
    if isinstance(row, dict):
        return [(row.get(column.key), column) for column in columns]
    blank = Column("", "")
    return [(value, columns[at] if at < len(columns) else blank) for at, value in enumerate(row)]


def _read(value: Any, column: Column, row: int) -> Cell:
    """Return the cell of a value as its column wants it.

    Raises:
        TaskFailed: it cannot be that; the message names row and column.
    """
    if value is None or value == "":
        return None
    try:
        return _READERS[column.type](value)
    except (ValueError, InvalidOperation, TypeError) as reason:
        message = f"row {row}, column {column.name!r}: {str(value)[:60]!r} is no {column.type}"
        raise TaskFailed(FailureKind.INVALID, message, field="rows") from reason


def _auto(value: Any) -> Cell:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return moment(value) if isinstance(value, str) else value


def _text(value: Any) -> Cell:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else as_text(value)


def _number(value: Any) -> Cell:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    if isinstance(value, (int, float)):
        return value
    exact = Decimal(value.strip())
    if not exact.is_finite():
        raise ValueError
    whole = exact == exact.to_integral_value() and abs(exact) < Decimal(10) ** 18
    return int(exact) if whole else exact


def _date(value: Any) -> Cell:
    read = moment(str(value))
    if isinstance(read, dt.datetime):
        return read.date()
    if not isinstance(read, dt.date):
        raise ValueError  # noqa: TRY004 - a text that is no date
    return read


def _datetime(value: Any) -> Cell:
    read = moment(str(value))
    if isinstance(read, dt.datetime):
        return read
    if not isinstance(read, dt.date):
        raise ValueError  # noqa: TRY004 - a text that is no date
    return dt.datetime.combine(read, dt.time())


def _truth(value: Any) -> Cell:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError


_READERS = {
    "auto": _auto,
    "text": _text,
    "number": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _truth,
}

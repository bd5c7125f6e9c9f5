"""Tables that the document handlers find in files of any kind."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from drivenadapters.documents.guest.answer import Answer, Table
from drivenadapters.documents.guest.answer import Cell as FoundCell
from drivenadapters.documents.guest.base import Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.guest.tasks import registry
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .cells import Cell, Sheet, trimmed
from .infer import moment

_BEGINS_AS_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class _Tables(Answer):
    """An answer that keeps its tables as objects, since nobody sends them anywhere."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(io.BytesIO(), io.BytesIO(), limits)
        self.sheets: list[Sheet] = []

    def table(self, table: Table, rows: Iterable[Sequence[FoundCell]]) -> None:
        """Keep a table with its rows."""
        name = table.sheet or (f"Page {table.page}, table {len(self.sheets) + 1}" if table.page else "")
        cells = trimmed([*map(_typed, row)] for row in rows)
        self.sheets.append(Sheet(name or f"Table {len(self.sheets) + 1}", cells, bool(table.extra.get("hidden"))))


def read_found(file: BinaryIO, kind: str, options: dict[str, Any], limits: Limits) -> tuple[list[Sheet], list[str]]:
    """Return the tables of a file, and what the caller should know.

    Raises:
        TaskFailed: why there are none.
    """
    handler = registry().handler(kind)
    if What.TABLES not in handler.declaration.extracts:
        raise TaskFailed(FailureKind.UNSUPPORTED, f"{handler.declaration.title} files have no tables")
    document = Document(file, kind, limits, str(options.get("password") or ""))
    answer = _Tables(limits)
    handler.extract(document, Wanted(frozenset({What.TABLES}), pages=str(options.get("pages") or "")), answer)
    return answer.sheets, answer.warnings


def _typed(cell: FoundCell) -> Cell:
    """Return a date, which handlers give as text, as the date that it is; anything else as it came."""
    if isinstance(cell, str) and _BEGINS_AS_DATE.match(cell):
        return moment(cell)
    return cell

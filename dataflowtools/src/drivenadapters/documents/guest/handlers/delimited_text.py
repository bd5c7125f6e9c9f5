"""Delimited text: .csv and .tsv."""

from __future__ import annotations

import csv
from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer, Table
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.delimited import Dialect, rows, sniff
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import Decoded, decode, looks_like_text
from drivenadapters.documents.guest.flow import markdown_table
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.workbook import Row
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_DIVIDED = 0.25
_NAMED = 0.15
_FEWEST_ROWS = 3
_AGREED = 0.95
_EXTRACTS = frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA})


class CsvHandler(Handler):
    """Gives every value as the characters that it is."""

    declaration = Declaration(
        kind="csv",
        title="CSV",
        media_types=("text/csv", "application/csv"),
        endings=("csv",),
        extracts=_EXTRACTS,
        conversions=conversions.CSV,
    )
    delimiters = ",;|"

    def recognise(self, sample: Sample) -> Finding:
        """Take text whose lines are divided alike, and what is named so."""
        if not sample.size or not looks_like_text(sample.head):
            return NOT_MINE
        dialect = sniff(decode(sample.head).text)
        divided = dialect.columns > 1 and dialect.agreement >= _AGREED and dialect.delimiter in self.delimiters
        if divided and sample.head.count(b"\n") + sample.head.count(b"\r") >= _FEWEST_ROWS - 1:
            return Finding(_DIVIDED)
        return Finding(_NAMED) if sample.ending in self.declaration.endings else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return encoding, delimiter and size."""
        decoded, dialect, table = _read(document)
        return _facts(decoded, dialect, table)

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read all rows; the text is the file's own."""
        decoded, dialect, table = _read(document)
        if decoded.lossy:
            answer.warn(f"some bytes are not {decoded.encoding} and were replaced")
        widths = {len(row) for row in table if row}
        if len(widths) > 1:
            answer.warn(f"rows have from {min(widths)} to {max(widths)} cells; short ones were filled up")
        width = max(widths, default=0)
        even: list[Row] = [[*row, *[None] * (width - len(row))] for row in table]
        if What.TEXT in wanted:
            answer.text(decoded.text)
        if What.MARKDOWN in wanted:
            answer.markdown(markdown_table(even) + "\n")
        if What.TABLES in wanted:
            answer.table(Table(), even)
        if What.METADATA in wanted:
            answer.metadata(_facts(decoded, dialect, table))


class TsvHandler(CsvHandler):
    """The same with tabs between the cells."""

    declaration = Declaration(
        kind="tsv",
        title="TSV",
        media_types=("text/tab-separated-values",),
        endings=("tsv", "tab"),
        extracts=_EXTRACTS,
        conversions=conversions.TSV,
    )
    delimiters = "\t"


def _read(document: Document) -> tuple[Decoded, Dialect, list[list[str]]]:
    decoded = decode(document.text_bytes())
    dialect = sniff(decoded.text)
    table: list[list[str]] = []
    cells = 0
    try:
        for row in rows(decoded.text, dialect):
            table.append(row)
            cells += len(row)
            if not len(table) % 10_000:
                document.limits.check("max_cells", cells, "cells")
    except csv.Error as error:
        raise TaskFailed(FailureKind.DAMAGED, f"row {len(table) + 1} cannot be read: {error}") from error
    document.limits.check("max_cells", cells, "cells")
    while table and not table[-1]:
        table.pop()
    return decoded, dialect, table


def _facts(decoded: Decoded, dialect: Dialect, table: list[list[str]]) -> dict[str, Any]:
    return {
        "encoding": decoded.encoding,
        "delimiter": dialect.delimiter,
        "rows": len(table),
        "columns": max(map(len, table), default=0),
    }


HANDLERS = (CsvHandler(), TsvHandler())

"""How a text file separates its fields, and where its table begins."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drivenadapters.tables.guest.reading.notes import ReadingNotes
from logics.tables.sources import Source

DELIMITERS = (",", ";", "\t", "|")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_TYPED = re.compile(
    r"^\s*([-+]?[0-9][0-9.,' ]*([eE][-+]?[0-9]+)?%?|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*|true|false)\s*$",
    re.IGNORECASE,
)
_SAMPLED_ROWS = 50
_LARGEST_FIELD = 1 << 27
csv.field_size_limit(_LARGEST_FIELD)


@dataclass(frozen=True)
class Dialect:
    """How fields are written."""

    delimiter: str
    quote: str = '"'
    escape: str | None = None

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Return the rows of lines."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=self.escape is None,
            strict=False,
        )


@dataclass(frozen=True)
class Layout:
    """Where the table is in the text.

    Attributes:
        names: of the columns.
        start: characters before the first row of values.
        first_line: the physical line of that row, from 1.
    """

    names: list[str]
    start: int
    first_line: int


def split_lines(text: str) -> list[str]:
    """Return lines with their ends, of any of the three kinds."""
    return _LINE.findall(text)


def find_dialect(text: str, source: Source, *, tabs: bool) -> Dialect:
    """Return the dialect of a sample; what the caller said holds."""
    quote = source.quote or '"'
    escape = "\\" if f"\\{quote}" in text and quote * 2 not in text.replace(f"\\{quote}", "") else None
    if source.delimiter or tabs:
        return Dialect(source.delimiter or "\t", quote, escape)
    lines = split_lines(text)[: _SAMPLED_ROWS * 4]
    return max((Dialect(delimiter, quote, escape) for delimiter in DELIMITERS), key=lambda one: _score(one, lines))


def _score(dialect: Dialect, lines: Sequence[str]) -> tuple[float, int]:
    """Rows that share the commonest number of fields, if that is more than one."""
    counts = Counter(len(row) for row in _sampled(dialect, lines) if row)
    if not counts:
        return 0.0, 0
    width, times = max(counts.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
    return (times / sum(counts.values()) if width > 1 else 0.0), width


def _sampled(dialect: Dialect, lines: Sequence[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in dialect.reader(iter(lines)):
            rows.append(row)
            if len(rows) == _SAMPLED_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def find_layout(text: str, dialect: Dialect, source: Source, notes: ReadingNotes) -> Layout:
    """Return the names of the columns and where the values begin; lines above are told, not dropped in silence."""
    rows = list(_positioned(text, dialect))
    if not rows:
        return Layout([], len(text), 1)
    if isinstance(source.header, int) and not isinstance(source.header, bool):
        index = next((place for place, row in enumerate(rows) if row.line >= source.header), len(rows) - 1)
    else:
        index = _first_of_table(rows)
    _tell_skipped(rows[:index], notes)
    if source.header is False or (source.header is None and not has_header([row.fields for row in rows[index:]])):
        notes.say(
            "the first row holds values: columns are named by number"
            if source.header is None
            else "columns are named by number"
        )
        width = max(len(row.fields) for row in rows[index:])
        return Layout([f"column_{place}" for place in range(1, width + 1)], rows[index].start, rows[index].line)
    following = rows[index + 1] if index + 1 < len(rows) else None
    end = following.start if following else rows[index].end
    return Layout(list(rows[index].fields), end, following.line if following else rows[index].line + 1)


@dataclass(frozen=True)
class _Row:
    fields: list[str]
    start: int
    end: int
    line: int


def _positioned(text: str, dialect: Dialect) -> Iterator[_Row]:
    consumed = [0, 0]

    def lines() -> Iterator[str]:
        for line in split_lines(text):
            consumed[0] += len(line)
            consumed[1] += 1
            yield line

    start, line, count = 0, 1, 0
    try:
        for fields in dialect.reader(lines()):
            if fields:
                yield _Row(fields, start, consumed[0], line)
                count += 1
            start, line = consumed[0], consumed[1] + 1
            if count == _SAMPLED_ROWS:
                return
    except csv.Error:
        return


def _first_of_table(rows: Sequence[_Row]) -> int:
    """Titles stand above a table: rows of one filled field where the table has several."""
    width = Counter(len(row.fields) for row in rows).most_common(1)[0][0]
    filled = [sum(1 for field in row.fields if field.strip()) for row in rows]
    if width < 2:
        return 0
    for index, count in enumerate(filled):
        if count > 1:
            return index
    return 0


def _tell_skipped(rows: Sequence[_Row], notes: ReadingNotes) -> None:
    for row in rows:
        shown = " | ".join(field for field in row.fields if field)[:200]
        notes.say(f"line {row.line} stands above the table: {shown!r}")


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: it looks unlike the rows below it."""
    first, below = rows[0], rows[1:]
    typed = [bool(_TYPED.match(field)) for field in first]
    if not any(typed):
        return any(field.strip() for field in first)
    for place, field in enumerate(first):
        values = [row[place] for row in below if place < len(row) and row[place].strip()]
        if field.strip() and not typed[place] and values and all(_TYPED.match(value) for value in values):
            return True
    return False

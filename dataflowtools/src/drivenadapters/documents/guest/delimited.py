"""Delimited text (RFC 4180 and its many relatives)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_CANDIDATES = ",;\t|"
_SNIFFED = 64 << 10  # characters
_SNIFFED_ROWS = 200
_LONGEST_CELL = 64 << 20
_DECLARED = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a text is divided.

    Attributes:
        delimiter: between cells; empty if no character divides most lines the same way.
        agreement: the part of the sampled rows that have the usual number of cells.
        columns: that number.
        declared: whether the first line says so, as Excel writes it; it is no row then.
    """

    delimiter: str
    agreement: float = 1.0
    columns: int = 1
    declared: bool = False


def sniff(text: str) -> Dialect:
    """Return how a text is divided, by what makes most rows the same."""
    first = text.partition("\n")[0] + "\n"
    declared = _DECLARED.fullmatch(first)
    if declared:
        return Dialect(declared[1], declared=True)
    sample = text[:_SNIFFED]
    whole = len(text) <= _SNIFFED
    found = [_tried(sample, delimiter, whole) for delimiter in _CANDIDATES]
    return max(found, key=lambda dialect: (round(dialect.agreement, 1) if dialect.columns > 1 else 0, dialect.columns))


def rows(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """Return the rows of a text; a cell in quotes may hold line ends."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = io.StringIO(text, newline="")
    if dialect.declared:
        lines.readline()
    yield from csv.reader(lines, delimiter=dialect.delimiter or ",", skipinitialspace=False, strict=False)


def _tried(sample: str, delimiter: str, whole: bool) -> Dialect:
    found: list[int] = []
    try:
        for row in rows(sample, Dialect(delimiter)):
            if row:
                found.append(len(row))
            if len(found) > _SNIFFED_ROWS:
                break
    except csv.Error:
        return Dialect(delimiter, 0.0)
    if len(found) > 1 and not whole:
        found.pop()  # the sample may end within it
    if not found:
        return Dialect(delimiter, 0.0)
    columns, count = max(Counter(found).items(), key=lambda item: (item[1], item[0]))
    return Dialect(delimiter, count / len(found), columns)

"""What calamine leaves out of a worksheet part: error cells, long whole numbers, and a warning of its extent.

The part is scanned as bytes, in pieces: a parser would cost more than reading the sheet does. Nothing here decides
what is safe; a part that is written to deceive the scan is stopped by the worker's limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.sax.saxutils import unescape

from .answer import Cell
from .limits import Limits

_PIECE = 1 << 20
_LONGEST_CELL = 1 << 17  # a cell holds at most 32,767 characters
_FAR = re.compile(rb"""\sr=["'](?:([A-Z]{2,3})([0-9]{1,7})|([A-Z])([0-9]{6,7}))["'][^>/]*>""")
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<""", re.DOTALL
)
_LONG = re.compile(rb"""<(?:\w+:)?c\s([^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>(-?[0-9]{16,400})<""", re.DOTALL)
_KNOWN_ERRORS = frozenset((b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!"))
_IS_LONG = re.compile(rb"v>-?[0-9]{16}")
_CELL_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_STYLED_TEXT = re.compile(rb"""\bt=["'](?:s|str|inlineStr|b|d)["']""")
_UNCOMPUTED = re.compile(rb"""</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>""")


@dataclass
class Leftovers:
    """What was found in a worksheet part.

    Attributes:
        cells: values by row and column, from 0, which replace what calamine gives.
        width, height: at most so many columns and rows are filled, as far as the scan can tell.
        uncomputed: formulas whose value the file does not hold.
        has_strange_errors: whether there are error cells that calamine does not know, such as ``#SPILL!``.
    """

    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    width: int = 26
    height: int = 99_999
    uncomputed: int = 0
    has_strange_errors: bool = False


def scan(part: IO[bytes], limits: Limits) -> Leftovers:
    """Return what calamine leaves out of a worksheet part.

    Raises:
        TaskFailed: the sheet spans more cells than allowed.
    """
    found = Leftovers()
    for piece in _pieces(part):
        for match in _FAR.finditer(piece):
            column, row = (match[1], match[2]) if match[1] else (match[3], match[4])
            found.width = max(found.width, column_number(column) + 1)
            found.height = max(found.height, int(row))
        limits.check("max_cells", found.width * found.height, "cells of a sheet, from the first to the last")
        _find_cells(piece, found)
    return found


def with_known_errors(part: bytes) -> bytes:
    """Return a worksheet part whose error cells all hold an error that calamine knows."""
    return _ERROR.sub(_as_known, part)


def _as_known(match: re.Match[bytes]) -> bytes:
    start, end = match.span(2)
    return match[0][: start - match.start()] + b"#N/A" + match[0][end - match.start() :]


def column_number(letters: bytes) -> int:
    """Return the number, from 0, of a column named by letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _find_cells(piece: bytes, found: Leftovers) -> None:
    if b't="e"' in piece or b"t='e'" in piece:
        for match in _ERROR.finditer(piece):
            found.has_strange_errors |= match[2] not in _KNOWN_ERRORS
            _keep(found, match[1], unescape(match[2].decode("utf-8", "replace")))
    if _IS_LONG.search(piece):
        for match in _LONG.finditer(piece):
            if not _STYLED_TEXT.search(match[1]):
                _keep(found, match[1], int(match[2]))
    if b"/f>" in piece or b"/x:f>" in piece:
        found.uncomputed += len(_UNCOMPUTED.findall(piece))


def _keep(found: Leftovers, attributes: bytes, value: Cell) -> None:
    reference = _CELL_REFERENCE.search(attributes)
    if reference:
        found.cells[int(reference[2]) - 1, column_number(reference[1])] = value


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the part in pieces that end with a row or a cell, so that no cell is cut."""
    rest = b""
    while block := part.read(_PIECE):
        block = rest + block
        cut = max(
            block.rfind(b"</row>"), block.rfind(b"</c>"), len(block) - _LONGEST_CELL if len(block) > 2 * _PIECE else 0
        )
        yield block[:cut]
        rest = block[cut:]
    yield rest

"""Formulas of a workbook template whose rows have moved: their references go with the rows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token

_CELL = re.compile(r"(\$?[A-Z]{1,3})(\$?)(\d{1,7})")
_RANGE = re.compile(r"(\$?[A-Z]{1,3}\$?\d{1,7}):(\$?[A-Z]{1,3}\$?\d{1,7})")


class RowMap:
    """Where each row of a template went.

    Args:
        numbers: the template's row of each row of the result.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._places: dict[int, list[int]] = {}
        for place, number in enumerate(numbers, start=1):
            self._places.setdefault(number, []).append(place)
        self._known = sorted(self._places)

    def nearest(self, number: int, place: int) -> int:
        """Return where a row went, seen from a row of the result: the same turn of a loop comes first."""
        places = self._places.get(number)
        if not places:
            return self.first(number)
        at = bisect_left(places, place)
        around = places[max(0, at - 1) : at + 1]
        return min(around, key=lambda one: (abs(one - place), one > place))

    def first(self, number: int) -> int:
        """Return where the first of a row, or of those below it, went."""
        at = bisect_left(self._known, number)
        if at == len(self._known):
            return len(self._numbers) + number - (self._known[-1] if self._known else 0)
        return self._places[self._known[at]][0]

    def last(self, number: int) -> int:
        """Return where the last of a row, or of those above it, went."""
        at = bisect_left(self._known, number + 1) - 1
        return self._places[self._known[at]][-1] if at >= 0 else 1

    def is_repeated(self, number: int) -> bool:
        """Whether a row is in the result more than once, or not at all."""
        return len(self._places.get(number, ())) != 1


def moved(formula: str, origin: int, place: int, rows: RowMap) -> str:
    """Return a formula of a template's row as it reads in a row of the result.

    A range over rows that repeat covers all of them, unless the formula itself repeats with them.
    """
    inside = rows.is_repeated(origin)
    parts = []
    for token in Tokenizer(formula).items:
        own = token.type == Token.OPERAND and token.subtype == Token.RANGE and "!" not in token.value
        parts.append(_operand(token.value, place, rows, inside=inside) if own else token.value)
    return "=" + "".join(parts)


def _operand(text: str, place: int, rows: RowMap, *, inside: bool) -> str:
    found = _RANGE.fullmatch(text)
    if found and not inside:
        return f"{_cell(found[1], rows.first)}:{_cell(found[2], rows.last)}"

    def near(number: int) -> int:
        return rows.nearest(number, place)

    if found:
        return f"{_cell(found[1], near)}:{_cell(found[2], near)}"
    return _cell(text, near) if _CELL.fullmatch(text) else text


def _cell(text: str, where: Callable[[int], int]) -> str:
    return _CELL.sub(lambda found: f"{found[1]}{found[2]}{where(int(found[3]))}", text)

"""Which pages of a file a request is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from errors import FieldProblem, InvalidInput

_RANGE = re.compile(r"(\d{1,6})(?:(-)(\d{1,6})?)?", re.ASCII)
_MOST_RANGES = 100


@dataclass(frozen=True)
class PageSelection:
    """Ranges of page numbers from 1, both ends included; None as an end means up to the last page."""

    ranges: tuple[tuple[int, int | None], ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> PageSelection:
        """Read ``1,3-5,8-``; nothing means every page.

        Raises:
            InvalidInput: it is not of that form.
        """
        parts = [part.strip() for part in (text or "").split(",")] if text and text.strip() else []
        if len(parts) > _MOST_RANGES:
            raise _invalid(f"more than {_MOST_RANGES} ranges")
        return cls(tuple(_range(part) for part in parts))

    @property
    def wanted(self) -> list[list[int | None]] | None:
        """The ranges as JSON has them; None for every page."""
        return [list(pair) for pair in self.ranges] or None


def _range(part: str) -> tuple[int, int | None]:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise _invalid(f"{part[:40]!r} is no page or range; write them like 1,3-5,8-")
    first = int(found[1])
    last = (int(found[3]) if found[3] else None) if found[2] else first
    if first < 1 or (last is not None and last < first):
        raise _invalid(f"{part[:40]!r} is no page or range: pages count from 1, and ranges go up")
    return first, last


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(f"pages: {message}", details=[FieldProblem("pages", message)])

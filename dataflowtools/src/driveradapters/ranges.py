"""Parts of a content that a request asks for (RFC 9110, 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from errors import RangeNotSatisfiable

_MOST_RANGES = 16
_SPEC = re.compile(r"([0-9]{0,19})-([0-9]{0,19})")


@dataclass(frozen=True)
class ByteRange:
    """Bytes from ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """Number of bytes."""
        return self.last - self.first + 1


def parse_ranges(header: str | None, size: int) -> tuple[ByteRange, ...]:
    """Return the ranges of a header; none where it asks for no range or is to be ignored.

    More than 16 ranges, and ranges that overlap, are ignored as an attack would be (RFC 9110, 14.2).

    Raises:
        RangeNotSatisfiable: not one byte is in them.
    """
    unit, _, text = (header or "").partition("=")
    specs = [_SPEC.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
    if unit.strip().lower() != "bytes" or not specs or len(specs) > _MOST_RANGES:
        return ()
    ranges = []
    for spec in specs:
        if spec is None or spec[0] == "-" or (spec[1] and spec[2] and int(spec[1]) > int(spec[2])):
            return ()
        found = _range(spec[1], spec[2], size)
        if found is not None:
            ranges.append(found)
    if not ranges:
        raise RangeNotSatisfiable(size=size)
    return () if _overlap(ranges) else tuple(ranges)


def _range(first: str, last: str, size: int) -> ByteRange | None:
    if not first:
        count = min(int(last), size)
        return ByteRange(size - count, size - 1) if count else None
    end = min(int(last), size - 1) if last else size - 1
    return ByteRange(int(first), end) if int(first) < size else None


def _overlap(ranges: list[ByteRange]) -> bool:
    ordered = sorted(ranges, key=lambda item: item.first)
    return any(left.last >= right.first for left, right in pairwise(ordered))


def etag_matches(header: str | None, etag: str) -> bool:
    """Whether a list of entity tags has one, by weak comparison (RFC 9110, 8.8.3.2)."""
    if not header:
        return False
    listed = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in listed or etag in listed

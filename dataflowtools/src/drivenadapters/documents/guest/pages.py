"""Page ranges as people write them."""

from __future__ import annotations

import re

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_RANGE = re.compile(r"\s*(\d{1,7})\s*(?:(-)\s*(\d{1,7})?\s*)?")


def chosen_pages(wish: str, count: int) -> list[int]:
    """Return page numbers, from 1, in ascending order.

    Args:
        wish: such as ``1-3,7``; ``5-`` goes to the end; empty is all.
        count: of the pages that there are; what lies beyond them is left out as long as something is left.

    Raises:
        TaskFailed: it cannot be read, or chooses no page that there is.
    """
    if not wish.strip():
        return list(range(1, count + 1))
    chosen: set[int] = set()
    for piece in wish.split(","):
        first, last = _range(piece, count)
        chosen.update(range(first, min(last, count) + 1))
    if not chosen:
        raise _invalid(f"{wish!r} chooses none of the {count} pages")
    return sorted(chosen)


def _range(piece: str, count: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(piece)
    if not match:
        raise _invalid(f"{piece.strip()!r} is neither a page nor a range; write them like 1-3,7")
    first = int(match[1])
    last = int(match[3]) if match[3] else count if match[2] else first
    if first < 1 or (match[3] and last < first):
        raise _invalid(f"{piece.strip()!r} is no range of pages; the first page is 1")
    return first, last


def _invalid(message: str) -> TaskFailed:
    return TaskFailed(FailureKind.INVALID, message, field="pages")

"""Files as pages, whatever their kind."""

from __future__ import annotations

import dataclasses
from typing import Any, BinaryIO, Protocol

from drivenadapters.images.guest.limits import ImageLimits
from drivenadapters.images.guest.pdf_pages import PdfPages, is_pdf
from drivenadapters.images.guest.pictures import Picture
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed


class Pages(Protocol):
    """What pages come from."""

    format: str
    warnings: list[str]
    """What happened to the pages that were decoded, in words."""

    def count(self, most: int) -> int:
        """Count the pages, up to ``most``."""

    def frame(self, index: int) -> Any:
        """Return a page as height x width x (blue, green, red)."""


def open_pages(file: BinaryIO, limits: dict[str, int], password: str | None = None) -> tuple[Pages, ImageLimits]:
    """Open a file by its content.

    Args:
        limits: the fields of :class:`ImageLimits`.

    Raises:
        TaskFailed: it is empty, damaged, encrypted, too large, or of another kind.
    """
    bounds = ImageLimits(**{field.name: limits[field.name] for field in dataclasses.fields(ImageLimits)})
    if not file.read(1):
        raise TaskFailed(FailureKind.DAMAGED, "the file is empty")
    file.seek(0)
    if is_pdf(file):
        return PdfPages(file, bounds, password), bounds
    return Picture(file, bounds), bounds


def choose(pages: Pages, wanted: list[list[int | None]] | None, limits: ImageLimits) -> tuple[list[int], int]:
    """Return the indices of the wanted pages, from 0, and how many pages there are.

    Args:
        wanted: ranges of page numbers from 1, both ends included, an open end as None; None for all.

    Raises:
        TaskFailed: a page that does not exist, or too many.
    """
    total = pages.count(10 * limits.pages + 1 if wanted else limits.pages + 1)
    chosen: dict[int, None] = {}
    for first, last in wanted or [[1, None]]:
        end = total if last is None else last
        if not first or first > total or end > total:
            count = f"{total} page{'s' if total > 1 else ''}"
            raise TaskFailed(FailureKind.IMPOSSIBLE, f"page {max(first or 0, end)} of a file of {count}", field="pages")
        chosen.update(dict.fromkeys(range(first - 1, end)))
        if len(chosen) > limits.pages:
            message = f"more than {limits.pages} pages (MAX_OCR_PAGES); choose some with `pages`"
            raise TaskFailed(FailureKind.IMPOSSIBLE, message, field="pages")
    return list(chosen), total

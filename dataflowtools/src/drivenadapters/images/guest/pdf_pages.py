"""PDF pages as images."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from drivenadapters.images.guest.limits import ImageLimits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_POINTS_AN_INCH = 72
_MOST_SIDE = 12_000  # pixels
_COARSEST = 1.0  # pixels a point: text of usual size cannot be read below; a page may claim to be a kilometre long


class PdfPages:
    """The pages of a PDF, drawn one at a time.

    Raises:
        TaskFailed: the file is damaged or encrypted.
    """

    def __init__(self, file: BinaryIO, limits: ImageLimits, password: str | None = None) -> None:
        self._limits = limits
        self._file = file  # PDFium reads from it as long as the document lives
        try:
            self.document = pdfium.PdfDocument(file, password=password)
        except pdfium.PdfiumError as reason:
            raise _refusal(reason, password) from reason
        self.format = "pdf"
        self.warnings: list[str] = []

    def count(self, most: int) -> int:
        """Count the pages, up to ``most``."""
        return min(len(self.document), most)

    def frame(self, index: int) -> Any:
        """Draw a page, forms filled in, on white."""
        try:
            page = self.document[index]
            bitmap = page.render(scale=self._scale(*page.get_size()), rev_byteorder=False, maybe_alpha=False)
        except pdfium.PdfiumError as reason:
            raise TaskFailed(FailureKind.DAMAGED, f"page {index + 1} cannot be drawn: {reason}") from reason
        pixels = bitmap.to_numpy()
        return np.ascontiguousarray(pixels[:, :, :3] if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, 2))

    def has_text(self, index: int) -> bool:
        """Whether a page has text of its own."""
        try:
            return bool(self.document[index].get_textpage().count_chars())
        except pdfium.PdfiumError as reason:
            raise TaskFailed(FailureKind.DAMAGED, f"page {index + 1} cannot be read: {reason}") from reason

    def _scale(self, width: float, height: float) -> float:
        """Pixels a point: as set, less for pages that would have too many, with a warning; absurd ones are refused."""
        if not (width > 0 and height > 0):
            raise TaskFailed(FailureKind.DAMAGED, "a page of the file has no size")
        wanted = self._limits.dpi / _POINTS_AN_INCH
        fitting = min(0.99 * (self._limits.pixels / (width * height)) ** 0.5, _MOST_SIDE / max(width, height))
        if fitting < _COARSEST:
            inches = f"{width / _POINTS_AN_INCH:.0f} x {height / _POINTS_AN_INCH:.0f} inches"
            message = f"a page of {inches} is too large to be drawn (MAX_IMAGE_MEGAPIXELS)"
            raise TaskFailed(FailureKind.TOO_LARGE, message)
        if fitting < wanted:
            drawn = f"{fitting * _POINTS_AN_INCH:.0f} instead of {self._limits.dpi}"
            self.warnings.append(f"the page is so large that it was drawn at {drawn} dots an inch")
        return float(min(wanted, fitting))


def is_pdf(file: BinaryIO) -> bool:
    """Whether the file begins as PDF does; the header may stand anywhere in the first kilobyte."""
    head = file.read(1024)
    file.seek(0)
    return b"%PDF-" in head


def _refusal(reason: pdfium.PdfiumError, password: str | None) -> TaskFailed:
    if getattr(reason, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
        text = "the password is wrong" if password else "the PDF is encrypted; give its password"
        return TaskFailed(FailureKind.ENCRYPTED, text, field="password")
    return TaskFailed(FailureKind.DAMAGED, f"the PDF is damaged: {reason}")

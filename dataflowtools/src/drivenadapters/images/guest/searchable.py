"""PDFs whose pages look like the images they were read from, and whose text can be found and copied."""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from drivenadapters.images.guest.blank_font import ADVANCE, DESCENT, UNITS, BlankFont
from drivenadapters.images.guest.documents import Pages
from drivenadapters.images.guest.pdf_pages import PdfPages
from drivenadapters.ocr.guest.orientation import turned_back
from drivenadapters.ocr.guest.perspective import flatten

_POINTS_AN_INCH = 72
_QUALITY = 85

Line = dict[str, Any]
Point = tuple[float, float]


class SearchablePdf:
    """A PDF in the making.

    Args:
        characters: that its text will have.
        dpi: at which images are set.
    """

    def __init__(self, characters: str, dpi: int) -> None:
        self._document = pdfium.PdfDocument.new()
        self._font = BlankFont(self._document.raw, characters)
        self._dpi = dpi

    def add(self, source: Pages, page: dict[str, Any]) -> None:
        """Add a page as it was read: one of a PDF as it is, turned upright; one of an image as a picture.

        A PDF's page that has text already becomes a picture too: found twice, its text would be worth less.
        """
        index = page["page"] - 1
        if isinstance(source, PdfPages) and page["corners"] is None and not source.has_text(index):
            added = self._imported(source, index, page["rotation"])
        else:
            added = self._pictured(source.frame(index), page)
        for line in page["lines"]:
            self._write(added, (page["width"], page["height"]), line)
        added.gen_content()

    def save(self, file: BinaryIO) -> None:
        """Write the PDF."""
        self._document.save(file)

    def _imported(self, source: PdfPages, index: int, turned: int) -> pdfium.PdfPage:
        self._document.import_pages(source.document, [index])
        page = self._document[len(self._document) - 1]
        page.set_rotation((page.get_rotation() - turned) % 360)
        return page

    def _pictured(self, pixels: Any, page: dict[str, Any]) -> pdfium.PdfPage:
        upright = turned_back(pixels, page["rotation"])
        if page["corners"] is not None:
            upright = flatten(upright, np.array(page["corners"], np.float32))
        height, width = (side * _POINTS_AN_INCH / self._dpi for side in upright.shape[:2])
        added = self._document.new_page(width, height)
        image = pdfium.PdfImage.new(self._document)
        _, encoded = cv2.imencode(".jpg", upright, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        image.load_jpeg(io.BytesIO(encoded.tobytes()), inline=True)
        image.set_matrix(pdfium.PdfMatrix().scale(width, height))
        added.insert_obj(image)
        return added

    def _write(self, page: pdfium.PdfPage, size: tuple[int, int], line: Line) -> None:
        """Write a line word by word, with a space in each gap, by which readers tell words apart."""
        before: Sequence[Point] | None = None
        for word in line["words"] or [line]:
            place = [_on_page(page, size, point) for point in _baseline(word["polygon"], vertical=line["vertical"])]
            if before is not None:
                self._write_word(page, " ", (before[1], place[0], _above(before)))
            self._write_word(page, word["text"], place)
            before = place

    def _write_word(self, page: pdfium.PdfPage, text: str, corners: Sequence[Point]) -> None:
        """Set a text from one point to another, as high as the third is from the first."""
        start, end, above = corners
        along = (end[0] - start[0], end[1] - start[1])
        up = (above[0] - start[0], above[1] - start[1])
        if min(math.hypot(*along), math.hypot(*up)) < 1e-3:
            return
        item = pdfium_c.FPDFPageObj_CreateTextObj(self._document.raw, self._font.handle, 1.0)
        codes = self._font.codes(text)
        pdfium_c.FPDFText_SetCharcodes(item, (ctypes.c_uint32 * len(codes))(*codes), len(codes))
        pdfium_c.FPDFTextObj_SetTextRenderMode(item, pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE)
        wide = UNITS / (ADVANCE * len(text))
        lift = -DESCENT / UNITS
        matrix = pdfium_c.FS_MATRIX(
            along[0] * wide, along[1] * wide, up[0], up[1], start[0] + up[0] * lift, start[1] + up[1] * lift
        )
        pdfium_c.FPDFPageObj_SetMatrix(item, matrix)
        pdfium_c.FPDFPage_InsertObject(page.raw, item)


def _above(place: Sequence[Point]) -> Point:
    """Return the point above the end of a word's line."""
    start, end, above = place
    return end[0] + above[0] - start[0], end[1] + above[1] - start[1]


def characters_of(pages: Sequence[dict[str, Any]]) -> str:
    """Return every character of the pages' lines, once."""
    return "".join(sorted({letter for text in _texts(pages) for letter in text}))


def _texts(pages: Sequence[dict[str, Any]]) -> Iterator[str]:
    for page in pages:
        for line in page["lines"]:
            yield line["text"]


def _baseline(polygon: list[list[int]], *, vertical: bool) -> list[list[int]]:
    """Return where a word's line begins and ends, below its letters, and the point above its beginning.

    A line that runs downwards is written as if the page were turned: its letters' feet are at its left.
    """
    top_left, top_right, bottom_right, bottom_left = polygon
    return [top_left, bottom_left, top_right] if vertical else [bottom_left, bottom_right, top_left]


def _on_page(page: pdfium.PdfPage, size: tuple[int, int], point: list[int]) -> Point:
    """Return where on the page, in its own space, a pixel of its upright picture is."""
    across, down = ctypes.c_double(), ctypes.c_double()
    pdfium_c.FPDF_DeviceToPage(page.raw, 0, 0, *size, 0, *point, across, down)
    return across.value, down.value

"""The text of a PDF page: PDFium's lines with their place, in the order of reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import pi
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .reading_order import Line, in_reading_order

_SAMPLED = 400  # characters looked at for whether they have a meaning
_MOST_UNMAPPED = 0.2
_FEWEST_LETTERS = 0.45
_FEWEST_CHARACTERS = 12  # of a page that is not empty
_SCANNED = 0.5  # of the page's area under pictures
_TILTED = 0.2  # radians
_LEADING = 1.6  # from line to line of a paragraph at most, in heights of its font
_LINE_END = re.compile(r"\r\n|\r|\n")
_HYPHEN = "\x02"  # PDFium's sign for a hyphen at the end of a line
_UNKNOWN = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")


@dataclass
class PageText:
    """What a page says.

    Attributes:
        lines: in the order of reading.
        unreadable: whether there is text that means nothing: glyphs without characters, or the wrong ones.
        is_picture: whether there is next to no text but a picture that fills the page.
    """

    lines: list[Line]
    unreadable: bool = False
    is_picture: bool = False

    @property
    def text(self) -> str:
        """The lines as text, an empty one where there is a gap."""
        blocks = ["\n".join(line.text for line in block) for block in paragraphs(self.lines)]
        return "\n\n".join(blocks).strip()


def read_page(page: pdfium.PdfPage) -> PageText:
    """Return the text of a page."""
    textpage = page.get_textpage()
    try:
        return _read(page, textpage)
    finally:
        textpage.close()


def paragraphs(lines: list[Line]) -> list[list[Line]]:
    """Return lines in groups that stand close together and look alike."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _belongs(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _belongs(above: Line, line: Line) -> bool:
    if not line.size or not above.size:
        return True
    step = line.bottom - above.bottom
    alike = abs(line.size - above.size) < 0.15 * max(line.size, above.size)
    return -0.5 * above.size < step < _LEADING * max(line.size, above.size) and alike


def _read(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> PageText:
    count = textpage.count_chars()
    text = textpage.get_text_range() if count > 0 else ""
    lines = _lines(page, textpage, text)
    visible = "".join(text.split())
    is_picture = len(visible) < _FEWEST_CHARACTERS and _covered(page) > _SCANNED
    return PageText(lines, _is_garbage(textpage, visible, count), is_picture)


def _lines(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str) -> list[Line]:
    height = page.get_height()
    lines, tilted = [], 0
    position = 0
    for piece, end in _split(text):
        shown = piece.replace(_HYPHEN, "-").strip()
        units = _units(piece)
        if shown:
            first = raw.FPDFText_GetCharIndexFromTextIndex(textpage, position)
            tilted += abs(raw.FPDFText_GetCharAngle(textpage, first) % pi) > _TILTED and len(shown) > 1
            lines.append(Line(_clean(shown), *_place(textpage, first, units, height)))
        position += units + end
    if tilted > len(lines) * 0.3 or page.get_rotation():
        return [Line(line.text, 0, 0, 0, 0) for line in lines]
    return in_reading_order(lines)


def _split(text: str) -> list[tuple[str, int]]:
    pieces, start = [], 0
    for match in _LINE_END.finditer(text):
        pieces.append((text[start : match.start()], match.end() - match.start()))
        start = match.end()
    return [*pieces, (text[start:], 0)]


def _units(text: str) -> int:
    """PDFium counts as UTF-16 does."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _place(textpage: pdfium.PdfTextPage, first: int, count: int, height: float) -> tuple[float, ...]:
    """Return left, top, right and bottom of a line, and the height of its font."""
    boxes = [box for index in _some(first, count) if (box := _box(textpage, index)) is not None]
    if not boxes:
        return 0, 0, 0, 0
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    bottom, top = median(box.bottom for box in boxes), median(box.top for box in boxes)
    return left, height - top, right, height - bottom, top - bottom


def _some(first: int, count: int) -> list[int]:
    """The ends of a line and a few characters between show where it is; asking for each would take most of the time."""
    step = max(1, count // 6)
    return sorted({*range(first, first + count, step), first + count - 1})


def _box(textpage: pdfium.PdfTextPage, index: int) -> raw.FS_RECTF | None:
    """Return the box of a character from the lowest to the highest point of its font, whatever the letter."""
    box = raw.FS_RECTF()
    found = raw.FPDFText_GetLooseCharBox(textpage, index, box)
    return box if found and box.left != box.right else None


def _clean(text: str) -> str:
    return text.replace("\ufffe", "").replace("\x00", "")


def _is_garbage(textpage: pdfium.PdfTextPage, visible: str, count: int) -> bool:
    if len(visible) < _FEWEST_CHARACTERS:
        return False
    step = max(1, count // _SAMPLED)
    sampled = range(0, count, step)
    unmapped = sum(raw.FPDFText_HasUnicodeMapError(textpage, index) == 1 for index in sampled)
    unknown = len(_UNKNOWN.findall(visible.replace(_HYPHEN, "")))
    if unmapped > len(sampled) * _MOST_UNMAPPED or unknown > len(visible) * _MOST_UNMAPPED:
        return True
    meaningful = sum(character.isalnum() for character in visible)
    return len(visible) > 100 and meaningful < len(visible) * _FEWEST_LETTERS


def _covered(page: pdfium.PdfPage) -> float:
    """Return the part of the page under its largest picture."""
    width, height = page.get_size()
    largest = 0.0
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        left, bottom, right, top = item.get_bounds()
        largest = max(largest, (right - left) * (top - bottom))
    return largest / (width * height) if width * height else 0.0


def usual_size(lines: list[Line]) -> float:
    """Return the size of most of the text."""
    sizes = [line.size for line in lines for _ in range(0, len(line.text), 20) if line.size]
    return median(sizes) if sizes else 0.0

"""The text of a PDF page: PDFium's lines with their place, in the order of reading."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from math import pi
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .pdf_geometry import Upright, Word, words_of_line
from .reading_order import Line, in_reading_order

_SAMPLED = 400  # characters looked at for whether they have a meaning
_MOST_UNMAPPED = 0.2
_FEWEST_LETTERS = 0.45
_FEWEST_CHARACTERS = 12  # of a page that is not empty
_SCANNED = 0.5  # of the page's area under pictures
_TILTED = 0.2  # radians
_MOST_TILTED = 0.3
_BAND = 4.0  # points in which heights are taken for one
_WIDE_GAP = 1.5  # heights of the text between two columns at least
_MOST_PIECES = 20_000
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
    places = _Places(page, textpage)
    lines: list[Line] = []
    position = 0
    for piece, end in _split(text):
        units = _units(piece)
        if piece.strip():
            first = raw.FPDFText_GetCharIndexFromTextIndex(textpage, position)
            lines += places.lines(piece.replace(_HYPHEN, "-").strip(), first, units)
        position += units + end
    if places.tilted > len(lines) * _MOST_TILTED:
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


class _Places:
    """Finds out where the lines of a page are.

    The ends of a line and a few characters between show it; asking for each would take most of the time.
    """

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> None:
        self._textpage = textpage
        self._upright = Upright(page, textpage)
        self._gaps = _gaps(textpage, self._upright)
        self.tilted = 0

    def lines(self, text: str, first: int, count: int) -> list[Line]:
        """Return a line of PDFium's, as several where it goes on in another column."""
        angle = raw.FPDFText_GetCharAngle(self._textpage, first) % (pi / 2)
        self.tilted += _TILTED < angle < pi / 2 - _TILTED and len(text) > 1
        step = max(1, count // 6)
        sampled = sorted({*range(first, first + count, step), first + count - 1})
        boxes = [box for index in sampled if (box := self._box(index)) is not None]
        if not boxes:
            return [Line(_clean(text), 0, 0, 0, 0)]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        top, bottom = median(box[1] for box in boxes), median(box[3] for box in boxes)
        whole = Line(_clean(text), left, top, right, bottom, bottom - top)
        if any(left < gap < right for gap in self._gaps.get(round(whole.middle / _BAND), ())):
            return _parted(words_of_line(self._textpage, self._upright, first, count)) or [whole]
        return [whole]

    def _box(self, index: int) -> tuple[float, float, float, float] | None:
        """From the font's lowest to its highest point, whatever the letter."""
        box = raw.FS_RECTF()
        if not raw.FPDFText_GetLooseCharBox(self._textpage, index, box) or box.left == box.right:
            return None
        return self._upright.box(box)


def _gaps(textpage: pdfium.PdfTextPage, upright: Upright) -> dict[int, list[float]]:
    """Return where, by height on the page, there is a wide gap between pieces of text."""
    bands: dict[int, list[tuple[float, float, float]]] = {}
    x, top, across, bottom = (ctypes.c_double() for _ in range(4))
    for index in range(min(textpage.count_rects(), _MOST_PIECES)):
        raw.FPDFText_GetRect(textpage, index, x, top, across, bottom)
        first, second = upright((x.value, top.value)), upright((across.value, bottom.value))
        piece = (min(first[0], second[0]), max(first[0], second[0]), abs(second[1] - first[1]))
        band = round((first[1] + second[1]) / 2 / _BAND)
        for near in (band - 1, band, band + 1):
            bands.setdefault(near, []).append(piece)
    return {band: found for band, pieces in bands.items() if (found := _wide_gaps(sorted(pieces)))}


def _wide_gaps(pieces: list[tuple[float, float, float]]) -> list[float]:
    found, end = [], pieces[0][1]
    for left, right, height in pieces[1:]:
        if left - end > _WIDE_GAP * height:
            found.append((left + end) / 2)
        end = max(end, right)
    return found


def _parted(found: list[Word]) -> list[Line]:
    lines: list[Line] = []
    for word in found:
        last = lines[-1] if lines else None
        if last is None or word.left - last.right > _WIDE_GAP * word.height or word.left < last.left:
            lines.append(Line(word.text, word.left, word.top, word.right, word.bottom, word.height))
        else:
            last.text += f" {word.text}"
            last.right = max(last.right, word.right)
    return lines


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

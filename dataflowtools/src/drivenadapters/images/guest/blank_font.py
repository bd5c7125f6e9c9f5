"""A font whose every character is blank, for text that is to be found and copied but not seen."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterable
from typing import Any

import pypdfium2.raw as pdfium_c
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

UNITS = 1000
ADVANCE = 500
ASCENT, DESCENT = 800, -200
_MOST_CHARACTERS = 65_000
_MOST_A_SECTION = 100  # of a CMap: ISO 32000-1, 9.10.3


class BlankFont:
    """The font in one PDF, with a code for each character that the text needs.

    Args:
        document: the PDF's raw handle.
        characters: that are to be written.
    """

    def __init__(self, document: Any, characters: Iterable[str]) -> None:
        known = sorted(set(characters) | {" "})[:_MOST_CHARACTERS]
        self._codes = {character: code for code, character in enumerate(known, 1)}
        self._buffers = (_font_file(), bytes(2 * (len(known) + 1)))  # PDFium may go on reading them
        data, glyphs = ((ctypes.c_uint8 * len(buffer)).from_buffer_copy(buffer) for buffer in self._buffers)
        cmap = _to_unicode(self._codes).encode("ascii")
        self.handle = pdfium_c.FPDFText_LoadCidType2Font(
            document, data, len(self._buffers[0]), cmap, glyphs, len(self._buffers[1])
        )
        if not self.handle:
            raise ValueError("PDFium does not take the font")

    def codes(self, text: str) -> list[int]:
        """Return the codes of a text; what the font does not know becomes a space."""
        return [self._codes.get(character, self._codes[" "]) for character in text]


def _font_file() -> bytes:
    """Return a TrueType font of one glyph, whose outline has a size but no area.

    Without a size, PDFium leaves out characters that are turned by a right angle.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((ADVANCE, ASCENT))
    pen.closePath()
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": "Blank", "styleName": "Regular", "psName": "Blank-Regular"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupPost()
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()


def _to_unicode(codes: dict[str, int]) -> str:
    """Return the CMap by which readers find the characters of the codes (Adobe technical note 5411)."""
    lines = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>" for character, code in codes.items()]
    sections = [lines[start : start + _MOST_A_SECTION] for start in range(0, len(lines), _MOST_A_SECTION)]
    mapped = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in sections)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{mapped}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )

"""PDF files written by hand, so that a test says exactly what is where."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

_IMAGE = "/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8"

Placed = tuple[float, float, str]
"""Text and where its line begins, in points from the lower left corner."""


def pdf(
    pages: Sequence[Sequence[Placed]],
    *,
    drawn: str = "",
    rotate: int = 0,
    images: Sequence[bytes] = (),
    info: str = "",
    font: str = "/Encoding /WinAnsiEncoding",
) -> bytes:
    """Return a PDF: text on pages, and on each the same drawing; pictures are grey, 8 by 8, and named I0 ..."""
    count = len(pages)
    first = 4 + len(images)
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(count))
    pictures = " ".join(f"/I{index} {4 + index} 0 R" for index in range(len(images)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica {font} >>".encode(),
        *(
            _stream(
                image, "/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8"
            )
            for image in images
        ),
    ]
    for index, lines in enumerate(pages):
        resources = f"<< /Font << /F 3 0 R >> /XObject << {pictures} >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Rotate {rotate} /Resources {resources} "
            f"/Contents {first + 2 * index + 1} 0 R >>".encode()
        )
        objects.append(_stream(_content(lines, drawn), ""))
    return _file([*objects, f"<< {info} >>".encode()])


def _content(lines: Sequence[Placed], drawn: str) -> bytes:
    shown = "".join(f"BT /F 12 Tf 1 0 0 1 {x} {y} Tm ({_escaped(text)}) Tj ET\n" for x, y, text in lines)
    return (drawn + "\n" + shown).encode("cp1252")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _stream(data: bytes, entries: str) -> bytes:
    packed = zlib.compress(data)
    return f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, item in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    out += f"trailer\n{trailer}\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def form(label: str, value: str) -> bytes:
    """Return a PDF with one field that is filled in, without saying how that looks."""
    font = "/DA (/F 12 Tf 0 g) /DR << /Font << /F 3 0 R >> >>"
    page = "/MediaBox [0 0 600 800] /Resources << /Font << /F 3 0 R >> >> /Contents 6 0 R /Annots [5 0 R]"
    text_field = f"/FT /Tx /T (f) /V ({value}) /Rect [50 600 300 620] /F 4 {font}"
    return _file(
        [
            f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] {font} /NeedAppearances true >> >>".encode(),
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            f"<< /Type /Page /Parent 2 0 R {page} >>".encode(),
            f"<< /Type /Annot /Subtype /Widget {text_field} >>".encode(),
            _stream(_content([(50, 700, label)], ""), ""),
            b"<< >>",
        ]
    )

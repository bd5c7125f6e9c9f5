"""Text of any encoding, as the tools want it."""

from __future__ import annotations

import re

from drivenadapters.documents.guest.encodings import decode

_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEAD_BYTES = 2048


def to_text(data: bytes, *, html: bool = False) -> str:
    """Return the text of bytes: by their mark, by what an HTML page says of itself, else by the best guess."""
    declared = _DECLARED.search(data[:_HEAD_BYTES]) if html and not data.startswith(_MARKS) else None
    if declared:
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data).text


def to_utf8(data: bytes, *, html: bool = False) -> bytes:
    """Return the same text in UTF-8."""
    return to_text(data, html=html).encode("utf-8", "replace")

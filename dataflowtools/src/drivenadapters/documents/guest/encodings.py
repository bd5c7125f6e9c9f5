"""Text in whatever encoding it was written."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import charset_normalizer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSED_FROM = 256 << 10
_CANDIDATES = [
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "cp1252",
    "cp1251",
    "koi8_r",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "iso8859_2",
]
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.02


@dataclass(frozen=True)
class Decoded:
    """Text, the encoding it was in, and whether characters were lost."""

    text: str
    encoding: str
    lossy: bool = False


def decode(data: bytes) -> Decoded:
    """Return the text of bytes: by their mark, as UTF-8 if they are that, else by the best guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    wide = _wide_without_mark(data)
    if wide:
        return _decode_as(data, wide)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decode_as(data, _guess(data))


def looks_like_text(data: bytes) -> bool:
    """Whether bytes are text in some encoding, rather than anything binary."""
    if any(data.startswith(mark) for mark, _ in _MARKS) or _wide_without_mark(data):
        return True
    return len(_CONTROLS.findall(data)) <= len(data) * _MOST_CONTROLS and b"\x00" not in data


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding.removesuffix("-sig"))
    except (UnicodeDecodeError, LookupError):
        return Decoded(data.decode(encoding, "replace"), encoding.removesuffix("-sig"), lossy=True)


def _wide_without_mark(data: bytes) -> str:
    """UTF-16 of mostly Latin text has a zero in every other byte."""
    head = data[:4096]
    if len(head) < 4 or b"\x00" not in head:
        return ""
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else ""


def _guess(data: bytes) -> str:
    best = charset_normalizer.from_bytes(data[:_GUESSED_FROM], cp_isolation=_CANDIDATES).best()
    return best.encoding if best is not None else "cp1252"

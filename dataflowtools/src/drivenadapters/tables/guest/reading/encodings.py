"""Which encoding a text file is in."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class Encoding:
    """An encoding, and how it was found.

    Attributes:
        name: of a codec without byte order mark.
        skip: bytes of the mark.
        found: for the caller; empty where it is plain UTF-8.
    """

    name: str
    skip: int = 0
    found: str = ""


def detect(sample: bytes, wanted: str | None, *, whole: bool) -> Encoding:
    """Return the encoding of a file by its beginning, or the wanted one.

    Raises:
        TaskFailed: the wanted one does not exist.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return _marked(mark, name, wanted)
    if wanted is not None:
        return Encoding(_known(wanted))
    if _fits(sample, "utf-8", whole=whole):
        return Encoding("utf-8") if b"\0" not in sample else _without_mark(sample)
    return _guess(sample, whole=whole)


def _marked(mark: bytes, name: str, wanted: str | None) -> Encoding:
    if wanted is not None and _known(wanted).split("-")[:2] != name.split("-")[:2]:
        return Encoding(_known(wanted), len(mark))
    return Encoding(name, len(mark), f"the encoding is {name}, by its byte order mark")


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise TaskFailed(FailureKind.INVALID, f"unknown encoding {name!r}", field="source.encoding") from None
    if found in ("utf-16", "utf-32"):
        return f"{found}-le"
    if not codecs.lookup(found)._is_text_encoding:
        raise TaskFailed(FailureKind.INVALID, f"{name!r} is no encoding of text", field="source.encoding")
    return found.replace("utf-8-sig", "utf-8")


def _fits(sample: bytes, name: str, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(sample, whole)
    except UnicodeDecodeError:
        return False
    return True


def _without_mark(sample: bytes) -> Encoding:
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    return Encoding(name, 0, f"the encoding is taken for {name}, by its zero bytes")


def _guess(sample: bytes, *, whole: bool) -> Encoding:
    if b"\0" in sample and max(sample[::2].count(0), sample[1::2].count(0)) * 4 > len(sample):
        return _without_mark(sample)
    runs = [match.group() for match in _HIGH_RUN.finditer(sample)]
    pairs = all(len(run) % 2 == 0 for run in (runs if whole else runs[:-1]))
    if pairs and _fits(sample, "gb18030", whole=whole):
        return _guessed("gb18030")
    best = _most_likely(sample)
    if best and _fits(sample, best, whole=whole) and len(b"".join(runs)) > 16:
        return _guessed(best)
    return _guessed("cp1252" if _fits(sample, "cp1252", whole=True) else "latin-1")


def _guessed(name: str) -> Encoding:
    return Encoding(name, 0, f"the encoding is guessed: {name}; set encoding if characters are wrong")


def _most_likely(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:100_000]).best()
    return None if best is None else best.encoding

"""Text that character recognition found, put where the reader of a document left room for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from logics.documents import PageText

_FIELDS = ("text", "markdown", "pages")


def fill_marks(
    parts: Mapping[str, bytes], mark: str, unread: Sequence[int], texts: Sequence[PageText]
) -> dict[str, bytes]:
    """Return the fields of an answer with the text of pages instead of their marks.

    The fields are JSON and stay so: a mark stands inside a string of its own, and what replaces it is escaped.

    Args:
        parts: the fields.
        mark: what a mark begins with; the number of the page and a full stop follow.
        unread: the pages that were marked.
        texts: what was recognised; pages without any become empty.
    """
    known = {page.page: page for page in texts}
    filled = dict(parts)
    for name in _FIELDS:
        if name in filled:
            for number in unread:
                filled[name] = _filled(filled[name], f"{mark}{number}.".encode(), known.get(number))
    return filled


def _filled(field: bytes, mark: bytes, page: PageText | None) -> bytes:
    if page is None:
        return field.replace(mark, b"")
    text = json.dumps(page.text, ensure_ascii=False).encode("utf-8", "replace")[1:-1]
    origin = b'%s","source":"ocr","confidence":%s' % (text, json.dumps(round(page.confidence, 4)).encode())
    return field.replace(mark + b'","source":"none"', origin).replace(mark, text)

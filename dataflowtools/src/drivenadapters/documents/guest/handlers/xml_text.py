"""XML in general: shown as it is, never parsed."""

from __future__ import annotations

import re
from typing import Any

from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import decode, looks_like_text
from drivenadapters.documents.guest.sample import Sample

_BEGIN = re.compile(r"\ufeff?\s*<(?:\?xml\s|!DOCTYPE\s|!--|[A-Za-z_][\w.:-]*[\s/>])")
_LIKELY = 0.4
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_.-]{1,40})["']""")


class XmlHandler(Handler):
    """XML of kinds that are not known otherwise."""

    declaration = Declaration(
        kind="xml",
        title="XML",
        media_types=("application/xml", "text/xml"),
        endings=("xml", "svg", "xsl", "xsd"),
        extracts=frozenset({What.TEXT, What.METADATA}),
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look at how the text begins."""
        if not sample.size or not looks_like_text(sample.head):
            return NOT_MINE
        text = decode(sample.head).text
        if not _BEGIN.match(text):
            return NOT_MINE
        return Finding(_LIKELY) if text.lstrip("\ufeff \t\r\n").startswith("<?xml") or ">" in text else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the encoding and the length."""
        text, encoding = _text(document.text_bytes())
        return {"encoding": encoding, "characters": len(text)}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Give the text as it is."""
        text, encoding = _text(document.text_bytes())
        if What.TEXT in wanted:
            answer.text(text)
        if What.METADATA in wanted:
            answer.metadata({"encoding": encoding, "characters": len(text)})


def _text(data: bytes) -> tuple[str, str]:
    declared = _ENCODING.match(data)
    if declared:
        try:
            return data.decode(declared[1].decode("ascii")), declared[1].decode("ascii").lower()
        except (LookupError, UnicodeDecodeError):
            pass
    decoded = decode(data)
    return decoded.text, decoded.encoding


HANDLERS = (XmlHandler(),)

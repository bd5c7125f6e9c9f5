"""Plain text."""

from __future__ import annotations

from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import Decoded, decode, looks_like_text
from drivenadapters.documents.guest.sample import Sample

_ANY_TEXT = 0.1  # every kind that is text is more than that


class TextHandler(Handler):
    """Text without any structure but its lines."""

    declaration = Declaration(
        kind="txt",
        title="Plain text",
        media_types=("text/plain",),
        endings=("txt", "text", "log"),
        extracts=frozenset({What.TEXT, What.MARKDOWN, What.METADATA}),
        conversions=conversions.TEXT,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Take whatever is text."""
        return Finding(_ANY_TEXT) if sample.size and looks_like_text(sample.head) else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return encoding and counts."""
        return _facts(decode(document.text_bytes()))

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Give the text as it is."""
        decoded = decode(document.text_bytes())
        if decoded.lossy:
            answer.warn(f"some bytes are not {decoded.encoding} and were replaced")
        if What.TEXT in wanted:
            answer.text(decoded.text)
        if What.MARKDOWN in wanted:
            answer.markdown(decoded.text)
        if What.METADATA in wanted:
            answer.metadata(_facts(decoded))


def _facts(decoded: Decoded) -> dict[str, Any]:
    return {
        "encoding": decoded.encoding,
        "lines": len(decoded.text.splitlines()),
        "characters": len(decoded.text),
    }


HANDLERS = (TextHandler(),)

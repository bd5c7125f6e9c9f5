"""Rich Text Format."""

from __future__ import annotations

from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import CERTAIN, NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.flow import FlowWriter
from drivenadapters.documents.guest.rtf_flow import RtfReader
from drivenadapters.documents.guest.sample import Sample


class RtfHandler(Handler):
    """Reads text, tables and properties; pictures and embedded objects stay where they are."""

    declaration = Declaration(
        kind="rtf",
        title="RTF",
        media_types=("application/rtf", "text/rtf"),
        endings=("rtf",),
        extracts=frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA}),
        conversions=conversions.RTF,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the first group."""
        return CERTAIN if sample.head.lstrip()[:5] == b"{\\rtf" else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties."""
        reader = RtfReader()
        for _ in reader.blocks(document.text_bytes()):
            pass
        return _facts(reader)

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the document."""
        reader = RtfReader()
        FlowWriter(answer, wanted).write(reader.blocks(document.text_bytes()))
        if What.METADATA in wanted:
            answer.metadata(_facts(reader))


def _facts(reader: RtfReader) -> dict[str, Any]:
    return {name: value.strip() for name, value in reader.facts.items() if value.strip()}


HANDLERS = (RtfHandler(),)

"""OpenDocument text (.odt) and spreadsheets (.ods)."""

from __future__ import annotations

from typing import Any

from drivenadapters.documents.guest import conversions, pictures
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import CERTAIN, NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.flow import FlowWriter
from drivenadapters.documents.guest.opendocument import OpenDocument
from drivenadapters.documents.guest.opendocument_sheets import open_sheets
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.workbook import choose, facts_of, write_sheets


class OpenTextHandler(Handler):
    """Reads text, lists, tables, notes and comments."""

    declaration = Declaration(
        kind="odt",
        title="OpenDocument text",
        media_types=("application/vnd.oasis.opendocument.text",),
        endings=("odt", "ott"),
        extracts=frozenset(What),
        conversions=conversions.ODT,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look at the part that names the media type."""
        return _by_media_type(sample, self.declaration)

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties."""
        return OpenDocument(document).facts()

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the document."""
        parts = OpenDocument(document)
        FlowWriter(answer, wanted).write(parts.blocks())
        _write_rest(parts, parts.facts(), wanted, answer)


class OpenSheetHandler(Handler):
    """Reads the values of all sheets."""

    declaration = Declaration(
        kind="ods",
        title="OpenDocument spreadsheet",
        media_types=("application/vnd.oasis.opendocument.spreadsheet",),
        endings=("ods", "ots"),
        extracts=frozenset(What),
        conversions=conversions.ODS,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look at the part that names the media type."""
        return _by_media_type(sample, self.declaration)

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties and the sheets with their sizes."""
        parts = OpenDocument(document)
        return {**parts.facts(), "sheets": facts_of(open_sheets(parts.root("content.xml"), document.limits))}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the wanted sheets."""
        parts = OpenDocument(document)
        sheets = open_sheets(parts.root("content.xml"), document.limits)
        choose(sheets, wanted)
        write_sheets(sheets, answer, wanted)
        facts = {**parts.facts(), "sheets": [sheet.describe() for sheet in sheets]}
        _write_rest(parts, facts, wanted, answer)


def _by_media_type(sample: Sample, declaration: Declaration) -> Finding:
    if sample.entries is None:
        return NOT_MINE
    named = sample.part("mimetype").strip().decode("ascii", "replace")
    usual = declaration.media_types[0]
    return CERTAIN if named in (usual, f"{usual}-template") else NOT_MINE


def _write_rest(parts: OpenDocument, facts: dict[str, Any], wanted: Wanted, answer: Answer) -> None:
    if What.METADATA in wanted:
        answer.metadata(facts)
    if What.IMAGES in wanted:
        for name, content in parts.pictures():
            answer.image(pictures.describe(content, name))


HANDLERS = (OpenTextHandler(), OpenSheetHandler())

"""Word documents before 2007 (.doc)."""

from __future__ import annotations

from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import CERTAIN, NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.compound import facts_of_compound, is_encrypted_word, stream
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import needs_password, unlocked
from drivenadapters.documents.guest.flow import FlowWriter
from drivenadapters.documents.guest.office import by_stream
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.word_binary import WordFile
from drivenadapters.documents.guest.word_binary_flow import WordFlow

_BARE = (b"\xdb\xa5\x2d\x00", b"\x9b\xa5\x21\x00", b"\xdc\xa5", b"\xfe\x37\x00\x23")
_OLE = b"\xd0\xcf\x11\xe0"


class OldWordHandler(Handler):
    """Reads the text itself where LibreOffice, which reads more, is not there to make a newer file of it."""

    declaration = Declaration(
        kind="doc",
        title="Word 97-2003 and older",
        media_types=("application/msword",),
        endings=("doc", "dot"),
        extracts=frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA}),
        conversions=conversions.DOC,
        reads_better_as="docx",
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the stream of a document, or for the header of one without streams."""
        if sample.head.startswith(_BARE[:3]):
            return CERTAIN
        found = by_stream(sample, "WordDocument")
        return Finding(1.0, encrypted=is_encrypted_word(sample.file)) if found is CERTAIN else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties."""
        _open(document)
        return facts_of_compound(document.rewind())

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read all stories of the document."""
        file = _open(document)
        if wanted.what & {What.TEXT, What.MARKDOWN, What.TABLES}:
            FlowWriter(answer, wanted).write(WordFlow(file).blocks())
        if not file.is_97:
            answer.warn("the file is older than Word 97: its text was read, not its formatting")
        if What.METADATA in wanted:
            answer.metadata(facts_of_compound(document.rewind()))
        if wanted.pages:
            answer.warn("a Word file has no fixed pages; all of it was read")


def _open(document: Document) -> WordFile:
    if not document.content()[:4].startswith(_OLE):
        return WordFile(document.content(), (b"", b""))
    opened = unlocked(document)
    if is_encrypted_word(opened.file):
        raise needs_password()
    return WordFile(stream(opened.file, "WordDocument"), (stream(opened.file, "0Table"), stream(opened.file, "1Table")))


HANDLERS = (OldWordHandler(),)

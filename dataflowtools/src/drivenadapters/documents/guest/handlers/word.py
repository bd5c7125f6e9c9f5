"""Word documents since 2007 (.docx), with macros or without."""

from __future__ import annotations

from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import unlocked
from drivenadapters.documents.guest.flow import FlowWriter
from drivenadapters.documents.guest.office import PackageKind
from drivenadapters.documents.guest.package import Package
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.word_parts import WordParts

_KIND = PackageKind(
    part="word/document",
    content_types={
        "wordprocessingml.document.main": "",
        "wordprocessingml.template.main": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
        "ms-word.document.macroEnabled.main": "application/vnd.ms-word.document.macroEnabled.12",
        "ms-word.template.macroEnabledTemplate.main": "application/vnd.ms-word.template.macroEnabled.12",
    },
    guessed=0.5,
)


class WordHandler(Handler):
    """Reads the parts itself: what a text box, a note or a tracked change holds is text, too."""

    declaration = Declaration(
        kind="docx",
        title="Word",
        media_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
        endings=("docx", "docm", "dotx", "dotm"),
        extracts=frozenset(What),
        conversions=conversions.DOCX,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the main part of a Word document."""
        return _KIND.recognise(sample, self.declaration)

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties, and how many notes, comments and changes there are."""
        package = Package(unlocked(document))
        return {**package.facts(), **WordParts(package).counts()}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read body, text boxes, notes, comments, headers and footers; inserted text counts, deleted does not."""
        package = Package(unlocked(document))
        parts = WordParts(package, answer)
        if wanted.what & {What.TEXT, What.MARKDOWN, What.TABLES}:
            FlowWriter(answer, wanted).write(parts.blocks())
        if What.IMAGES in wanted:
            package.pictures(answer)
        if What.METADATA in wanted:
            answer.metadata({**package.facts(), **parts.counts()})
        if wanted.pages:
            answer.warn("a Word file has no fixed pages; all of it was read")
        if any(name.startswith("word/afchunk") for name in package.names):
            answer.warn("the file embeds other documents, which were not read")


HANDLERS = (WordHandler(),)

"""Documents: what recognises, inspects and reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from common.settings import Settings
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.reader import WorkerDocuments
from logics.extract_document import ExtractDocument, ExtractionLimits
from logics.ports import LegacyConverter, PageReader, ResultCache, StoredFiles

_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Documents:
    """The use cases that read documents."""

    reader: WorkerDocuments
    extract_document: ExtractDocument

    def dependencies(self) -> Mapping[str, Any]:
        """Return what the routes need."""
        return {"document_reader": self.reader, "extract_document": self.extract_document}


def make_documents(
    settings: Settings,
    reader: WorkerDocuments,
    files: StoredFiles,
    cache: ResultCache,
    pages: PageReader,
    converter: LegacyConverter,
) -> Documents:
    """Return the use cases on documents; nothing is started."""
    limits = ExtractionLimits(settings.max_inline_image_kb << 10, settings.max_cached_answer_mb * _MEBIBYTE)
    return Documents(reader, ExtractDocument(files, reader, cache, limits, pages=pages, converter=converter))


def reading_limits(settings: Settings) -> Limits:
    """Return what reading a file may cost: the settings of the same names."""
    return Limits(**{limit.name: getattr(settings, limit.name) for limit in fields(Limits)})

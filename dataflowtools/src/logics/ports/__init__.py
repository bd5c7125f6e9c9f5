"""What the use cases need from the outside, a module a subject."""

from logics.ports.answers import AnswerLedger, ResultCache
from logics.ports.documents import (
    Converter,
    DocumentInspector,
    DocumentReader,
    LegacyConverter,
    PageReader,
    TemplateEngine,
)
from logics.ports.files import (
    ContentLedger,
    ContentReader,
    Contents,
    Descriptors,
    Draft,
    FileRecords,
    StoredFiles,
    TypeDetector,
)
from logics.ports.images import CodeReader, PdfBinder, TextRecogniser
from logics.ports.jobs import CallbackSender, JobCallbacks, JobQueue, JobRecords, JobWork
from logics.ports.tables import CustomCode, PackageInstaller, TableWorkers
from logics.ports.tags import FileTags, PatternFinder, TagRecords

__all__ = [
    "AnswerLedger",
    "CallbackSender",
    "CodeReader",
    "ContentLedger",
    "ContentReader",
    "Contents",
    "Converter",
    "CustomCode",
    "Descriptors",
    "DocumentInspector",
    "DocumentReader",
    "Draft",
    "FileRecords",
    "FileTags",
    "JobCallbacks",
    "JobQueue",
    "JobRecords",
    "JobWork",
    "LegacyConverter",
    "PackageInstaller",
    "PageReader",
    "PatternFinder",
    "PdfBinder",
    "ResultCache",
    "StoredFiles",
    "TableWorkers",
    "TagRecords",
    "TemplateEngine",
    "TextRecogniser",
    "TypeDetector",
]

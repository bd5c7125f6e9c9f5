"""What files of each kind can be made into directly; the service puts longer ways together from these."""

from __future__ import annotations

from .base import Conversion

LIBREOFFICE = "libreoffice"
PANDOC = "pandoc"
WEASYPRINT = "weasyprint"
TABLES = "tables"  # all of a file that is a table
FOUND = "found_tables"  # the tables that stand in a document
VALUES = "values"  # of a workbook, without its looks: where LibreOffice is missing
EXTRACT = "extract"  # what extraction finds
PLAIN = "plain"  # paragraphs of a text
ROWS = "rows"  # of a request

_TABLE_FILES = ("xlsx", "csv", "tsv", "json", "jsonl", "parquet")
_VALUES_NOTE = "values without looks and formulas"
_FOUND_NOTE = "its tables"
_EXTRACT_NOTE = "as far as reading order and tables can be told from a page"


def _by(engine: str, *targets: str, note: str = "") -> tuple[Conversion, ...]:
    return tuple(Conversion(target, engine, note) for target in targets)


_FOUND_TABLES = _by(FOUND, *_TABLE_FILES, note=_FOUND_NOTE)

DOCX = (
    *_by(LIBREOFFICE, "doc", "odt", "rtf", "pdf"),
    *_by(PANDOC, "html", "md", "txt", "odt", "rtf"),
    *_FOUND_TABLES,
)
DOC = _by(LIBREOFFICE, "docx", "odt", "rtf", "pdf")
ODT = (*_by(LIBREOFFICE, "docx", "doc", "rtf", "pdf"), *_by(PANDOC, "docx", "rtf", "html", "md", "txt"))
RTF = (*_by(LIBREOFFICE, "docx", "doc", "odt", "pdf"), *_by(PANDOC, "docx", "odt", "html", "md", "txt"))
MARKDOWN = (*_by(PANDOC, "html", "odt", "docx", "rtf", "txt"), *_FOUND_TABLES)
HTML = (*_by(PANDOC, "md", "docx", "odt", "rtf", "txt"), *_by(WEASYPRINT, "pdf"), *_FOUND_TABLES)
TEXT = _by(PLAIN, "html", "md")
PDF = (*_by(EXTRACT, "txt", "md", note=_EXTRACT_NOTE), *_FOUND_TABLES)

_AS_TABLE = _by(TABLES, *_TABLE_FILES, "html", "md")
_FROM_WORKBOOK = tuple(item for item in _AS_TABLE if item.target != "xlsx")
XLSX = (*_by(LIBREOFFICE, "xls", "ods", "pdf"), *_FROM_WORKBOOK)
XLS = (*_by(LIBREOFFICE, "xlsx", "ods", "pdf"), *_by(VALUES, "xlsx", note=_VALUES_NOTE), *_FROM_WORKBOOK)
ODS = (*_by(LIBREOFFICE, "xlsx", "xls", "pdf"), *_by(VALUES, "xlsx", note=_VALUES_NOTE), *_FROM_WORKBOOK)
XLSB = (*_by(LIBREOFFICE, "xlsx", "xls", "ods", "pdf"), *_by(VALUES, "xlsx", note=_VALUES_NOTE), *_FROM_WORKBOOK)


def _table_file(kind: str) -> tuple[Conversion, ...]:
    return tuple(item for item in _AS_TABLE if item.target != kind)


CSV, TSV, JSON, JSON_LINES, PARQUET = map(_table_file, ("csv", "tsv", "json", "jsonl", "parquet"))

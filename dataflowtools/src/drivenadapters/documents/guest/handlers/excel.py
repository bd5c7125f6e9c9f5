"""Excel workbooks since 2007 (.xlsx), with macros or without, and binary ones (.xlsb)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from drivenadapters.documents.guest import conversions, xml
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import unlocked
from drivenadapters.documents.guest.office import PackageKind
from drivenadapters.documents.guest.package import Package
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.sheet_parts import Leftovers, scan, with_known_errors
from drivenadapters.documents.guest.workbook import Row, Sheet, Span, choose, facts_of, plain_row, trimmed, write_sheets
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_EXCEL = PackageKind(
    part="xl/workbook",
    content_types={
        "spreadsheetml.sheet.main": "",
        "spreadsheetml.template.main": "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
        "ms-excel.sheet.macroEnabled.main": "application/vnd.ms-excel.sheet.macroEnabled.12",
        "ms-excel.template.macroEnabled.main": "application/vnd.ms-excel.template.macroEnabled.12",
    },
)
_BINARY = PackageKind(part="xl/workbook.bin", content_types={"ms-excel.sheet.binary.macroEnabled.main": ""})
_TEXT_OR_CELLS = {What.TEXT, What.MARKDOWN, What.TABLES}
_VISIBILITY = {"Visible": "visible", "Hidden": "hidden", "VeryHidden": "very_hidden"}
_KINDS = {"WorkSheet": "sheet", "ChartSheet": "chart", "DialogSheet": "dialog", "MacroSheet": "macro", "Vba": "macro"}


class _Workbook:
    """An open workbook: values by calamine, what it leaves out from the parts."""

    def __init__(self, document: Document, package: Package, book: CalamineWorkbook) -> None:
        self._limits = document.limits
        self._package = package
        self._book = book
        self._parts = _worksheet_parts(package)
        self._last: tuple[int, CalamineSheet] | None = None
        self.uncomputed = 0

    def sheets(self) -> list[Sheet]:
        """Return all sheets, their cells not yet read."""
        return [
            Sheet(
                known.name,
                rows=lambda index=index: self._rows(index),  # type: ignore[misc]
                visibility=_VISIBILITY[_word(known.visible)],
                kind=_KINDS[_word(known.typ)],
                merged=lambda index=index: self._merged(index),  # type: ignore[misc]
            )
            for index, known in enumerate(self._book.sheets_metadata)
        ]

    def _rows(self, index: int) -> list[Row]:
        leftovers = self._leftovers(self._book.sheet_names[index])
        sheet = self._repaired(index) if leftovers.has_strange_errors else self._sheet(index)
        rows = [plain_row(row) for row in sheet.to_python(skip_empty_area=False)]
        for (row, column), value in leftovers.cells.items():
            _put(rows, row, column, value)
        self.uncomputed += leftovers.uncomputed
        return trimmed(rows)

    def _merged(self, index: int) -> list[Span]:
        return self._sheet(index).merged_cell_ranges or []

    def _sheet(self, index: int) -> CalamineSheet:
        """The last one is kept: opening it is what reads it."""
        if self._last is None or self._last[0] != index:
            self._last = None
            with _translated():
                self._last = (index, self._book.get_sheet_by_index(index))
        return self._last[1]

    def _repaired(self, index: int) -> CalamineSheet:
        """calamine refuses a sheet for an error that it does not know; what it is stands in the leftovers."""
        part = self._parts[self._book.sheet_names[index]]
        repacked = self._package.repacked({part: with_known_errors(self._package.read(part))})
        with _translated(), CalamineWorkbook.from_filelike(repacked) as book:
            self._last = (index, book.get_sheet_by_index(index))
        return self._last[1]

    def _leftovers(self, name: str) -> Leftovers:
        part = self._parts.get(name)
        if part is None or part not in self._package or not part.endswith(".xml"):
            return Leftovers()
        with self._package.open(part) as opened:
            return scan(opened, self._limits)


class ExcelHandler(Handler):
    """Reads values as the file holds them: dates by their format, errors and long numbers as they are."""

    declaration = Declaration(
        kind="xlsx",
        title="Excel",
        media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
        endings=("xlsx", "xlsm", "xltx", "xltm"),
        extracts=frozenset(What),
        conversions=conversions.XLSX,
    )
    kind = _EXCEL

    def recognise(self, sample: Sample) -> Finding:
        """Look for the main part of a workbook."""
        return self.kind.recognise(sample, self.declaration)

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the properties, and the sheets with their sizes."""
        with _opened(document) as (package, workbook):
            return {**package.facts(), "sheets": facts_of(workbook.sheets())}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the wanted sheets."""
        with _opened(document) as (package, workbook):
            sheets = workbook.sheets()
            write_sheets(sheets, answer, wanted)
            if What.METADATA in wanted:
                answer.metadata({**package.facts(), "sheets": [sheet.describe() for sheet in sheets]})
            if What.IMAGES in wanted:
                package.pictures(answer)
            self._warn(package, workbook, answer)
            if not wanted.what & _TEXT_OR_CELLS:
                choose(sheets, wanted)
        if wanted.pages:
            answer.warn("a workbook has no pages; choose by sheets")

    def _warn(self, package: Package, workbook: _Workbook, answer: Answer) -> None:
        if workbook.uncomputed:
            answer.warn(f"{workbook.uncomputed} formulas have no stored value: open and save the file in Excel once")
        if any("ddelink" in package.read(name).lower().decode("latin-1") for name in _external_parts(package)):
            answer.warn("the workbook links to programs (DDE); nothing was started")


class BinaryExcelHandler(ExcelHandler):
    """Binary workbooks; what calamine leaves out of them stays out, and that is told."""

    declaration = Declaration(
        kind="xlsb",
        title="Excel, binary",
        media_types=("application/vnd.ms-excel.sheet.binary.macroEnabled.12",),
        endings=("xlsb",),
        extracts=frozenset(What),
        conversions=conversions.XLSB,
    )
    kind = _BINARY

    def _warn(self, package: Package, workbook: _Workbook, answer: Answer) -> None:
        super()._warn(package, workbook, answer)
        answer.warn("error cells of binary workbooks come out empty; save the file as .xlsx to keep them")


def _word(member: object) -> str:
    """calamine's enumerations cannot be keys."""
    return str(member).rpartition(".")[2]


@contextmanager
def _opened(document: Document) -> Iterator[tuple[Package, _Workbook]]:
    document = unlocked(document)
    package = Package(document)
    xml.parse(package.read("[Content_Types].xml"), "the list of parts")
    _refuse_document_types(package)
    with _translated(), CalamineWorkbook.from_filelike(document.rewind()) as book:
        yield package, _Workbook(document, package, book)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except CalamineError as error:
        raise TaskFailed(FailureKind.DAMAGED, f"the workbook cannot be read: {error}") from error


def _refuse_document_types(package: Package) -> None:
    """Entities are only ever declared in a document type, which stands at the start of a part."""
    for name in package.names:
        if name.endswith((".xml", ".rels")):
            with package.open(name) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    raise TaskFailed(
                        FailureKind.DAMAGED, f"the part {name} declares a document type, which such files never do"
                    )


def _worksheet_parts(package: Package) -> dict[str, str]:
    if not package.main.endswith(".xml"):
        return {}
    relations = package.relations(package.main)
    found = {}
    for sheet in xml.descendants(package.root(package.main), "sheet"):
        relation = relations.get(xml.attribute(sheet, "id"))
        if relation is not None and not relation.external:
            found[xml.attribute(sheet, "name")] = relation.target
    return found


def _external_parts(package: Package) -> list[str]:
    return [name for name in package.names if name.lower().startswith("xl/externallinks/") and name.endswith(".xml")]


def _put(rows: list[Row], row: int, column: int, value: Any) -> None:
    if row < len(rows) and column < len(rows[row]):
        rows[row][column] = value


HANDLERS = (ExcelHandler(), BinaryExcelHandler())

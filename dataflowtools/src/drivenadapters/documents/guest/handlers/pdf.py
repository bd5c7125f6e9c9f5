"""PDF documents."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from drivenadapters.documents.guest import conversions, pictures
from drivenadapters.documents.guest.answer import Answer, Table
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.flow import escape, markdown_table
from drivenadapters.documents.guest.pages import chosen_pages
from drivenadapters.documents.guest.pdf_document import facts, is_encrypted, opened, opened_page
from drivenadapters.documents.guest.pdf_tables import FoundTable, find_tables
from drivenadapters.documents.guest.pdf_text import PageText, paragraphs, read_page, usual_size
from drivenadapters.documents.guest.reading_order import Line
from drivenadapters.documents.guest.sample import Sample

_HEADER = re.compile(rb"%PDF-\d")
_OBJECT = re.compile(rb"\s*\d{1,7} \d{1,5} obj\b")
_WHERE = 1024  # readers look for the header in so many bytes
_HEADING = 1.15  # times the usual size
_LONGEST_HEADING = 120
_BULLET = re.compile(r"^[•▪◦‣·●○■\u2013]\s+")
_SMALLEST_PICTURE = 8  # pixels; smaller ones are lines and dots


class PdfHandler(Handler):
    """Reads text by PDFium, tables by ruling lines and alignment; each page is closed before the next."""

    declaration = Declaration(
        kind="pdf",
        title="PDF",
        media_types=("application/pdf",),
        endings=("pdf",),
        extracts=frozenset(What),
        conversions=conversions.PDF,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the header, which may stand a little below the start."""
        if not _HEADER.search(sample.head[:_WHERE]):
            headless = sample.ending == "pdf" and _OBJECT.match(sample.head)
            return Finding(0.5, warnings=("the file is damaged: its header is missing",)) if headless else NOT_MINE
        return Finding(1.0, encrypted=b"/Encrypt" in sample.tail or b"/Encrypt" in sample.head)

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the document's properties, bookmarks and attachments."""
        with opened(document) as pdf:
            return facts(pdf, encrypted=is_encrypted(document))

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the wanted pages."""
        with opened(document) as pdf:
            if What.METADATA in wanted:
                answer.metadata(facts(pdf, encrypted=is_encrypted(document)))
            reading = _Reading(pdf, wanted, answer)
            for number in chosen_pages(wanted.pages, len(pdf)):
                reading.read(number)
            reading.finish()


class _Reading:
    """The reading of one document."""

    def __init__(self, pdf: pdfium.PdfDocument, wanted: Wanted, answer: Answer) -> None:
        self._pdf = pdf
        self._wanted = wanted
        self._answer = answer
        self._first = True
        self._unreadable: list[int] = []
        self._pictures: set[int] = set()

    def read(self, number: int) -> None:
        """Read one page."""
        try:
            with opened_page(self._pdf, number) as page:
                self._read(page, number)
        except pdfium.PdfiumError:
            self._answer.warn(f"page {number} is damaged and was left out")

    def finish(self) -> None:
        """Tell what was unreadable."""
        if self._unreadable:
            pages = ", ".join(map(str, self._unreadable[:20]))
            self._answer.warn(f"the text of these pages means nothing, since their letters are not named: {pages}")

    def _read(self, page: pdfium.PdfPage, number: int) -> None:
        found = read_page(page)
        if found.unreadable:
            self._unreadable.append(number)
        unread = found.is_picture or found.unreadable or self._wanted.as_pictures
        tables = [] if unread else self._find_tables(page, found)
        if self._wanted.what & {What.TEXT, What.MARKDOWN}:
            self._write(found, tables, number, unread=unread)
        if What.TABLES in self._wanted:
            for table in tables:
                described = Table(number, None, table.confidence, table.method, table.merged)
                self._answer.table(described, table.rows)
        if What.IMAGES in self._wanted:
            self._find_pictures(page, number)
        self._first = False

    def _write(self, found: PageText, tables: list[FoundTable], number: int, *, unread: bool) -> None:
        text = self._answer.unread_page(number) if unread else found.text
        if not unread:
            self._answer.page(number, text)
        if What.TEXT in self._wanted:
            self._answer.text(("" if self._first else "\n\n") + text)
        if What.MARKDOWN in self._wanted:
            shown = f"{text}\n" if unread else _markdown(found, tables)
            self._answer.markdown(("" if self._first else "\n") + shown)

    def _find_tables(self, page: pdfium.PdfPage, found: PageText) -> list[FoundTable]:
        needed = What.TABLES in self._wanted or What.MARKDOWN in self._wanted
        return find_tables(page) if needed and found.lines else []

    def _find_pictures(self, page: pdfium.PdfPage, number: int) -> None:
        for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=5):
            try:
                width, height = item.get_px_size()
                if min(width, height) < _SMALLEST_PICTURE:
                    continue
                self._answer.limits.check(
                    "max_image_megapixels", width * height / 1e6, "pixels of a picture", " million"
                )
                content = io.BytesIO()
                item.extract(content, fb_format="png")
            except (pdfium.PdfiumError, ValueError, OSError, KeyError):
                self._answer.warn(f"a picture on page {number} cannot be read")
                continue
            self._keep(content.getvalue(), number)

    def _keep(self, content: bytes, number: int) -> None:
        """A picture that stands on many pages, such as a logo, is given once."""
        if hash(content) in self._pictures:
            return
        self._pictures.add(hash(content))
        ending = pictures.media_type(content[:64]).rpartition("/")[2] or "bin"
        self._answer.image(pictures.describe(content, f"page-{number}-{len(self._pictures)}.{ending}", page=number))


def _markdown(found: PageText, tables: list[FoundTable]) -> str:
    sure = [table for table in tables if table.confidence >= 0.6]
    outside = [line for line in found.lines if not any(_within(line, table) for table in sure)]
    usual = usual_size(found.lines)
    pieces: list[tuple[float, str]] = []
    above = 0.0
    for block in paragraphs(outside):
        above = max(above, block[0].top)
        pieces.append((above, _block(block, usual)))
    for table in sure:
        place = next((index for index, (top, _) in enumerate(pieces) if top > table.box[1]), len(pieces))
        pieces.insert(place, (table.box[1], markdown_table(table.rows)))
    return "\n\n".join(text for _, text in pieces if text) + "\n"


def _within(line: Line, table: FoundTable) -> bool:
    left, top, right, bottom = table.box
    return top - 1 <= line.middle <= bottom + 1 and left - 2 <= (line.left + line.right) / 2 <= right + 2


def _block(block: list[Line], usual: float) -> str:
    size = max(line.size for line in block)
    text = _joined(block)
    if usual and size >= usual * _HEADING and len(text) <= _LONGEST_HEADING:
        level = 1 if size >= usual * 1.8 else 2 if size >= usual * 1.4 else 3
        return f"{'#' * level} {escape(text)}"
    items = [_BULLET.match(line.text) for line in block]
    if not any(items):
        return escape(text)
    lines = [
        f"- {escape(line.text[match.end() :])}" if match else f"  {escape(line.text)}"
        for line, match in zip(block, items, strict=True)
    ]
    return "\n".join(lines)


def _joined(block: list[Line]) -> str:
    """Join the lines of a paragraph; ideographs need no blank between them, and a divided word no hyphen."""
    text = ""
    for line in block:
        if not text:
            text = line.text
        elif text.endswith("-") and text[-2:-1].isalpha() and line.text[:1].islower():
            text = text[:-1] + line.text
        elif _is_ideograph(text[-1]) and _is_ideograph(line.text[:1]):
            text += line.text
        else:
            text += " " + line.text
    return text


def _is_ideograph(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


HANDLERS = (PdfHandler(),)

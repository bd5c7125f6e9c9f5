"""PDF documents as PDFium opens them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .document import Document
from .encrypted import needs_password, wrong_password

_STREAM = re.compile(rb"stream\r?\n")
_DICTIONARY = 500  # bytes in front of a stream that tell what it is
_TRIED = 4096  # bytes of a stream that show how it is compressed
_FIELDS = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "application",
    "Producer": "producer",
    "CreationDate": "created",
    "ModDate": "modified",
}
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([Z+-])(?:(\d\d)'?(\d\d)?'?)?)?")
_MOST_FIELDS = 5_000  # of a page that are looked at
_MOST_BOOKMARKS = 500
_MOST_ATTACHMENTS = 200
_FORMS = {raw.FORMTYPE_ACRO_FORM: "acroform", raw.FORMTYPE_XFA_FULL: "xfa", raw.FORMTYPE_XFA_FOREGROUND: "xfa"}


@contextmanager
def opened(document: Document) -> Iterator[pdfium.PdfDocument]:
    """Hold a document open.

    Raises:
        TaskFailed: it is damaged, encrypted, or over a limit.
    """
    _check_streams(document)
    try:
        pdf = pdfium.PdfDocument(document.rewind(), password=document.password or None)
    except pdfium.PdfiumError as error:
        raise _translated(error, document.password) from error
    try:
        document.limits.check("max_pages", len(pdf), "pages")
        if not len(pdf):
            raise TaskFailed(FailureKind.DAMAGED, "the PDF has no pages that can be found")
        if pdf.get_formtype() == raw.FORMTYPE_ACRO_FORM:
            pdf.init_forms()  # draws what is filled in where the file does not say how it looks
        yield pdf
    finally:
        pdf.close()


@contextmanager
def opened_page(pdf: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage]:
    """Hold a page open, with what is filled into the fields of a form as part of its text.

    Raises:
        PdfiumError: it is damaged.
    """
    page = pdf[number - 1]
    try:
        if pdf.formenv is not None and _has_fields(page):
            page.flatten()
            page.close()
            page = pdf[number - 1]
        yield page
    finally:
        page.close()


def facts(pdf: pdfium.PdfDocument, *, encrypted: bool) -> dict[str, Any]:
    """Return what a document says of itself."""
    known = pdf.get_metadata_dict(skip_empty=True)
    found: dict[str, Any] = {name: known[key].strip() for key, name in _FIELDS.items() if known.get(key, "").strip()}
    for name in ("created", "modified"):
        if name in found:
            found[name] = iso_date(found[name])
    width, height = pdf.get_page_size(0)
    found |= {
        "pages": len(pdf),
        "page_size_points": [round(width, 2), round(height, 2)],
        "pdf_version": (pdf.get_version() or 0) / 10,
        "encrypted": encrypted,
        "tagged": pdf.is_tagged(),
        "form": _FORMS.get(pdf.get_formtype()),
        "scripts": raw.FPDFDoc_GetJavaScriptActionCount(pdf) > 0,
    }
    return {**found, **_lists(pdf)}


def iso_date(text: str) -> str:
    """Return a date of PDF 32000-1, 7.9.4 as ISO 8601 writes it; unchanged if it is none."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return text
    year, month, day, hour, minute, second, sign, hours, minutes = match.groups()
    date = f"{year}-{month or '01'}-{day or '01'}"
    if hour is None:
        return date
    zone = "" if sign is None else "Z" if sign == "Z" or hours is None else f"{sign}{hours}:{minutes or '00'}"
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}{zone}"


def is_encrypted(document: Document) -> bool:
    """Whether the file says that it is encrypted, with or without a password to open it."""
    return b"/Encrypt" in document.content()


def _has_fields(page: pdfium.PdfPage) -> bool:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind == raw.FPDF_ANNOT_WIDGET:
            return True
    return False


def _translated(error: pdfium.PdfiumError, password: str) -> TaskFailed:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return wrong_password() if password else needs_password()
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return TaskFailed(FailureKind.ENCRYPTED, "the PDF is encrypted in a way that is not known", field="password")
    return TaskFailed(FailureKind.DAMAGED, "the PDF is damaged: neither its table of objects nor a page can be found")


def _lists(pdf: pdfium.PdfDocument) -> dict[str, Any]:
    found: dict[str, Any] = {}
    bookmarks = _bookmarks(pdf)
    if bookmarks:
        found["bookmarks"] = bookmarks
    count = min(max(0, pdf.count_attachments()), _MOST_ATTACHMENTS)
    if count:
        found["attachments"] = [pdf.get_attachment(index).get_name() for index in range(count)]
    return found


def _bookmarks(pdf: pdfium.PdfDocument) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for bookmark in pdf.get_toc(max_depth=6):
        if len(found) == _MOST_BOOKMARKS:
            break
        target = bookmark.get_dest()
        index = None if target is None else target.get_index()
        page = None if index is None else index + 1
        found.append({"title": bookmark.get_title(), "level": bookmark.level + 1, "page": page})
    return found


def _check_streams(document: Document) -> None:
    """Refuse streams that grow out of all proportion; the first bytes of each show which are worth a closer look.

    A picture may be one colour, and large; what draws a page is text, and is not.
    """
    content = document.content()
    pictures = texts = 0
    for match in _STREAM.finditer(content):
        head = content[match.end() : match.end() + _TRIED]
        if _grown(head) <= len(head) * document.limits.max_archive_ratio:
            continue
        size = _unpacked(content, match.end(), document)
        if b"/Image" in content[max(0, match.start() - _DICTIONARY) : match.start()]:
            pictures += size
        else:
            texts += size
        document.limits.check_bytes("max_unpacked_mb", pictures, "unpacked, the pictures of the PDF have")
        document.limits.check_bytes("max_text_mb", texts, "unpacked, what draws the pages of the PDF has")


def _grown(head: bytes) -> int:
    try:
        return len(zlib.decompressobj().decompress(head, 4 << 20))
    except zlib.error:
        return 0


def _unpacked(content: bytes, start: int, document: Document) -> int:
    end = content.find(b"endstream", start)
    end = end if end >= 0 else len(content)
    most = (document.limits.max_unpacked_mb + 1) << 20
    unpacker, total = zlib.decompressobj(), 0
    try:
        for place in range(start, end, _TRIED):
            total += len(unpacker.decompress(content[place : min(place + _TRIED, end)]))
            if total > most:
                break
    except zlib.error:
        return total
    return total

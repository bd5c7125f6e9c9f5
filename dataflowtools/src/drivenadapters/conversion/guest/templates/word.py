"""Word templates, by docxtpl: tags in text, tables, headers, footers and footnotes, split over runs or not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from lxml.etree import LxmlError

from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encrypted import unlocked
from drivenadapters.documents.guest.gate import BROKEN_ZIP, open_archive
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from .environment import TemplateEnvironment, failures_told
from .pictures import Picture, Placed, with_pictures
from .sources import Source

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PARAGRAPH = re.compile(r"<w:p([ >])")
_CUT = (
    "the template fails: a tag cuts through a table or a paragraph; {%tr ... %} is for rows, {%p ... %} for paragraphs"
)
_TAG = re.compile(r"<[^>]+>")
_PARTS = {"header": "header", "footer": "footer", "footnotes": "footnote", "endnotes": "endnote"}
_BROKEN = (*BROKEN_ZIP, KeyError, ValueError, AttributeError)


def render(
    document: Document, workspace: Workspace, sink: BinaryIO, data: dict[str, Any], *, strict: bool
) -> list[str]:
    """Fill a template; returns what the caller should know."""
    template = _open(document)

    def place(picture: Picture) -> Placed:
        inline = InlineImage(template, io.BytesIO(picture.content), Mm(picture.width_mm), Mm(picture.height_mm))
        return Placed(lambda: str(inline))

    context = _printable(with_pictures(data, workspace, document.limits, place))
    environment = TemplateEnvironment(escape=True, strict=strict)
    try:
        with failures_told():
            template.render(context, environment, autoescape=True)
    except LxmlError as error:
        message = (
            "the template fails: a tag cuts through a table or a paragraph; use {%tr %} for rows, {%p %} for paragraphs"
        )
        raise TaskFailed(FailureKind.IMPOSSIBLE, message, field="template") from error
    template.save(sink)
    return []


def sources(document: Document) -> Iterator[Source]:
    """Yield the texts of a template that Jinja reads, a paragraph a line."""
    template = _open(document)
    yield Source("document", _lines(template, template.get_xml()), _shown)
    for part in template.docx.part.package.iter_parts():
        name = str(part.partname).rpartition("/")[2]
        kind = next((known for known in _PARTS if name.startswith(known)), "")
        if kind:
            yield Source(_PARTS[kind], _lines(template, part.blob.decode("utf-8", "replace")), _shown)


def _open(document: Document) -> DocxTemplate:
    plain = unlocked(document)
    open_archive(plain.file, plain.limits)
    try:
        template = DocxTemplate(io.BytesIO(plain.content()))
        template.init_docx()
    except _BROKEN as error:
        raise TaskFailed(FailureKind.DAMAGED, "the template is no Word document, or damaged") from error
    return template


def _printable(value: Any) -> Any:
    """Return data without the characters that XML has no room for."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub("", value)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return {name: _printable(item) for name, item in value.items()} if isinstance(value, dict) else value


def _lines(template: DocxTemplate, xml: str) -> str:
    patched: str = template.patch_xml(xml)
    return _PARAGRAPH.sub(r"\n<w:p\1", patched)


def _shown(line: str) -> str:
    return " ".join(_TAG.sub("", line).split())

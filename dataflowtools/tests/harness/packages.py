"""Office files part by part, so that a test says exactly what is in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import openpyxl
from msoffcrypto.format.ooxml import OOXMLFile
from PIL import Image

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    f'xmlns:w="{_WORD}" xmlns:r="{_RELATIONS}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/{part}" ContentType="{media}"/></Types>'
)
_WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


def relations(*found: tuple[str, str, str]) -> str:
    """Return a part of relations: id, kind, target; a target with a scheme is outside."""
    items = "".join(
        f'<Relationship Id="{identity}" Type="{_RELATIONS}/{kind}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if '://' in target else ''}/>"
        for identity, kind, target in found
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{items}</Relationships>'
    )


def word_part(element: str, inner: str) -> str:
    """Return a part of a Word file with the usual namespaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{element} {_NAMESPACES}>{inner}</w:{element}>'


def word(
    body: str, *, parts: Mapping[str, str | bytes] | None = None, links: tuple[tuple[str, str, str], ...] = ()
) -> bytes:
    """Return a Word file with a body, and with other parts that it refers to by id, kind and target."""
    return archive(
        {
            "[Content_Types].xml": _CONTENT_TYPES.format(part="word/document.xml", media=_WORD_MAIN),
            "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": relations(*links),
            "word/document.xml": word_part("document", f"<w:body>{body}</w:body>"),
            **(parts or {}),
        }
    )


def png(width: int = 1, height: int = 1) -> bytes:
    """Return a picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "PNG")
    return file.getvalue()


def paragraph(text: str, style: str = "", properties: str = "") -> str:
    """Return a paragraph."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def encrypted_workbook(text: str, password: str) -> bytes:
    """Return a workbook with one text under a password."""
    book = openpyxl.Workbook()
    book.active["A1"] = text
    plain, locked = io.BytesIO(), io.BytesIO()
    book.save(plain)
    OOXMLFile(plain).encrypt(password, locked)
    return locked.getvalue()

"""Templates that are text: Markdown, HTML, CSV and plain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from drivenadapters.documents.guest.document import Document
from drivenadapters.workers.guest.workspace import Workspace

from ..encoding import to_text
from .environment import TemplateEnvironment, failures_told
from .pictures import Picture, Placed, with_pictures
from .sources import Source


def render(
    document: Document, workspace: Workspace, sink: BinaryIO, data: dict[str, Any], *, strict: bool
) -> list[str]:
    """Fill a template; returns what the caller should know."""
    html = document.kind == "html"

    def place(picture: Picture) -> Placed:
        return Placed(lambda: _inline(picture, html=html))

    context = with_pictures(data, workspace, document.limits, place)
    text = to_text(document.text_bytes(), html=html)
    with failures_told():
        filled = TemplateEnvironment(escape=html, strict=strict).from_string(text).render(context)
    sink.write(filled.encode("utf-8", "replace"))
    return []


def sources(document: Document) -> Iterator[Source]:
    """Yield the one text of the template."""
    yield Source("text", to_text(document.text_bytes(), html=document.kind == "html"))


def _inline(picture: Picture, *, html: bool) -> str:
    import base64

    address = f"data:image/{_subtype(picture.content)};base64,{base64.b64encode(picture.content).decode('ascii')}"
    if html:
        return f'<img alt="" src="{address}" style="width: {picture.width_mm:.1f}mm">'
    return f"![]({address})"


def _subtype(content: bytes) -> str:
    if content.startswith(b"\xff\xd8"):
        return "jpeg"
    return "gif" if content.startswith(b"GIF8") else "bmp" if content.startswith(b"BM") else "png"

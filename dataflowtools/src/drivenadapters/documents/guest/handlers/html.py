"""HTML pages."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from drivenadapters.documents.guest import conversions, html_flow, pictures
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import looks_like_text
from drivenadapters.documents.guest.flow import FlowWriter
from drivenadapters.documents.guest.sample import Sample

_BEGIN = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TAGS = re.compile(
    rb"<(?:p|div|span|table|tr|td|h[1-6]|ul|ol|li|a|img|br|meta|script|style|title)\b[^>]{0,500}>", re.IGNORECASE
)
_MANY_TAGS = 3
_DATA = re.compile(r"data:([\w./+-]*)((?:;[\w=.-]+)*),(.*)", re.DOTALL)
_META = {
    "author": "author",
    "description": "description",
    "keywords": "keywords",
    "generator": "application",
    "dcterms.created": "created",
    "dcterms.modified": "modified",
    "article:published_time": "created",
}
_MOST_LINKS = 100


class HtmlHandler(Handler):
    """Reads what a page would show, without its scripts and without anything that it refers to."""

    declaration = Declaration(
        kind="html",
        title="HTML",
        media_types=("text/html", "application/xhtml+xml"),
        endings=("html", "htm", "xhtml"),
        extracts=frozenset(What),
        conversions=conversions.HTML,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Look for the first tags of a page, or for many of them."""
        if _BEGIN.match(sample.head):
            return Finding(0.9)
        if not sample.head.lstrip().startswith(b"<") or not looks_like_text(sample.head):
            return NOT_MINE
        return Finding(0.5) if len(_TAGS.findall(sample.head[:8192])) >= _MANY_TAGS else self._named(sample)

    def _named(self, sample: Sample) -> Finding:
        return Finding(0.3) if sample.ending in self.declaration.endings else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the title and what the page says of itself."""
        return _facts(html_flow.parse(document.text_bytes()))

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the page."""
        root = html_flow.parse(document.text_bytes())
        if root is not None:
            FlowWriter(answer, wanted).write(html_flow.blocks(root))
        if What.METADATA in wanted:
            answer.metadata(_facts(root))
        if What.IMAGES in wanted and root is not None:
            _pictures(root, answer)


def _facts(root: html_flow.Element | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if root is None:
        return facts
    for element in root.iter():
        match html_flow.tag(element):
            case "html" if element.get("lang"):
                facts.setdefault("language", element.get("lang"))
            case "title" if element.text and element.text.strip():
                facts.setdefault("title", " ".join(element.text.split()))
            case "meta":
                name = _META.get((element.get("name") or element.get("property") or "").lower())
                if name and element.get("content"):
                    facts.setdefault(name, (element.get("content") or "").strip())
    links = _external(root)
    return {**facts, "external_links": links} if links else facts


def _external(root: html_flow.Element) -> list[str]:
    """Return what a browser would fetch to show the page."""
    found = [element.get(name) or "" for element in root.iter() for name in ("src", "data", "background")]
    found += [element.get("href") or "" for element in root.iter() if html_flow.tag(element) == "link"]
    kept = [address.strip() for address in found if address.strip() and not address.strip().startswith("data:")]
    return list(dict.fromkeys(kept))[:_MOST_LINKS]


def _pictures(root: html_flow.Element, answer: Answer) -> None:
    """Give the pictures inside the page; those elsewhere stay there."""
    elsewhere = 0
    for number, element in enumerate(found for found in root.iter() if html_flow.tag(found) == "img"):
        match = _DATA.fullmatch((element.get("src") or "").strip())
        content = _content(match) if match else b""
        if content:
            ending = pictures.media_type(content[:64]).rpartition("/")[2] or "bin"
            answer.image(pictures.describe(content, f"image-{number + 1}.{ending}"))
        elsewhere += not content
    if elsewhere:
        answer.warn(f"pictures that are not inside the page, {elsewhere} in all, were not fetched")


def _content(match: re.Match[str]) -> bytes:
    if ";base64" not in match[2]:
        return unquote_to_bytes(match[3])
    try:
        return base64.b64decode(unquote_to_bytes(match[3]))
    except binascii.Error:
        return b""


HANDLERS = (HtmlHandler(),)

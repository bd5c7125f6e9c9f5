"""Images of office files in the Markdown that is made of them."""

from __future__ import annotations

import base64
import mimetypes
import re
import zipfile
from pathlib import Path

_REFERENCE = re.compile(r"(!\[(?:[^\]\\]|\\.)*\]\(<?)(media/[^)\s>]+|Pictures/[^)\s>]+)")
_HTML = re.compile(r'(<img\b[^>]*?\bsrc=")(media/[^"]+|Pictures/[^"]+)(")')
_WHOLE = re.compile(r"!\[((?:[^\]\\]|\\.)*)\]\(<?(?:media|Pictures)/[^)]*\)")
_WHOLE_HTML = re.compile(r'<img\b[^>]*?\bsrc="(?:media|Pictures)/[^"]+"[^>]*>')
_MOST_BYTES = 64 << 20


def settle(markdown: str, document: Path, *, embed: bool) -> str:
    """Put the images that a Markdown text refers to into it, or the words that stand for them in their place."""
    if not embed or not zipfile.is_zipfile(document):
        return _WHOLE_HTML.sub("", _WHOLE.sub(lambda found: found[1], markdown))
    with zipfile.ZipFile(document) as archive:
        inside = {entry.filename: entry for entry in archive.infolist()}
        left = _MOST_BYTES

        def inline(name: str) -> str:
            nonlocal left
            entry = inside.get(f"word/{name}") or inside.get(name)
            if entry is None or entry.file_size > left:
                return name
            left -= entry.file_size
            encoded = base64.b64encode(archive.read(entry)).decode("ascii")
            return f"data:{mimetypes.guess_type(name)[0] or 'application/octet-stream'};base64,{encoded}"

        markdown = _REFERENCE.sub(lambda found: found[1] + inline(found[2]), markdown)
        return _HTML.sub(lambda found: found[1] + inline(found[2]) + found[3], markdown)

"""Types by their first bytes, and texts by being texts."""

from __future__ import annotations

import asyncio
import os

import puremagic

from logics.files import DetectedType

_HEAD = 64 << 10
_UNKNOWN = DetectedType("unknown", "application/octet-stream")
_TEXTS = {
    "csv": "text/csv",
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "md": "text/markdown",
    "svg": "image/svg+xml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "xml": "application/xml",
}
_SAME = {"htm": "html", "jpeg": "jpg", "tiff": "tif", "markdown": "md", "text": "txt"}
_NOT_IN_TEXT = frozenset(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27})


class SignatureDetector:
    """Satisfies the port ``TypeDetector``."""

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """See the port."""
        head = await asyncio.to_thread(os.pread, descriptor, _HEAD, 0)
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        return await asyncio.to_thread(_detect, head, _SAME.get(ending, ending))


def _detect(head: bytes, ending: str) -> DetectedType:
    if _is_text(head):
        kind = ending if ending in _TEXTS else "txt"
        return DetectedType(kind, _TEXTS[kind], _mismatch(ending, kind))
    try:
        found = puremagic.magic_string(head, f"name.{ending}" if ending else None)
    except (puremagic.PureError, ValueError):
        return _UNKNOWN
    matches = [match for match in found if match.byte_match]  # else it goes by the name alone
    if not matches:
        return _UNKNOWN
    kinds = [_SAME.get(kind, kind) for kind in (match.extension.lstrip(".") for match in matches)]
    place = kinds.index(ending) if ending in kinds else 0
    kind = kinds[place] or "unknown"
    return DetectedType(kind, matches[place].mime_type or _UNKNOWN.media_type, _mismatch(ending, kind))


def _is_text(head: bytes) -> bool:
    if not head or not _NOT_IN_TEXT.isdisjoint(head):
        return False
    try:
        # The last character may be cut off by the reading, not by the writer.
        head[: len(head) - 3 if len(head) == _HEAD else None].decode()
    except UnicodeDecodeError as reason:
        return len(head) == _HEAD and reason.start >= len(head) - 7
    return True


def _mismatch(ending: str, kind: str) -> tuple[str, ...]:
    if not ending or ending == kind or kind == "unknown":
        return ()
    return (f"the name ends in .{ending}, the content is {kind}",)

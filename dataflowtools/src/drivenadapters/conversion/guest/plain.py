"""The task that makes HTML and Markdown of plain text."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from .encoding import to_text

_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+\-.!|~$&:])")


def convert(workspace: Workspace, source: str, target: str, options: dict[str, Any]) -> dict[str, Any]:
    """Write the paragraphs and lines of the text ``source`` as markup into ``sink``."""
    with workspace.source() as given:
        text = to_text(given.read()).replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = [paragraph.strip("\n") for paragraph in _PARAGRAPHS.split(text) if paragraph.strip()]
    match target:
        case "html":
            result = _page(paragraphs, str(options.get("title") or "Document"))
        case "md":
            result = "\n\n".join(map(_markdown, paragraphs)) + "\n"
        case _:
            raise TaskFailed(FailureKind.UNSUPPORTED, f"text is not made into {target}")
    with workspace.sink() as sink:
        sink.write(result.encode("utf-8", "replace"))
    return {}


def _page(paragraphs: list[str], title: str) -> str:
    body = "\n".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs)
    head = f'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
    return f"{head}<body>\n{body}\n</body>\n</html>\n"


def _lines(paragraph: str) -> str:
    kept = escape(paragraph, quote=False).expandtabs(8).replace("  ", "\u00a0 ")
    return kept.replace("\n", "<br>\n")


def _markdown(paragraph: str) -> str:
    return "\\\n".join(_SPECIAL.sub(r"\\\1", line.strip()) for line in paragraph.split("\n"))

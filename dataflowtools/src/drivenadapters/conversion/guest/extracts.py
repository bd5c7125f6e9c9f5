"""The task that makes text and Markdown of what a handler takes out of a document."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.guest.tasks import registry
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

_PARTS = {"txt": What.TEXT, "md": What.MARKDOWN}
_MEBIBYTE = 1 << 20


class _Plain(Answer):
    """An answer whose text goes straight into a file."""

    def __init__(self, sink: BinaryIO, limits: Limits) -> None:
        super().__init__(io.BytesIO(), io.BytesIO(), limits)
        self._plain = sink
        self._bounds = limits
        self.found_any = False

    def text(self, text: str) -> None:
        """Write to the file."""
        self._put(text)

    def markdown(self, text: str) -> None:
        """Write to the file."""
        self._put(text)

    def _put(self, text: str) -> None:
        self.found_any = self.found_any or bool(text.strip())
        self._plain.write(text.encode("utf-8", "replace"))
        self._bounds.check_bytes("max_extract_mb", self._plain.tell(), "the text has")


def convert(
    workspace: Workspace, source: str, target: str, options: dict[str, Any], limits: dict[str, int]
) -> dict[str, Any]:
    """Write the text or Markdown of the file ``source`` into the file ``sink``."""
    bounds = Limits(**limits)
    wanted = Wanted(frozenset({_PARTS[target]}), pages=str(options.get("pages") or ""))
    with workspace.source() as given, workspace.sink() as sink:
        document = Document(given, source, bounds, str(options.get("password") or ""))
        answer = _Plain(sink, bounds)
        registry().handler(source).extract(document, wanted, answer)
        if not answer.found_any:
            raise TaskFailed(FailureKind.IMPOSSIBLE, "there is no text in this file; its pages may be pictures")
        warnings = answer.warnings
        if answer.unread_pages:
            warnings = [*warnings, f"pages without text, which are pictures: {_listed(answer.unread_pages)}"]
    return {"warnings": warnings}


def _listed(pages: list[int]) -> str:
    return ", ".join(map(str, pages[:20])) + (" ..." if len(pages) > 20 else "")

"""The tasks around templates."""

from __future__ import annotations

from typing import Any

from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from . import excel, texts, word
from .environment import MISSED, time_limit
from .inspection import inspect as inspect_sources

_ENGINES: dict[str, Any] = {"docx": word, "xlsx": excel, **dict.fromkeys(("md", "html", "txt", "csv", "tsv"), texts)}
_MOST_NAMES = 20


def generate(
    workspace: Workspace,
    kind: str,
    data: dict[str, Any],
    strict: bool,
    password: str,
    limits: dict[str, int],
    seconds: float,
) -> dict[str, Any]:
    """Fill the template ``source`` with data, into ``sink``."""
    with workspace.source() as given, workspace.sink() as sink, time_limit(seconds):
        document = Document(given, kind, Limits(**limits), password)
        warnings = _engine(kind).render(document, workspace, sink, data, strict=strict)
    missed = [f"not in the data, and left empty: {', '.join(MISSED[:_MOST_NAMES])}"] if MISSED else []
    return {"warnings": [*warnings, *missed]}


def inspect(workspace: Workspace, kind: str, password: str, limits: dict[str, int], seconds: float) -> dict[str, Any]:
    """Return what the template ``source`` expects, and what is wrong with it."""
    with workspace.source() as given, time_limit(seconds):
        document = Document(given, kind, Limits(**limits), password)
        return inspect_sources(_engine(kind).sources(document))


def _engine(kind: str) -> Any:
    if kind not in _ENGINES:
        known = ", ".join(sorted(_ENGINES))
        raise TaskFailed(FailureKind.UNSUPPORTED, f"files of the kind {kind} are no templates; these can be: {known}")
    return _ENGINES[kind]

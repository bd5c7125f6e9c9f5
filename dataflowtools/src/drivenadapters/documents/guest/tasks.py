"""The tasks of the workers that read documents."""

from __future__ import annotations

import io
from functools import cache
from typing import Any, BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from . import detect as detection
from .answer import Answer
from .base import Handler, Wanted, What
from .document import Document
from .encrypted import unlocked
from .limits import Limits
from .office import is_encrypted_package
from .registry import Registry, discover
from .sample import Sample


@cache
def registry() -> Registry:
    """Return the handlers; found once, in the fork server."""
    return discover()


def warm() -> None:
    """Touch what most tasks touch."""
    detection.detect(io.BytesIO(b"warm"), "warm.txt", registry())


def formats(_: Workspace) -> list[dict[str, Any]]:
    """Return what the handlers declare."""
    return [declaration.describe() for declaration in registry().declarations()]


def detect(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return the kind of the source by its content."""
    with workspace.source() as source:
        found = detection.detect(source, name, registry())
    return {
        "kind": found.kind,
        "media_type": found.finding.media_type or found.declaration.media_types[0],
        "encrypted": found.finding.encrypted,
        "warnings": list(found.finding.warnings),
    }


def inspect(workspace: Workspace, document: dict[str, Any], limits: dict[str, int]) -> dict[str, Any]:
    """Return the facts inside the source."""
    with workspace.source() as source:
        opened = _opened(source, document, Limits(**limits))
        return _reader(opened.kind).inspect(opened)


def extract(
    workspace: Workspace, document: dict[str, Any], limits: dict[str, int], wanted: dict[str, Any]
) -> dict[str, Any]:
    """Write what is wanted of the source into the sinks ``answer`` and ``images``; return the rest."""
    bounds = Limits(**limits)
    wish = Wanted(**{**wanted, "what": frozenset(map(What, wanted["what"])), "sheets": tuple(wanted["sheets"])})
    with workspace.source() as source, workspace.sink("answer") as sink, workspace.sink("images") as images:
        opened = _opened(source, document, bounds)
        handler = _reader(opened.kind)
        answer = Answer(sink, images, bounds, wish.mark)
        missing = [str(what) for what in What if what in wish and what not in handler.declaration.extracts]
        if missing:
            answer.warn(f"{handler.declaration.title} files give no {', no '.join(missing)}")
        handler.extract(opened, wish, answer)
        return answer.summary()


def _reader(kind: str) -> Handler:
    handler = registry().handler(kind)
    if not handler.declaration.extracts:
        raise TaskFailed(FailureKind.UNSUPPORTED, f"nothing can be taken out of {handler.declaration.title} files")
    return handler


def _opened(source: BinaryIO, document: dict[str, Any], limits: Limits) -> Document:
    opened = Document(source, limits=limits, **document)
    if not opened.size:
        raise TaskFailed(FailureKind.DAMAGED, "the file is empty")
    if not is_encrypted_package(Sample(source, opened.name)):
        return opened
    plain = unlocked(opened)
    plain.kind = detection.detect(plain.file, opened.name, registry()).kind  # until now it was a guess by the name
    return plain


registry()  # in the fork server, so that no worker imports a library

"""Reads documents in the test's own process: what the workers run, without the workers."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from drivenadapters.documents.answers import assemble
from drivenadapters.documents.guest import tasks
from drivenadapters.documents.guest.base import What
from drivenadapters.documents.guest.limits import Limits
from logics.documents import Part


class Desk:
    """Stands for the workspace of a task."""

    def __init__(self, content: bytes, stack: ExitStack | None = None) -> None:
        self._content = content
        self._stack = stack or ExitStack()
        self.sinks: dict[str, BinaryIO] = {}

    def source(self, _: str = "source") -> BinaryIO:
        """The document."""
        return io.BytesIO(self._content)

    @contextmanager
    def sink(self, name: str) -> Iterator[BinaryIO]:
        """A file that outlives the task."""
        self.sinks[name] = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        yield self.sinks[name]


@dataclass(frozen=True)
class Read:
    """What was read of a document."""

    text: str
    markdown: str
    tables: list[dict[str, Any]]
    metadata: dict[str, Any]
    pages: list[dict[str, Any]]
    images: list[dict[str, Any]]
    pictures: bytes
    unread: list[int]
    warnings: list[str]

    @property
    def rows(self) -> list[list[Any]]:
        """The rows of the first table."""
        rows: list[list[Any]] = self.tables[0]["rows"]
        return rows


def kind_of(content: bytes, name: str = "") -> str:
    """Return the kind of a document by its content."""
    kind: str = tasks.detect(Desk(content), name)["kind"]  # type: ignore[arg-type]
    return kind


def read(content: bytes, name: str = "", *, limits: Limits | None = None, password: str = "", **wanted: Any) -> Read:
    """Detect and read a document; everything that it has, unless ``what`` says otherwise."""
    kind = kind_of(content, name)
    with ExitStack() as stack:
        return _read(Desk(content, stack), kind, name, limits or Limits(), password, wanted)


def _read(desk: Desk, kind: str, name: str, limits: Limits, password: str, wanted: dict[str, Any]) -> Read:
    wish = {"what": list(What), "pages": "", "sheets": [], "as_pictures": False, "mark": "", **wanted}
    document = {"kind": kind, "password": password, "name": name}
    summary = tasks.extract(desk, document, vars(limits), wish)  # type: ignore[arg-type]
    fields = {part: json.loads(value) for part, value in assemble(desk.sinks["answer"].fileno(), list(Part)).items()}
    desk.sinks["images"].seek(0)
    return Read(
        fields["text"],
        fields["markdown"],
        fields["tables"],
        fields["metadata"] or {},
        fields.get("pages", []),
        summary["images"],
        desk.sinks["images"].read(),
        summary["unread_pages"],
        summary["warnings"],
    )


def facts(content: bytes, name: str = "", password: str = "") -> dict[str, Any]:
    """Return what a document says of itself."""
    document = {"kind": kind_of(content, name), "password": password, "name": name}
    return tasks.inspect(Desk(content), document, vars(Limits()))  # type: ignore[arg-type]

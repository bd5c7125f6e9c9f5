"""Documents in confined workers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from drivenadapters.documents.answers import assemble
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.workers import DOCUMENTS, TASKS
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import FileEncrypted
from logics.documents import Extraction, Format, FoundImage, Part, Reading, Target
from logics.files import DetectedType, StoredFile
from logics.ports import StoredFiles


class WorkerDocuments:
    """Satisfies ``TypeDetector`` and ``DocumentReader``."""

    def __init__(self, workers: TaskWorkers, limits: Limits) -> None:
        self._workers = workers
        self._limits = vars(limits)
        self._formats: tuple[Format, ...] = ()

    async def formats(self) -> tuple[Format, ...]:
        """See the port; asked once, since the answer is code."""
        if not self._formats:
            self._formats = tuple(map(_format, await self._run("formats", {})))
        return self._formats

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """See the port."""
        found = await self._run("detect", {"name": name}, {"source": descriptor})
        return DetectedType(found["kind"], found["media_type"], tuple(found["warnings"]), found["encrypted"])

    async def facts(self, descriptor: int, kind: str, password: str = "") -> dict[str, Any]:
        """Return what a document says of itself.

        Raises:
            FileDamaged, FileEncrypted, OverBudget, TooLarge, UnsupportedMedia: why it cannot be read.
            Busy, Unavailable: no worker looks at it now.
        """
        arguments = {"document": {"kind": kind, "password": password}, "limits": self._limits}
        facts: dict[str, Any] = await self._run("inspect", arguments, {"source": descriptor})
        return facts

    async def read(self, source: int, answer: int, images: int, reading: Reading) -> Extraction:
        """See the port."""
        arguments = {"document": _document(reading), "limits": self._limits, "wanted": _wanted(reading)}
        summary = await self._run("extract", arguments, {"source": source}, {"answer": answer, "images": images})
        return Extraction(
            parts=await asyncio.to_thread(assemble, answer, reading.parts),
            images=tuple(FoundImage(**image) for image in summary["images"]),
            unread_pages=tuple(summary["unread_pages"]),
            warnings=tuple(summary["warnings"]),
        )

    async def _run(
        self,
        function: str,
        arguments: Mapping[str, Any],
        sources: Mapping[str, int] | None = None,
        sinks: Mapping[str, int] | None = None,
    ) -> Any:
        task = Task(f"{TASKS}:{function}", arguments, sources or {}, sinks or {})
        return await self._workers.run(DOCUMENTS.name, task)


class WorkerInspector:
    """Satisfies ``DocumentInspector``."""

    def __init__(self, files: StoredFiles, documents: WorkerDocuments) -> None:
        self._files = files
        self._documents = documents

    async def inspect(self, file: StoredFile) -> dict[str, Any]:
        """See the port; of a file under a password, that is all there is to tell."""
        async with self._files.opened(file) as descriptor:
            try:
                return {"encrypted": False, **await self._documents.facts(descriptor, file.kind)}
            except FileEncrypted:
                return {"encrypted": True}


def _document(reading: Reading) -> dict[str, Any]:
    return {"kind": reading.kind, "password": reading.password, "name": reading.name}


def _wanted(reading: Reading) -> dict[str, Any]:
    return {
        "what": sorted(reading.parts),
        "pages": reading.pages,
        "sheets": list(reading.sheets),
        "as_pictures": reading.as_pictures,
        "mark": reading.mark,
    }


def _format(declared: Mapping[str, Any]) -> Format:
    return Format(
        kind=declared["kind"],
        title=declared["title"],
        media_types=tuple(declared["media_types"]),
        endings=tuple(declared["endings"]),
        extracts=tuple(map(Part, declared["extracts"])),
        targets=tuple(Target(item["target"], item["engine"], item["note"]) for item in declared["conversions"]),
        reads_better_as=declared["reads_better_as"],
        version=declared["version"],
    )

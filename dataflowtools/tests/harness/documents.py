"""Real workers that read documents, and files for them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sandboxkit.admission import Admission

from common.settings import Settings
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.reader import WorkerDocuments
from drivenadapters.documents.workers import DOCUMENTS
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from logics.documents import Extraction, Part, Reading


def packages() -> tuple[str, ...]:
    """Return the folders of the workers' libraries."""
    return find_packages(Settings(_env_file=None).site_packages_dir)


@asynccontextmanager
async def documents(
    settings: WorkerSettings | None = None, limits: Limits | None = None
) -> AsyncIterator[WorkerDocuments]:
    """Real workers, as they are shipped unless told otherwise."""
    settings = settings or WorkerSettings(packages(), seconds=30)
    workers = TaskWorkers((DOCUMENTS,), settings, Admission(2, 64, 60))
    await workers.start()
    try:
        yield WorkerDocuments(workers, limits or Limits())
    finally:
        await workers.close()


@contextmanager
def file_with(content: bytes = b"") -> Iterator[int]:
    """A file without a name, by descriptor."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()


async def read(reader: WorkerDocuments, content: bytes, reading: Reading) -> Extraction:
    """Read a document that is given as bytes."""
    with file_with(content) as source, file_with() as answer, file_with() as images:
        return await reader.read(source, answer, images, reading)


async def read_all(reader: WorkerDocuments, content: bytes, name: str, **fields: object) -> Extraction:
    """Detect a document and read everything that it has."""
    with file_with(content) as source:
        found = await reader.detect(source, name)
    extracts = {known.kind: frozenset(known.extracts) for known in await reader.formats()}
    parts = extracts.get(found.kind) or frozenset({Part.TEXT})
    return await read(reader, content, Reading(found.kind, name, parts, **fields))  # type: ignore[arg-type]

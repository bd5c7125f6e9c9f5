"""Real workers that convert, and everything around them that tests need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandboxkit.admission import Admission

from common.settings import Settings
from drivenadapters.conversion.converter import FileDescriptors, WorkerConverter
from drivenadapters.conversion.engines import Installed, find_engines
from drivenadapters.conversion.templates import WorkerTemplates
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.reader import WorkerDocuments
from drivenadapters.documents.workers import DOCUMENTS
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from fakes.result_cache import FakeResultCache
from fakes.stored_files import FakeStoredFiles
from logics.conversion_matrix import ConversionMatrix
from logics.conversions import ConversionOptions
from logics.convert_file import Converted, ConvertFile, Wish
from logics.create_file import CreateFile
from logics.generate_file import GenerateFile, InspectTemplate


@dataclass(frozen=True)
class Making:
    """The use cases on real workers and stored files of the test."""

    files: FakeStoredFiles
    cache: FakeResultCache
    workers: TaskWorkers
    installed: Installed
    reader: WorkerDocuments
    converter: WorkerConverter
    matrix: ConversionMatrix
    convert_file: ConvertFile
    create_file: CreateFile
    generate_file: GenerateFile
    inspect_template: InspectTemplate
    templates: WorkerTemplates
    limits: Limits
    worker_settings: WorkerSettings

    def dependencies(self) -> dict[str, Any]:
        """Return what the routes need."""
        return {
            "conversion_matrix": self.matrix,
            "convert_file": self.convert_file,
            "create_file": self.create_file,
            "generate_file": self.generate_file,
            "inspect_template": self.inspect_template,
        }

    async def convert(
        self, name: str, content: bytes, target: str, *, password: str = "", kind: str = "", **choices: Any
    ) -> Converted:
        """Convert a content whose kind is that of its name, unless told otherwise."""
        file = self.files.put(name, content, kind=kind)
        return await self.convert_file.convert(file.file_id, Wish(target, ConversionOptions(password, choices)))

    async def converted(self, name: str, content: bytes, target: str, **choices: Any) -> bytes:
        """Return the content of a conversion's result."""
        made = await self.convert(name, content, target, **choices)
        return self.files.content(made.file.file_id)


@asynccontextmanager
async def making(
    folder: Path,
    *,
    settings: WorkerSettings | None = None,
    limits: Limits | None = None,
    admission: Admission | None = None,
    template_seconds: float = 10,
) -> AsyncIterator[Making]:
    """Real workers, as they are shipped unless told otherwise."""
    packages = find_packages(Settings(_env_file=None).site_packages_dir)
    settings = settings or WorkerSettings(packages, seconds=60)
    limits = limits or Limits()
    installed = find_engines(packages)
    workers = TaskWorkers((DOCUMENTS, *installed.kinds()), settings, admission or Admission(2, 512, 300))
    await workers.start()
    try:
        yield _assemble(folder, workers, installed, settings, limits, template_seconds)
    finally:
        await workers.close()


def _assemble(
    folder: Path,
    workers: TaskWorkers,
    installed: Installed,
    settings: WorkerSettings,
    limits: Limits,
    template_seconds: float,
) -> Making:
    files, cache = FakeStoredFiles(folder), FakeResultCache()
    reader = WorkerDocuments(workers, limits)
    converter = WorkerConverter(workers, installed, limits, settings.memory_bytes)
    matrix = ConversionMatrix(reader, converter)
    descriptors = FileDescriptors(asyncio.to_thread)
    convert_file = ConvertFile(files, matrix, converter, descriptors, cache)
    templates = WorkerTemplates(workers, limits, template_seconds)
    return Making(
        files=files,
        cache=cache,
        workers=workers,
        installed=installed,
        reader=reader,
        converter=converter,
        matrix=matrix,
        convert_file=convert_file,
        create_file=CreateFile(files, matrix, convert_file, descriptors),
        generate_file=GenerateFile(files, templates, matrix, convert_file),
        inspect_template=InspectTemplate(files, templates),
        templates=templates,
        limits=limits,
        worker_settings=settings,
    )

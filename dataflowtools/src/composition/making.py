"""New files: conversion, creation, templates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.settings import Settings
from drivenadapters.conversion.converter import FileDescriptors, WorkerConverter
from drivenadapters.conversion.engines import Installed, find_engines
from drivenadapters.conversion.templates import WorkerTemplates
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.tasks import TaskWorkers
from logics.conversion_matrix import ConversionMatrix
from logics.convert_file import ConvertFile
from logics.create_file import CreateFile
from logics.generate_file import GenerateFile, InspectTemplate
from logics.ports import DocumentReader, ResultCache, StoredFiles

_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Making:
    """The use cases that make files, and what converts."""

    converter: WorkerConverter
    matrix: ConversionMatrix
    convert_file: ConvertFile
    create_file: CreateFile
    generate_file: GenerateFile
    inspect_template: InspectTemplate

    def dependencies(self) -> Mapping[str, Any]:
        """Return what the routes need."""
        return {
            "conversion_matrix": self.matrix,
            "convert_file": self.convert_file,
            "create_file": self.create_file,
            "generate_file": self.generate_file,
            "inspect_template": self.inspect_template,
        }


def find_converters(settings: Settings) -> Installed:
    """Return what is installed to convert with; the kinds of its workers belong to the others."""
    return find_engines(find_packages(settings.site_packages_dir), settings.office_program_dir)


def make_making(
    settings: Settings,
    installed: Installed,
    workers: TaskWorkers,
    limits: Limits,
    files: StoredFiles,
    reader: DocumentReader,
    cache: ResultCache,
) -> Making:
    """Return the use cases on workers of the installed kinds; nothing is started."""
    converter = WorkerConverter(workers, installed, limits, settings.task_memory_mb * _MEBIBYTE)
    matrix = ConversionMatrix(reader, converter)
    descriptors = FileDescriptors(asyncio.to_thread)
    convert_file = ConvertFile(files, matrix, converter, descriptors, cache)
    templates = WorkerTemplates(workers, limits, settings.template_seconds)
    return Making(
        converter=converter,
        matrix=matrix,
        convert_file=convert_file,
        create_file=CreateFile(files, matrix, convert_file, descriptors, most_rows=settings.max_created_rows),
        generate_file=GenerateFile(files, templates, matrix, convert_file),
        inspect_template=InspectTemplate(files, templates),
    )

"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sandboxkit.admission import Admission
from sandboxkit.layers import Layer
from servicekit import (
    Closer,
    HealthRegistry,
    Metrics,
    Route,
    ServiceApplication,
    ServiceInfo,
    Starter,
    build_application,
)
from servicekit.machine import usable_cores, usable_memory_bytes

from common.settings import Settings
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.reader import WorkerDocuments
from drivenadapters.documents.workers import DOCUMENTS
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import extraction
from logics.extract_document import ExtractDocument, ExtractionLimits
from logics.ports import LegacyConverter, PageReader, ResultCache, StoredFiles

VERSION = "0.1.0"
_SHARE_OF_MEMORY = 0.75
_MEBIBYTE = 1 << 20
_DESCRIPTION = "Documents, tables, images and codes for workflow engines."
_KINDS: tuple[WorkerKind, ...] = (DOCUMENTS,)
_ROUTES: tuple[Route, ...] = (*extraction.ROUTES,)


@dataclass(frozen=True)
class Service:
    """A composed service: its application, what to start, what to close."""

    application: ServiceApplication
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


def build(settings: Settings, *, files: StoredFiles | None = None, cache: ResultCache | None = None) -> Service:
    """Put the service together; tests override what they need."""
    metrics = Metrics("dataflowtools", VERSION)
    workers = TaskWorkers(_KINDS, worker_settings(settings), admission(settings))
    health = HealthRegistry()
    health.add("workers", workers.health)
    application = build_application(
        ServiceInfo("dataflowtools", VERSION, title="DataFlowTools", description=_DESCRIPTION),
        _ROUTES if files and cache else (),
        document_dependencies(settings, workers, files, cache) if files and cache else {},
        settings,
        health=health,
        metrics=metrics,
    )
    return Service(application, (workers.start,), (workers.close,))


def document_dependencies(
    settings: Settings,
    workers: TaskWorkers,
    files: StoredFiles,
    cache: ResultCache,
    *,
    pages: PageReader | None = None,
    converter: LegacyConverter | None = None,
) -> dict[str, object]:
    """Return what the routes of documents need."""
    documents = WorkerDocuments(workers, reading_limits(settings))
    limits = ExtractionLimits(settings.max_inline_image_kb << 10, settings.max_cached_answer_mb * _MEBIBYTE)
    return {
        "document_reader": documents,
        "extract_document": ExtractDocument(files, documents, cache, limits, pages=pages, converter=converter),
    }


def reading_limits(settings: Settings) -> Limits:
    """Return what reading a file may cost: the settings of the same names."""
    return Limits(**{limit.name: getattr(settings, limit.name) for limit in fields(Limits)})


def worker_settings(settings: Settings) -> WorkerSettings:
    """Translate the settings to those of the workers."""
    return WorkerSettings(
        packages=find_packages(settings.site_packages_dir),
        seconds=settings.task_seconds,
        memory_bytes=settings.task_memory_mb * _MEBIBYTE,
        file_bytes=settings.task_disk_mb * _MEBIBYTE,
        required=frozenset(Layer(name) for name in settings.sandbox_required_layers),
        user=settings.sandbox_user,
    )


def admission(settings: Settings) -> Admission:
    """Bound what runs at once by cores and by memory: all tasks at their limit must fit."""
    fitting = max(1, int(usable_memory_bytes() * _SHARE_OF_MEMORY / (settings.task_memory_mb * _MEBIBYTE)))
    concurrent = settings.max_concurrent_tasks or min(usable_cores(), fitting)
    return Admission(concurrent, settings.queue_limit, settings.queue_seconds)

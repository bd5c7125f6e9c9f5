"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from composition.batch import batch_dependencies, batch_starters, check_batch, make_batch
from composition.recognition import Readers, make_readers, make_recognition
from composition.schema import change_schema, schema_starter
from composition.storage import (
    Cache,
    ContentStore,
    check_storage,
    make_storage,
    storage_dependencies,
    storage_upkeep,
)
from drivenadapters.coderunner import HttpPackageInstaller
from drivenadapters.detection.signatures import SignatureDetector
from drivenadapters.images.codes import IMAGES
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import barcodes, ocr, packages, tag_rules, tags
from driveradapters import batch as batch_routes
from driveradapters.files import download, listing, upload
from logics.jobs import Operation
from logics.ports import DocumentInspector, StoredFiles, TypeDetector

__all__ = ["Service", "build", "change_schema"]

VERSION = "0.1.0"
_SHARE_OF_MEMORY = 0.75
_MEBIBYTE = 1 << 20
_DESCRIPTION = "Documents, tables, images and codes for workflow engines."
_KINDS: tuple[WorkerKind, ...] = (IMAGES,)
_ROUTES: tuple[Route, ...] = (
    *upload.ROUTES,
    *download.ROUTES,
    *listing.ROUTES,
    *batch_routes.ROUTES,
    *tags.ROUTES,
    *tag_rules.ROUTES,
    *packages.ROUTES,
    *barcodes.ROUTES,
    *ocr.ROUTES,
)


@dataclass(frozen=True)
class Service:
    """A composed service: its application, what to start, what to close."""

    application: ServiceApplication
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


def build(
    settings: Settings,
    *,
    contents: ContentStore | None = None,
    cache: Cache | None = None,
    detector: TypeDetector | None = None,
    inspector: DocumentInspector | None = None,
    operations: Callable[[StoredFiles], Mapping[str, Operation]] | None = None,
    readers: Readers | None = None,
    worker: bool = False,
) -> Service:
    """Put the service together; tests override what they need. A worker answers only how it is."""
    workers = TaskWorkers(_KINDS, worker_settings(settings), admission(settings))
    storage = make_storage(settings, detector or SignatureDetector(), contents=contents, cache=cache)
    recognition = make_recognition(
        settings, storage, readers or make_readers(settings, workers, worker_settings(settings))
    )
    further = operations(storage.files) if operations else {}
    batch = make_batch(settings, storage, {**recognition.operations, **further})
    installer = HttpPackageInstaller(settings.coderunner_url, settings.coderunner_api_key.get_secret_value())
    upkeep = storage_upkeep(storage)
    health = HealthRegistry()
    check_storage(health, storage)
    check_batch(health, batch)
    health.add("workers", workers.health)
    recognition.check(health)
    application = build_application(
        ServiceInfo("dataflowtools", VERSION, title="DataFlowTools", description=_DESCRIPTION),
        () if worker else _ROUTES,
        {
            **storage_dependencies(settings, storage, inspector),
            **batch_dependencies(settings, batch),
            **recognition.dependencies,
            "package_installer": installer,
        },
        settings,
        health=health,
        metrics=Metrics("dataflowtools", VERSION),
    )
    return Service(
        application,
        (
            schema_starter(settings, storage.database),
            workers.start,
            *recognition.starters,
            *(work.start for work in upkeep),
            *batch_starters(settings, batch, works=worker),
        ),
        (
            *(part.close for part in storage.parts),
            installer.close,
            workers.close,
            *recognition.closers,
            *(work.close for work in upkeep),
            batch.queue.close,
            batch.runner.close,
            *(work.close for work in batch.upkeep),
        ),
    )


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

"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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

from common.settings import Settings
from composition.batch import batch_dependencies, batch_starters, check_batch, make_batch
from composition.documents import make_documents, reading_limits
from composition.making import find_converters, make_making
from composition.operations import document_operations
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
from composition.tables import make_custom_code, make_tables
from composition.workers import admission, worker_settings
from drivenadapters.coderunner import HttpPackageInstaller
from drivenadapters.detection.fallback import FallbackDetector
from drivenadapters.detection.signatures import SignatureDetector
from drivenadapters.documents.reader import WorkerDocuments, WorkerInspector
from drivenadapters.documents.workers import DOCUMENTS
from drivenadapters.images.codes import IMAGES
from drivenadapters.tables.workers import TABLES
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import barcodes, data_analysis, extraction, ocr, packages, tag_rules, tags
from driveradapters import batch as batch_routes
from driveradapters.files import download, listing, upload
from driveradapters.making import convert, create, generate
from logics.jobs import Operation
from logics.ports import CustomCode, DocumentInspector, StoredFiles, TypeDetector
from logics.scanned_pages import ScannedPages

__all__ = ["Service", "build", "change_schema"]

VERSION = "0.1.0"
_DESCRIPTION = "Documents, tables, images and codes for workflow engines."
_ROUTES: tuple[Route, ...] = (
    *upload.ROUTES,
    *download.ROUTES,
    *listing.ROUTES,
    *extraction.ROUTES,
    *convert.ROUTES,
    *create.ROUTES,
    *generate.ROUTES,
    *batch_routes.ROUTES,
    *tags.ROUTES,
    *tag_rules.ROUTES,
    *packages.ROUTES,
    *data_analysis.ROUTES,
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
    custom_code: CustomCode | None = None,
    workers: TaskWorkers | None = None,
    worker: bool = False,
) -> Service:
    """Put the service together; tests override what they need. A worker answers only how it is."""
    converters, budget = find_converters(settings), worker_settings(settings)
    workers = workers or TaskWorkers((DOCUMENTS, IMAGES, TABLES, *converters.kinds()), budget, admission(settings))
    reader = WorkerDocuments(workers, reading_limits(settings))
    detector = detector or FallbackDetector(reader, SignatureDetector())
    storage = make_storage(settings, detector, contents=contents, cache=cache)
    recognition = make_recognition(settings, storage, readers or make_readers(settings, workers, budget))
    making = make_making(settings, converters, workers, reading_limits(settings), storage.files, reader, storage.cache)
    documents = make_documents(
        settings, reader, storage.files, storage.cache, ScannedPages(recognition.engine.recogniser), making.converter
    )
    own_code = make_custom_code(settings)
    tables = make_tables(settings, storage.files, workers, custom_code or own_code)
    known = {**document_operations(documents, making, storage), **recognition.operations, **tables.operations()}
    known |= operations(storage.files) if operations else {}
    batch = make_batch(settings, storage, known)
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
            **storage_dependencies(settings, storage, inspector or WorkerInspector(storage.files, reader)),
            **documents.dependencies(),
            **making.dependencies(),
            **batch_dependencies(settings, batch),
            **recognition.dependencies,
            **tables.dependencies(),
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
            making.converter.start,
            *recognition.starters,
            *(work.start for work in upkeep),
            *batch_starters(settings, batch, works=worker),
        ),
        (
            *(part.close for part in storage.parts),
            installer.close,
            own_code.close,
            workers.close,
            making.converter.close,
            *recognition.closers,
            *(work.close for work in upkeep),
            batch.queue.close,
            batch.runner.close,
            *(work.close for work in batch.upkeep),
        ),
    )

"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

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
from drivenadapters.images.codes import IMAGES, ZxingCodeReader
from drivenadapters.images.searchable import PdfiumBinder
from drivenadapters.ocr.circuit import Circuit
from drivenadapters.ocr.embedded import EmbeddedRecogniser, EngineSettings
from drivenadapters.ocr.external import ExternalRecogniser, ExternalSettings
from drivenadapters.ocr.fallback import FallbackRecogniser
from drivenadapters.unstored import ForgetfulCache, NothingStored
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.standing import StandingLimits
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import barcodes, ocr
from driveradapters.image_requests import ImageInputs
from logics.codes import ReadCodes
from logics.ports import ResultCache, StoredFiles, TextRecogniser
from logics.recognise_text import RecogniseText
from logics.searchable_pdf import MakeSearchablePdf

VERSION = "0.1.0"
_SHARE_OF_MEMORY = 0.75
_MEBIBYTE = 1 << 20
_FAILURES_IN_A_ROW = 5
_LEFT_ALONE_SECONDS = 30.0
_DESCRIPTION = "Documents, tables, images and codes for workflow engines."
_KINDS: tuple[WorkerKind, ...] = (IMAGES,)
_ROUTES: tuple[Route, ...] = (*barcodes.ROUTES, *ocr.ROUTES)


@dataclass(frozen=True)
class Service:
    """A composed service: its application, what to start, what to close."""

    application: ServiceApplication
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


def build(settings: Settings, *, files: StoredFiles | None = None, cache: ResultCache | None = None) -> Service:
    """Put the service together; tests override what they need."""
    files = files or NothingStored()
    cache = cache or ForgetfulCache()
    metrics = Metrics("dataflowtools", VERSION)
    workers = TaskWorkers(_KINDS, worker_settings(settings), admission(settings))
    ocr_engine = ocr_engines(settings, workers)
    health = HealthRegistry()
    health.add("workers", workers.health)
    if ocr_engine.embedded is not None:
        health.add("ocr", ocr_engine.embedded.health, critical=False)
    application = build_application(
        ServiceInfo("dataflowtools", VERSION, title="DataFlowTools", description=_DESCRIPTION),
        _ROUTES,
        {
            "read_codes": ReadCodes(ZxingCodeReader(workers, image_limits(settings)), cache),
            "recognise_text": RecogniseText(ocr_engine.recogniser, cache),
            "make_searchable_pdf": MakeSearchablePdf(PdfiumBinder(workers, image_limits(settings)), files),
            "image_inputs": ImageInputs(files, settings.max_images),
        },
        settings,
        health=health,
        metrics=metrics,
    )
    return Service(application, (workers.start, *ocr_engine.starters), (workers.close, *ocr_engine.closers))


@dataclass(frozen=True)
class OcrEngines:
    """What recognises text, and the life of what stands behind it."""

    recogniser: TextRecogniser
    embedded: EmbeddedRecogniser | None
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


def ocr_engines(settings: Settings, workers: TaskWorkers) -> OcrEngines:
    """Return the OCR engine that the settings describe; the embedded one takes no memory where it is not needed."""
    embedded = embedded_recogniser(settings, workers)
    if settings.ocr_service_url is None:
        return OcrEngines(embedded, embedded, (embedded.start,), (embedded.close,))
    external = ExternalRecogniser(
        ExternalSettings(
            settings.ocr_service_url,
            key=settings.ocr_service_key.get_secret_value() if settings.ocr_service_key else None,
            seconds=settings.ocr_service_seconds,
            retries=settings.ocr_service_retries,
        ),
        Circuit(_FAILURES_IN_A_ROW, _LEFT_ALONE_SECONDS),
    )
    if not settings.ocr_service_fallback:
        return OcrEngines(external, None, (), (external.close,))
    both = FallbackRecogniser(external, embedded)
    return OcrEngines(both, embedded, (embedded.start,), (external.close, embedded.close))


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


def embedded_recogniser(settings: Settings, workers: TaskWorkers) -> EmbeddedRecogniser:
    """Return the embedded OCR engine, not yet started."""
    limits = StandingLimits(
        seconds=settings.ocr_page_seconds,
        memory_bytes=settings.ocr_memory_mb * _MEBIBYTE,
        resident_bytes=settings.ocr_recycle_mb * _MEBIBYTE,
        jobs=settings.ocr_recycle_pages,
        seconds_setting="OCR_PAGE_SECONDS",
        memory_setting="OCR_MEMORY_MB",
    )
    threads = settings.ocr_threads or usable_cores()
    engine = EngineSettings(threads, limits, settings.ocr_queue_limit, settings.ocr_queue_seconds)
    return EmbeddedRecogniser(workers, worker_settings(settings), engine, image_limits(settings))


def image_limits(settings: Settings) -> dict[str, int]:
    """Translate the settings to what an image may cost its worker."""
    return {
        "pixels": int(settings.max_image_megapixels * 1_000_000),
        "pages": settings.max_ocr_pages,
        "dpi": settings.ocr_pdf_dpi,
    }


def admission(settings: Settings) -> Admission:
    """Bound what runs at once by cores and by memory: all tasks at their limit must fit."""
    fitting = max(1, int(usable_memory_bytes() * _SHARE_OF_MEMORY / (settings.task_memory_mb * _MEBIBYTE)))
    concurrent = settings.max_concurrent_tasks or min(usable_cores(), fitting)
    return Admission(concurrent, settings.queue_limit, settings.queue_seconds)

"""Text and barcodes in images: what reads them, for requests and for batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicekit import Closer, HealthRegistry, Starter
from servicekit.body import validate
from servicekit.machine import usable_cores

from common.settings import Settings
from composition.storage import Storage
from drivenadapters.images.codes import ZxingCodeReader
from drivenadapters.images.searchable import PdfiumBinder
from drivenadapters.ocr.circuit import Circuit
from drivenadapters.ocr.embedded import EmbeddedRecogniser, EngineSettings
from drivenadapters.ocr.external import ExternalRecogniser, ExternalSettings
from drivenadapters.ocr.fallback import FallbackRecogniser
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.standing import StandingLimits
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters.barcodes import BarcodeOptions
from driveradapters.image_requests import ImageInputs
from driveradapters.ocr import ExtractOptions
from logics.codes import ReadCodes
from logics.files import StoredFile
from logics.images import ImageSource
from logics.jobs import Operation, Progress
from logics.ports.images import CodeReader, PdfBinder, TextRecogniser
from logics.recognise_text import RecogniseText
from logics.searchable_pdf import MakeSearchablePdf

_MEBIBYTE = 1 << 20
_FAILURES_IN_A_ROW = 5
_LEFT_ALONE_SECONDS = 30.0


@dataclass(frozen=True)
class OcrEngine:
    """What recognises text, and the life of what stands behind it."""

    recogniser: TextRecogniser
    embedded: EmbeddedRecogniser | None
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


@dataclass(frozen=True)
class Readers:
    """What reads images and makes PDFs of them."""

    engine: OcrEngine
    codes: CodeReader
    binder: PdfBinder


@dataclass(frozen=True)
class Recognition:
    """What reads images: use cases by the names that handlers know, operations by the names that batches know."""

    engine: OcrEngine
    recognise_text: RecogniseText
    dependencies: Mapping[str, Any]
    operations: Mapping[str, Operation]

    @property
    def starters(self) -> tuple[Starter, ...]:
        """What has to be started, once the workers are."""
        return self.engine.starters

    @property
    def closers(self) -> tuple[Closer, ...]:
        """What has to be closed."""
        return self.engine.closers

    def check(self, health: HealthRegistry) -> None:
        """Register the checks; without the engine everything else still works."""
        if self.engine.embedded is not None:
            health.add("ocr", self.engine.embedded.health, critical=False)


def make_readers(settings: Settings, workers: TaskWorkers, worker_settings: WorkerSettings) -> Readers:
    """Return what the settings describe, not yet started."""
    limits = image_limits(settings)
    return Readers(
        make_engine(settings, workers, worker_settings), ZxingCodeReader(workers, limits), PdfiumBinder(workers, limits)
    )


def make_recognition(settings: Settings, storage: Storage, readers: Readers) -> Recognition:
    """Return the use cases and operations on images."""
    recognise_text = RecogniseText(readers.engine.recogniser, storage.cache)
    read_codes = ReadCodes(readers.codes, storage.cache)
    return Recognition(
        readers.engine,
        recognise_text,
        {
            "recognise_text": recognise_text,
            "read_codes": read_codes,
            "make_searchable_pdf": MakeSearchablePdf(readers.binder, storage.files),
            "image_inputs": ImageInputs(storage.files, settings.max_images),
        },
        {"ocr": ocr_operation(recognise_text, storage), "barcode": barcode_operation(read_codes, storage)},
    )


def ocr_operation(recognise_text: RecogniseText, storage: Storage) -> Operation:
    """Return what recognises the text of each file of a batch."""

    async def run(file: StoredFile, options: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        async with storage.files.opened(file) as descriptor:
            source = ImageSource(file.name, file.sha256, descriptor)
            return await recognise_text.batch_item(source, _ocr_options(options).options(), progress)

    return Operation(run, check=lambda options: _ocr_options(options).model_dump(mode="json", exclude_defaults=True))


def barcode_operation(read_codes: ReadCodes, storage: Storage) -> Operation:
    """Return what reads the barcodes of each file of a batch."""

    async def run(file: StoredFile, options: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        async with storage.files.opened(file) as descriptor:
            source = ImageSource(file.name, file.sha256, descriptor)
            return await read_codes.batch_item(source, _barcode_options(options).options(), progress)

    return Operation(
        run, check=lambda options: _barcode_options(options).model_dump(mode="json", exclude_defaults=True)
    )


def make_engine(settings: Settings, workers: TaskWorkers, worker_settings: WorkerSettings) -> OcrEngine:
    """Return the OCR engine that the settings describe; the embedded one takes no memory where it is not needed."""
    embedded = embedded_recogniser(settings, workers, worker_settings)
    if settings.ocr_service_url is None:
        return OcrEngine(embedded, embedded, (embedded.start,), (embedded.close,))
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
        return OcrEngine(external, None, (), (external.close,))
    both = FallbackRecogniser(external, embedded)
    return OcrEngine(both, embedded, (embedded.start,), (external.close, embedded.close))


def embedded_recogniser(
    settings: Settings, workers: TaskWorkers, worker_settings: WorkerSettings
) -> EmbeddedRecogniser:
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
    engine = EngineSettings(
        threads, limits, settings.ocr_queue_limit, settings.ocr_queue_seconds, preload=settings.ocr_preload
    )
    return EmbeddedRecogniser(workers, worker_settings, engine, image_limits(settings))


def image_limits(settings: Settings) -> dict[str, int]:
    """Translate the settings to what an image may cost its worker."""
    return {
        "pixels": int(settings.max_image_megapixels * 1_000_000),
        "pages": settings.max_ocr_pages,
        "dpi": settings.ocr_pdf_dpi,
    }


def _ocr_options(options: Mapping[str, Any]) -> ExtractOptions:
    return validate(dict(options), ExtractOptions)


def _barcode_options(options: Mapping[str, Any]) -> BarcodeOptions:
    return validate(dict(options), BarcodeOptions)

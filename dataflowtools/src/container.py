"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import structlog
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
from drivenadapters.caches.memory import MemoryResultCache
from drivenadapters.contents.local import LocalContents
from drivenadapters.database.answers import SqlAnswerLedger
from drivenadapters.database.engine import Database, DatabaseSettings, make_engine
from drivenadapters.database.files import SqlFileRecords
from drivenadapters.database.tags import SqlTagRecords
from drivenadapters.detection.signatures import SignatureDetector
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import tags
from driveradapters.files import download, listing, upload
from errors import Unavailable
from logics.answers import AnswerOnce
from logics.delete import DeleteFile
from logics.describe import DescribeFile
from logics.ports import ContentReader, Contents, DocumentInspector, ResultCache, TypeDetector
from logics.recurring import Recurring
from logics.storage import FileStorage
from logics.sweep import SweepContents
from logics.tagging import Tagging
from logics.uploads import Upload

VERSION = "0.1.0"
_SHARE_OF_MEMORY = 0.75
_MEBIBYTE = 1 << 20
_DESCRIPTION = "Documents, tables, images and codes for workflow engines."
_SWEEP_SECONDS = 600.0
_TIDY_AFTER_SECONDS = 3600.0
_KINDS: tuple[WorkerKind, ...] = ()
_ROUTES: tuple[Route, ...] = (*upload.ROUTES, *download.ROUTES, *listing.ROUTES, *tags.ROUTES)
_log = structlog.get_logger("dataflowtools.schema")


@dataclass(frozen=True)
class Service:
    """A composed service: its application, what to start, what to close."""

    application: ServiceApplication
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


class Part(Protocol):
    """A part of the service that is looked after."""

    async def health(self) -> Mapping[str, Any]:
        """Return details for the health page; raises Unavailable when it does not work."""

    async def close(self) -> None:
        """Let go of what it holds."""


class Cache(ResultCache, Part, Protocol):
    """A cache that is looked after."""


class ContentStore(Contents, ContentReader, Part, Protocol):
    """A store of contents that is looked after."""

    async def tidy(self, older_than_seconds: float) -> None:
        """Remove what crashes left behind in it."""


@dataclass(frozen=True)
class Storage:
    """The files and everything that keeps them."""

    database: Database
    records: SqlFileRecords
    contents: ContentStore
    files: FileStorage
    cache: Cache
    sweep: SweepContents
    answers: SqlAnswerLedger


def build(
    settings: Settings,
    *,
    contents: ContentStore | None = None,
    cache: Cache | None = None,
    detector: TypeDetector | None = None,
    inspector: DocumentInspector | None = None,
) -> Service:
    """Put the service together; tests override what they need."""
    metrics = Metrics("dataflowtools", VERSION)
    workers = TaskWorkers(_KINDS, worker_settings(settings), admission(settings))
    storage = make_storage(settings, contents, cache, detector or SignatureDetector())
    upkeep = recurring(storage)
    application = build_application(
        ServiceInfo("dataflowtools", VERSION, title="DataFlowTools", description=_DESCRIPTION),
        _ROUTES,
        dependencies(settings, storage, inspector),
        settings,
        health=health_checks(storage),
        metrics=metrics,
    )
    parts: tuple[Part, ...] = (storage.database, storage.contents, storage.cache)
    return Service(
        application,
        (schema_starter(settings, storage.database), workers.start, *(work.start for work in upkeep)),
        (*(part.close for part in parts), workers.close, *(work.close for work in upkeep)),
    )


def make_storage(
    settings: Settings, contents: ContentStore | None, cache: Cache | None, detector: TypeDetector
) -> Storage:
    """Return the storage that the settings describe, not yet connected to anything."""
    database = Database(make_engine(database_settings(settings)), settings.db_connections)
    records = SqlFileRecords(database)
    contents = contents or LocalContents(settings.data_dir / "files")
    return Storage(
        database,
        records,
        contents,
        FileStorage(records, contents, detector, largest_bytes=int(settings.max_file_mb * _MEBIBYTE)),
        cache or MemoryResultCache(settings.cache_mb * _MEBIBYTE),
        SweepContents(records, contents),
        SqlAnswerLedger(database, keep_hours=settings.idempotency_hours),
    )


def dependencies(settings: Settings, storage: Storage, inspector: DocumentInspector | None) -> dict[str, Any]:
    """Return what the handlers ask for, by name."""
    tag_records = SqlTagRecords(storage.database)

    def new_upload() -> Upload:
        return Upload(
            storage.files,
            storage.contents,
            largest_bytes=int(settings.max_file_mb * _MEBIBYTE),
            most_files=settings.max_upload_files,
        )

    return {
        "answer_once": AnswerOnce(storage.answers),
        "new_upload": new_upload,
        "stored_files": storage.files,
        "content_reader": storage.contents,
        "file_records": storage.records,
        "describe_file": DescribeFile(storage.files, storage.cache, inspector),
        "delete_file": DeleteFile(storage.files, storage.sweep),
        "tagging": Tagging(tag_records, tag_records, storage.records),
    }


def recurring(storage: Storage) -> tuple[Recurring, ...]:
    """Return the work that keeps the storage tidy."""

    async def tidy() -> None:
        await storage.contents.tidy(_TIDY_AFTER_SECONDS)

    return (
        Recurring("sweep", storage.sweep, _SWEEP_SECONDS),
        Recurring("tidy", tidy, _SWEEP_SECONDS),
        Recurring("expire answers", storage.answers.expire, _SWEEP_SECONDS),
    )


def health_checks(storage: Storage) -> HealthRegistry:
    """Return the checks of the parts; without the cache the service is slower, not down."""
    health = HealthRegistry()
    health.add("database", storage.database.health)
    health.add("store", storage.contents.health)
    health.add("cache", storage.cache.health, critical=False)
    return health


def database_settings(settings: Settings) -> DatabaseSettings:
    """Translate the settings to those of the database."""
    return DatabaseSettings(
        file=settings.data_dir / "dataflowtools.db",
        host=settings.db_host,
        port=settings.db_port,
        name=settings.db_name,
        user=settings.db_user,
        password=settings.db_password.get_secret_value(),
        connections=settings.db_connections,
        answer_seconds=settings.db_answer_seconds,
        tls_ca=settings.db_tls_ca,
    )


def schema_starter(settings: Settings, database: Database) -> Starter:
    """Return what brings the embedded database's schema up to date, or demands that a server's is."""

    async def start() -> None:
        from drivenadapters.database import schema  # Alembic takes long to import

        if settings.db_host:
            await patiently(database.health, settings.db_wait_seconds)
            await asyncio.to_thread(schema.require_newest, database.engine)
        else:
            await asyncio.to_thread(make_folder, settings.data_dir)
            await asyncio.to_thread(schema.migrate, database.engine)

    return start


def change_schema(settings: Settings, command: Literal["upgrade", "downgrade", "current"], revision: str) -> int:
    """Change or show the schema; returns the exit status of the process."""
    from drivenadapters.database import schema

    make_folder(settings.data_dir)
    engine = make_engine(database_settings(settings))
    try:
        if command != "current":
            schema.migrate(engine, command, revision or {"upgrade": "head", "downgrade": "-1"}[command])
        _log.info("schema", present=schema.current(engine), newest=schema.newest())
    except schema.SchemaError as reason:
        _log.error("schema_unchanged", reason=str(reason))
        return 1
    finally:
        engine.dispose()
    return 0


def make_folder(folder: Path) -> None:
    """Make a folder that nobody but this service and its group reads."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)


async def patiently(probe: Callable[[], Awaitable[Any]], seconds: float) -> None:
    """Probe until it works; raises Unavailable once the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        try:
            await probe()
        except Unavailable as reason:
            if loop.time() >= end:
                raise
            _log.warning("waiting_for_the_database", reason=str(reason))
            await asyncio.sleep(1)
        else:
            return


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

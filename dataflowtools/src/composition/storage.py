"""The files, and everything that keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from servicekit import HealthRegistry

from common.settings import Settings
from drivenadapters.caches.memory import MemoryResultCache
from drivenadapters.caches.redis import RedisResultCache, RedisSettings
from drivenadapters.contents.local import LocalContents
from drivenadapters.database.answers import SqlAnswerLedger
from drivenadapters.database.engine import Database, DatabaseSettings, make_engine
from drivenadapters.database.files import SqlFileRecords
from drivenadapters.database.tags import SqlTagRecords
from drivenadapters.patterns import Re2PatternFinder
from logics.answers import AnswerOnce
from logics.delete import DeleteFile
from logics.describe import DescribeFile
from logics.ports import ContentReader, Contents, DocumentInspector, ResultCache, TypeDetector
from logics.recurring import Recurring
from logics.storage import FileStorage
from logics.sweep import SweepContents
from logics.tag_rules import ExtractTags
from logics.tagging import Tagging
from logics.uploads import Upload

_MEBIBYTE = 1 << 20
_SWEEP_SECONDS = 600.0
_TIDY_AFTER_SECONDS = 3600.0


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
    largest_bytes: int

    @property
    def parts(self) -> tuple[Part, ...]:
        """What has to be closed."""
        return (self.database, self.contents, self.cache)


def make_storage(
    settings: Settings, detector: TypeDetector, *, contents: ContentStore | None = None, cache: Cache | None = None
) -> Storage:
    """Return the storage that the settings describe, not yet connected to anything."""
    database = Database(make_engine(database_settings(settings)), settings.db_connections)
    records = SqlFileRecords(database)
    contents = contents or make_contents(settings)
    largest = int(settings.max_file_mb * _MEBIBYTE)
    return Storage(
        database,
        records,
        contents,
        FileStorage(records, contents, detector, largest_bytes=largest),
        cache or make_cache(settings),
        SweepContents(records, contents),
        SqlAnswerLedger(database, keep_hours=settings.idempotency_hours),
        largest,
    )


def make_contents(settings: Settings) -> ContentStore:
    """Return the store of contents: a bucket, or a folder."""
    if not settings.s3_bucket:
        return LocalContents(settings.data_dir / "files")
    from drivenadapters.contents.s3 import BucketSettings, S3Contents  # its client takes long to import

    bucket = BucketSettings(
        bucket=settings.s3_bucket,
        endpoint_url=settings.s3_endpoint_url,
        region=settings.s3_region,
        prefix=settings.s3_prefix,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        path_style=settings.s3_path_style,
    )
    return S3Contents(bucket, settings.spool_dir or settings.data_dir / "spool")


def make_cache(settings: Settings) -> Cache:
    """Return the cache: Redis, or a share of this process's memory."""
    if settings.redis_host:
        return RedisResultCache(redis_settings(settings))
    return MemoryResultCache(settings.cache_mb * _MEBIBYTE)


def storage_dependencies(settings: Settings, storage: Storage, inspector: DocumentInspector | None) -> dict[str, Any]:
    """Return what the handlers of files and tags ask for, by name."""
    tag_records = SqlTagRecords(storage.database)

    def new_upload() -> Upload:
        return Upload(
            storage.files,
            storage.contents,
            largest_bytes=storage.largest_bytes,
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
        "extract_tags": ExtractTags(Re2PatternFinder(), tag_records),
        "max_tag_text_kb": settings.max_tag_text_kb,
    }


def storage_upkeep(storage: Storage) -> tuple[Recurring, ...]:
    """Return the work that keeps the storage tidy."""

    async def tidy() -> None:
        await storage.contents.tidy(_TIDY_AFTER_SECONDS)

    return (
        Recurring("sweep", storage.sweep, _SWEEP_SECONDS),
        Recurring("tidy", tidy, _SWEEP_SECONDS),
        Recurring("expire answers", storage.answers.expire, _SWEEP_SECONDS),
    )


def check_storage(health: HealthRegistry, storage: Storage) -> None:
    """Register the checks of the parts; without the cache the service is slower, not down."""
    health.add("database", storage.database.health)
    health.add("store", storage.contents.health)
    health.add("cache", storage.cache.health, critical=False)


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


def redis_settings(settings: Settings) -> RedisSettings:
    """Translate the settings to those of Redis."""
    return RedisSettings(
        host=settings.redis_host,
        port=settings.redis_port,
        database=settings.redis_db,
        user=settings.redis_user,
        password=settings.redis_password.get_secret_value(),
        tls=settings.redis_tls,
        keep_seconds=int(settings.cache_hours * 3600),
    )


def make_folder(folder: Path) -> None:
    """Make a folder that nobody but this service and its group reads."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)

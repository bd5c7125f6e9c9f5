"""The tables, as the queries see them; ``/migrations`` makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import mysql


class UtcTime(TypeDecorator[datetime]):
    """Moments to the microsecond; the database sees UTC without a zone."""

    impl = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Take the zone off."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, _: Dialect) -> datetime | None:
        """Put the zone on."""
        return None if value is None else value.replace(tzinfo=UTC)


LONG_TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("content_key", String(64), primary_key=True),
    Column("state", String(16), nullable=False),  # reserved, kept, doomed
    Column("changed_at", UtcTime, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("file_id", String(64), ForeignKey("contents.content_key"), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(1024), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(255), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("description", Text, nullable=False),
    Column("origin", String(120), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("tag_id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(512), nullable=False, unique=True),
    Column("color", String(16), nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

file_tags = Table(
    "file_tags",
    metadata,
    Column("file_id", String(64), ForeignKey("files.file_id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", String(64), ForeignKey("tags.tag_id", ondelete="CASCADE"), primary_key=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("operation", String(64), nullable=False),
    Column("options", LONG_TEXT, nullable=False),
    Column("state", String(16), nullable=False),  # queued, running, finished, cancelled
    Column("total", Integer, nullable=False),
    Column("cancel_asked", Boolean, nullable=False),
    Column("callback_url", String(2048), nullable=False),
    Column("callback_secret", String(64), nullable=False),
    Column("callback_state", String(16), nullable=False),  # none, waiting, due, delivered, failed
    Column("callback_attempts", Integer, nullable=False),
    Column("callback_at", UtcTime),
    Column("callback_error", String(500), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
)

job_items = Table(
    "job_items",
    metadata,
    Column("job_id", String(64), ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("file_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # waiting, running, done, failed, cancelled
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # deaths of workers, and passing errors
    Column("worker", String(64), nullable=False),
    Column("lease_until", UtcTime),
    Column("progress", LONG_TEXT, nullable=False),
    Column("outcome", LONG_TEXT, nullable=False),
    Column("finished_at", UtcTime),
)

requests = Table(
    "requests",
    metadata,
    Column("request_key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("status", Integer, nullable=False),  # 0 while it runs
    Column("headers", Text, nullable=False),
    Column("body", LONG_TEXT, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

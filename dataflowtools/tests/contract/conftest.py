"""Each port's adapters and its fake, one after the other, for every test of this folder."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivenadapters.database.answers import SqlAnswerLedger
from drivenadapters.database.engine import Database, DatabaseSettings
from drivenadapters.database.files import SqlFileRecords
from drivenadapters.database.jobs import SqlJobRecords
from drivenadapters.database.tags import SqlTagRecords
from drivenadapters.database.work import SqlJobWork
from fakes.answers import FakeAnswerLedger
from fakes.jobs import FakeJobs
from fakes.records import FakeRecords, FakeTagRecords
from harness.databases import emptied, mariadb_settings, migrated, sqlite_settings
from logics.ports import (
    AnswerLedger,
    ContentLedger,
    FileRecords,
    FileTags,
    JobCallbacks,
    JobRecords,
    JobWork,
    TagRecords,
)

LEASE_SECONDS = 30.0


@dataclass(frozen=True)
class Ports:
    """What is under test, over one and the same data."""

    files: FileRecords
    ledger: ContentLedger
    tags: TagRecords
    on_files: FileTags
    answers: AnswerLedger
    jobs: JobRecords
    work: JobWork
    callbacks: JobCallbacks
    hasty_work: JobWork
    hasty_answers: AnswerLedger


def ports_of(database: Database) -> Ports:
    """Return the adapters over a database."""
    files, tags, jobs = SqlFileRecords(database), SqlTagRecords(database), SqlJobRecords(database)
    return Ports(
        files,
        files,
        tags,
        tags,
        SqlAnswerLedger(database, keep_hours=1),
        jobs,
        SqlJobWork(database, lease_seconds=LEASE_SECONDS),
        jobs,
        SqlJobWork(database, lease_seconds=0),
        SqlAnswerLedger(database, keep_hours=1, lease_seconds=0),
    )


def fakes() -> Ports:
    """Return the fakes."""
    lease: list[FakeJobs] = []
    records = FakeRecords(lambda origin: lease[0].holds_lease(origin))
    jobs, hasty = FakeJobs(records, lease_seconds=LEASE_SECONDS), FakeJobs(records, lease_seconds=0)
    hasty._jobs = jobs._jobs
    lease.append(jobs)
    answers, hasty_answers = FakeAnswerLedger(keep_hours=1), FakeAnswerLedger(keep_hours=1, lease_seconds=0)
    hasty_answers._entries = answers._entries
    return Ports(records, records, FakeTagRecords(records), records, answers, jobs, jobs, jobs, hasty, hasty_answers)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database; migrating for each test would take most of the time."""
    folder = tmp_path_factory.mktemp("sqlite")
    migrated(sqlite_settings(folder)).engine.dispose()
    return folder


@pytest.fixture(scope="session")
def mariadb_template(mariadb_server: Any) -> DatabaseSettings:
    """Settings of a migrated database on a real server."""
    from harness.servers import new_database

    settings = mariadb_settings(mariadb_server.port, new_database(mariadb_server, "contract"))
    migrated(settings).engine.dispose()
    return settings


@pytest.fixture(params=["fake", "sqlite", "mariadb"])
async def ports(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ports]:
    """The ports under test, empty."""
    if request.param == "fake":
        yield fakes()
        return
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("sqlite_template"), tmp_path / "database")
        database = emptied(sqlite_settings(tmp_path / "database"))
    else:
        database = emptied(request.getfixturevalue("mariadb_template"))
    yield ports_of(database)
    await database.close()

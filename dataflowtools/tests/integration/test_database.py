"""Transactions: what passes is tried again once, what does not is unavailable, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from drivenadapters.database.engine import Database, DatabaseSettings, make_engine
from drivenadapters.database.files import SqlFileRecords
from errors import Unavailable
from harness.databases import mariadb_settings, migrated, sqlite_settings
from harness.samples import recorded
from harness.servers import Server, free_port, mariadb, new_database
from logics.files import FileQuery


@pytest.fixture(params=["sqlite", "mariadb"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database."""
    if request.param == "sqlite":
        database = migrated(sqlite_settings(tmp_path))
    else:
        server = request.getfixturevalue("mariadb_server")
        database = migrated(mariadb_settings(server.port, new_database(server, "transactions")))
    yield database
    await database.close()


def deadlock() -> OperationalError:
    """Return the error of a deadlock, as the driver raises it."""
    import pymysql

    return OperationalError("UPDATE", {}, pymysql.err.OperationalError(1213, "Deadlock found"))


async def test_a_deadlock_is_tried_again_once(database: Database) -> None:
    tries = []

    def work(connection: Connection) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise deadlock()
        return int(connection.execute(text("SELECT 7")).scalar_one())

    assert await database.write(work) == 7
    assert len(tries) == 2


async def test_two_deadlocks_are_unavailable(database: Database) -> None:
    tries = []

    def work(_: Connection) -> None:
        tries.append(1)
        raise deadlock()

    with pytest.raises(Unavailable):
        await database.write(work)
    assert len(tries) == 2


async def test_a_mistake_is_no_outage(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda _: 1 // 0)


async def test_what_fails_is_rolled_back(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO contents VALUES ('key', 'kept', '2026-01-01 00:00:00')"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(work)
    assert await database.read(lambda connection: connection.execute(text("SELECT * FROM contents")).all()) == []


async def test_many_writers_at_once_all_succeed(database: Database) -> None:
    records = SqlFileRecords(database)
    await asyncio.gather(*(recorded(records, tags=("shared",)) for _ in range(40)))
    assert (await records.page(FileQuery())).total == 40


async def test_giving_up_the_wait_does_not_stop_the_transaction(database: Database) -> None:
    records = SqlFileRecords(database)
    task = asyncio.create_task(recorded(records))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await recorded(records)
    assert (await records.page(FileQuery())).total == 1


async def test_sqlite_is_durable_and_keeps_foreign_keys(tmp_path: Path) -> None:
    database = migrated(sqlite_settings(tmp_path))

    def pragmas(connection: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await database.read(pragmas) == ["wal", 2, 1]
    await database.close()


async def test_a_lock_that_is_held_too_long_is_unavailable(tmp_path: Path) -> None:
    settings = DatabaseSettings(tmp_path / "test.db", answer_seconds=1)
    migrated(settings).engine.dispose()
    database = Database(make_engine(settings), 2)
    with sqlite3.connect(settings.file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await recorded(SqlFileRecords(database))
        other.execute("ROLLBACK")
    await recorded(SqlFileRecords(database))
    other.close()
    await database.close()


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(make_engine(mariadb_settings(free_port(), "nobodys")), 1)
    with pytest.raises(Unavailable):
        await database.health()
    await database.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A MariaDB that the test may kill."""
    with mariadb() as server:
        yield server


async def test_a_killed_server_is_an_outage_while_it_is_away_and_has_lost_nothing(own_server: Server) -> None:
    database = migrated(mariadb_settings(own_server.port, new_database(own_server, "killed")))
    records = SqlFileRecords(database)
    first = await recorded(records, tags=("kept",))
    own_server.kill()
    with pytest.raises(Unavailable):
        await recorded(records)
    with pytest.raises(Unavailable):
        await records.find(first.file_id)
    own_server.start()
    assert await records.find(first.file_id) == first
    await recorded(records)
    assert (await records.page(FileQuery())).total == 2
    await database.close()


async def test_connections_that_broke_while_idle_are_not_noticed(mariadb_server: Server) -> None:
    database = migrated(mariadb_settings(mariadb_server.port, new_database(mariadb_server, "broken")))
    records = SqlFileRecords(database)
    await recorded(records)

    def kill_others(connection: Connection) -> None:
        own = connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar()
        for row in connection.exec_driver_sql("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = 'broken'"):
            if own != row.ID:
                connection.exec_driver_sql(f"KILL {row.ID}")

    other = Database(make_engine(mariadb_settings(mariadb_server.port, "broken")), 1)
    await other.write(kill_others)
    await other.close()
    assert (await records.page(FileQuery())).total == 1
    await recorded(records)
    await database.close()

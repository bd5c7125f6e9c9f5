"""Databases with the present schema, empty for each test."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete

from drivenadapters.database import schema
from drivenadapters.database.engine import Database, DatabaseSettings, make_engine
from drivenadapters.database.tables import metadata

CONNECTIONS = 4


def sqlite_settings(folder: Path) -> DatabaseSettings:
    """Return settings of a database in a folder."""
    return DatabaseSettings(folder / "test.db", connections=CONNECTIONS, answer_seconds=10)


def mariadb_settings(port: int, name: str) -> DatabaseSettings:
    """Return settings of a database on the test's server."""
    return DatabaseSettings(
        Path("unused"),
        host="127.0.0.1",
        port=port,
        name=name,
        user="root",
        connections=CONNECTIONS,
        answer_seconds=10,
    )


def migrated(settings: DatabaseSettings) -> Database:
    """Return a database with the present schema."""
    database = Database(make_engine(settings), settings.connections)
    schema.migrate(database.engine)
    return database


def emptied(settings: DatabaseSettings) -> Database:
    """Return a database whose schema is present, without its rows."""
    database = Database(make_engine(settings), settings.connections)
    with database.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    return database

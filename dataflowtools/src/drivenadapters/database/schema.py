"""The schema's versions: brought up to date by one at a time, and compared with what this service needs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

SCRIPTS = Path(__file__).resolve().parents[4] / "migrations"
COMMAND = "python src/migrate.py upgrade"
_LOCK_SECONDS = 600
_LOCK_NAME = "CONCAT('dataflowtools-schema-', LEFT(SHA1(DATABASE()), 16))"


class SchemaError(Exception):
    """The schema is not the one this service needs; the message says what to do."""


def current(engine: Engine) -> str:
    """Return the schema's version; empty where there is none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def newest(scripts: Path = SCRIPTS) -> str:
    """Return the version that this service needs."""
    return ScriptDirectory(str(scripts)).get_current_head() or ""


def require_newest(engine: Engine, scripts: Path = SCRIPTS) -> None:
    """Compare the schema with what this service needs.

    Raises:
        SchemaError: it is another one.
    """
    present, needed = current(engine), newest(scripts)
    if present == needed:
        return
    if not _knows(scripts, present):
        raise SchemaError(f"the database has schema {present}, which is newer than this service's {needed}")
    raise SchemaError(
        f"the database has schema {present or 'none'}, this service needs {needed}: "
        f"run `{COMMAND}` in the folder dataflowtools, with the same settings"
    )


def migrate(
    engine: Engine,
    direction: Literal["upgrade", "downgrade"] = "upgrade",
    revision: str = "head",
    *,
    scripts: Path = SCRIPTS,
) -> None:
    """Bring the schema to a version; whoever comes second waits, and finds it done.

    Raises:
        SchemaError: the schema is newer than the scripts, there is no such version, or the wait was in vain.
    """
    with engine.connect() as connection, _alone(connection):
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        try:
            getattr(command, direction)(config, revision)
        except CommandError as reason:
            raise SchemaError(f"the schema cannot be brought to {revision}: {reason}") from reason


def _knows(scripts: Path, revision: str) -> bool:
    return not revision or revision in {script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()}


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "sqlite":
        lock = _file_lock(Path(str(connection.engine.url.database)))
    else:
        lock = _named_lock(connection)
    with lock:
        yield


@contextmanager
def _file_lock(database: Path) -> Iterator[None]:
    with database.with_name(f"{database.name}.schema-lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    # The lock belongs to the session, so a runner that dies gives it back; a DDL statement's commit does not.
    got = connection.execute(text(f"SELECT GET_LOCK({_LOCK_NAME}, {_LOCK_SECONDS})")).scalar()
    connection.commit()
    if got != 1:
        raise SchemaError(f"another one has been changing the schema for more than {_LOCK_SECONDS} seconds")
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text(f"SELECT RELEASE_LOCK({_LOCK_NAME})"))
        connection.commit()

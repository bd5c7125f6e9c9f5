"""The schema goes up and down on both databases, and one runner at a time changes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from drivenadapters.database import schema
from drivenadapters.database.engine import DatabaseSettings, make_engine
from drivenadapters.database.tables import metadata
from harness.databases import mariadb_settings, sqlite_settings
from harness.process import SOURCE, started


@pytest.fixture(params=["sqlite", "mariadb"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseSettings:
    """Settings of an empty database."""
    if request.param == "sqlite":
        return sqlite_settings(tmp_path)
    from harness.servers import new_database

    server = request.getfixturevalue("mariadb_server")
    return mariadb_settings(server.port, new_database(server, "migrated"))


@pytest.fixture
def engine(settings: DatabaseSettings) -> Iterator[Engine]:
    """An engine of the empty database."""
    engine = make_engine(settings)
    yield engine
    engine.dispose()


def revisions() -> list[str]:
    """Return all versions, the oldest first."""
    return [script.revision for script in ScriptDirectory(str(schema.SCRIPTS)).walk_revisions()][::-1]


def test_the_schema_goes_up_down_and_up_again_step_by_step(engine: Engine) -> None:
    for revision in revisions():
        schema.migrate(engine, "upgrade", revision)
        assert schema.current(engine) == revision
    for revision in revisions()[-2::-1]:
        schema.migrate(engine, "downgrade", "-1")
        assert schema.current(engine) == revision
    schema.migrate(engine, "downgrade", "base")
    assert [name for name in inspect(engine).get_table_names() if name != "alembic_version"] == []
    schema.migrate(engine)
    schema.require_newest(engine)


def test_each_revision_is_one_statement_and_in_one_line() -> None:
    """MySQL cannot take DDL back: after a failure between two, one could neither go on nor go back."""
    for file in (schema.SCRIPTS / "versions").glob("*.py"):
        assert file.read_text(encoding="utf-8").partition("def downgrade")[0].count("op.create_") == 1, file.name
    assert revisions() == sorted(revisions())


def test_the_queries_see_the_tables_that_the_migrations_make(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    unexpected = [item for item in differences if not _is_index(item)]
    assert unexpected == []


def _is_index(difference: Any) -> bool:
    return isinstance(difference, tuple) and difference[0] in ("remove_index", "add_index")


def test_every_column_of_text_compares_exactly(mariadb_server: Any) -> None:
    from harness.servers import new_database

    engine = make_engine(mariadb_settings(mariadb_server.port, new_database(mariadb_server, "collations")))
    schema.migrate(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT TABLE_NAME, COLUMN_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND COLLATION_NAME IS NOT NULL AND TABLE_NAME <> 'alembic_version'"
        ).all()
    engine.dispose()
    assert rows
    assert {row[2] for row in rows} == {"utf8mb4_bin"}


def test_of_several_runners_at_once_one_works_and_the_others_find_it_done(settings: DatabaseSettings) -> None:
    engines = [make_engine(settings) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(schema.migrate, engines))
    for engine in engines:
        schema.require_newest(engine)
        engine.dispose()


def test_an_old_schema_is_refused_with_the_command_that_mends_it(engine: Engine) -> None:
    schema.migrate(engine, "upgrade", "0003")
    with pytest.raises(schema.SchemaError, match=r"0003.*python src/migrate.py upgrade"):
        schema.require_newest(engine)


def test_a_newer_schema_is_left_alone(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(schema.SchemaError, match="newer"):
        schema.require_newest(engine)
    with pytest.raises(schema.SchemaError, match="9999"):
        schema.migrate(engine)


def environment_of(settings: DatabaseSettings, folder: Path) -> dict[str, str]:
    """Return the variables of a process that uses a database."""
    if not settings.host:
        return {"DATA_DIR": str(settings.file.parent)}
    return {
        "DATA_DIR": str(folder),
        "DB_HOST": settings.host,
        "DB_PORT": str(settings.port),
        "DB_NAME": settings.name,
        "DB_USER": settings.user,
    }


def test_the_command_brings_the_schema_up_and_down(mariadb_server: Any, tmp_path: Path) -> None:
    from harness.servers import new_database

    settings = mariadb_settings(mariadb_server.port, new_database(mariadb_server, "command"))

    def run(*arguments: str) -> int:
        command = [sys.executable, str(SOURCE / "migrate.py"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment_of(settings, tmp_path), capture_output=True, check=False
        ).returncode

    engine = make_engine(settings)
    assert run("upgrade") == 0
    schema.require_newest(engine)
    assert run("downgrade") == 0
    assert schema.current(engine) == revisions()[-2]
    assert run("upgrade", "nope") == 1
    engine.dispose()


def test_a_service_on_an_old_schema_does_not_start_and_says_why(mariadb_server: Any, tmp_path: Path) -> None:
    from harness.servers import new_database

    settings = mariadb_settings(mariadb_server.port, new_database(mariadb_server, "outdated"))
    with started(tmp_path, **environment_of(settings, tmp_path)) as process:
        assert process.wait() == 1
    assert "python src/migrate.py upgrade" in process.text()

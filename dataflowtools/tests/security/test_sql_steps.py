"""Attacks through sql steps: each layer alone, and what is only too much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from drivenadapters.tables.guest.engines.duck.connection import connect
from drivenadapters.tables.guest.engines.duck.queries import run_query, single_select
from drivenadapters.tables.guest.engines.frame import StepFault
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.workers.guest.failures import TaskFailed
from harness.tables import frame, run

TABLE = frame({"a": "integer"}, (1,), (2,))
REACHING = (
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "FROM sniff_csv('{file}')",
)
CHANGING = (
    "COPY input TO '{file}.out'",
    "COPY (SELECT 1) TO '{file}.out'",
    "ATTACH '{file}.db' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '100GB'",
    "RESET lock_configuration",
    "CREATE TABLE x AS SELECT 1",
    "DROP VIEW input",
    "DELETE FROM input",
    "EXPORT DATABASE '{file}.d'",
    "CALL pragma_version()",
    "EXPLAIN ANALYZE SELECT 1",
    "SELECT 1; SELECT 2",
    "",
    "nonsense",
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.csv"
    file.write_text("secret\n42\n")
    return file


@pytest.mark.parametrize("query", [*REACHING, *CHANGING])
@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_query_reaches_nothing_and_changes_nothing(engine: str, query: str, secret: Path) -> None:
    with pytest.raises(TaskFailed) as caught:
        run(engine, TABLE, {"op": "sql", "query": query.format(file=secret) or " "})
    assert "42" not in caught.value.message
    assert [path.name for path in secret.parent.iterdir()] == ["secret.csv"]


@pytest.mark.parametrize("query", REACHING)
def test_the_database_alone_reaches_no_file(query: str, secret: Path) -> None:
    connection = connect(Limits())
    with pytest.raises(duckdb.Error):
        connection.sql(query.format(file=secret)).fetchall()


@pytest.mark.parametrize(
    "query", ["COPY (SELECT 1) TO '{file}.out'", "ATTACH '{file}.db' AS o", "INSTALL httpfs", "SET threads = 1"]
)
def test_the_database_alone_changes_nothing_outside_itself(query: str, secret: Path) -> None:
    with pytest.raises(duckdb.Error):
        connect(Limits()).execute(query.format(file=secret))


@pytest.mark.parametrize("query", CHANGING)
def test_the_judge_of_statements_alone_lets_only_one_select_through(query: str, secret: Path) -> None:
    with duckdb.connect() as open_database, pytest.raises(StepFault):
        single_select(open_database, query.format(file=secret))


@pytest.mark.parametrize("query", REACHING[:3])
def test_without_the_layers_these_attacks_would_work(query: str, secret: Path) -> None:
    with duckdb.connect() as open_database:
        assert open_database.sql(query.format(file=secret)).fetchall()


def test_no_variable_of_python_is_a_table() -> None:
    treasure: Any = frame({"secret": "integer"}, (42,)).table
    with pytest.raises(StepFault, match="treasure does not exist"):
        run_query("SELECT * FROM treasure", {"input": TABLE}, Limits())
    assert treasure.num_rows == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM range(1000000000) a, range(1000000000) b ORDER BY 1",
        "SELECT list(range) FROM range(1000000000)",
        "WITH RECURSIVE r(s) AS (SELECT repeat('x', 1000) UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r",
    ],
)
def test_what_explodes_ends_at_the_limit_of_memory(query: str) -> None:
    with pytest.raises((MemoryError, StepFault)):
        run_query(query, {"input": TABLE}, Limits(memory_bytes=64 << 20))


def test_names_that_sql_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(TaskFailed, match="cannot tell 'a' from 'A'"):
        run("pandas", frame({"a": "integer", "A": "integer"}, (1, 2)), {"op": "sql", "query": "SELECT 1 FROM input"})

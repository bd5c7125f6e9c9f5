"""Tasks in real workers: files by descriptor, values by JSON, every way to fail an error with a reason."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sandboxkit.admission import Admission

from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import (
    FileDamaged,
    FileEncrypted,
    InvalidInput,
    OverBudget,
    ServiceError,
    TooLarge,
    Unprocessable,
    UnsupportedMedia,
)

MODULE = "harness.sample_tasks"
TESTS = str(Path(__file__).resolve().parents[1])


@pytest.fixture
async def workers() -> AsyncIterator[TaskWorkers]:
    """Workers with small budgets; the tasks of the tests are on their path like a package."""
    settings = WorkerSettings((*find_packages(None), TESTS), seconds=2, memory_bytes=64 << 20, file_bytes=1 << 20)
    workers = TaskWorkers((WorkerKind("sample", (MODULE,)),), settings, Admission(2, 8, 10))
    await workers.start()
    yield workers
    await workers.close()


@contextmanager
def file_with(content: bytes = b"") -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()


async def run(workers: TaskWorkers, function: str, **arguments: Any) -> Any:
    return await workers.run("sample", Task(f"{MODULE}:{function}", arguments))


async def test_a_task_reads_its_source_and_fills_its_sink(workers: TaskWorkers) -> None:
    heard = []
    with file_with(b"abc") as source, file_with() as sink:
        task = Task(
            f"{MODULE}:copy",
            {"shout": True},
            {"source": source},
            {"sink": sink},
            progress=lambda *what: heard.append(what),
        )

        assert await workers.run("sample", task) == {"bytes": 3}
        assert os.pread(sink, 10, 0) == b"ABC"
    assert heard == [(1.0, 1.0, "copied")]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("invalid", InvalidInput),
        ("damaged", FileDamaged),
        ("encrypted", FileEncrypted),
        ("unsupported", UnsupportedMedia),
        ("impossible", Unprocessable),
        ("too_large", TooLarge),
    ],
)
async def test_what_a_task_says_is_an_error_with_its_field(
    workers: TaskWorkers, kind: str, error: type[ServiceError]
) -> None:
    with pytest.raises(error, match="so it is") as caught:
        await run(workers, "fail", kind=kind)
    assert [problem.field for problem in caught.value.details] == ["options.pages"]


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("crash", FileDamaged, "broke on it"),
        ("exit", FileDamaged, "broke on it"),
        ("loop", OverBudget, "TASK_SECONDS"),
        ("memory", OverBudget, "TASK_MEMORY_MB"),
        ("raise", FileDamaged, "ZeroDivisionError"),
        ("read", FileDamaged, "PermissionError|FileNotFoundError"),
    ],
)
async def test_however_a_reader_breaks_there_is_an_error_that_says_why(
    workers: TaskWorkers, how: str, error: type[ServiceError], message: str
) -> None:
    with pytest.raises(error, match=message):
        await run(workers, "misbehave", how=how)


async def test_a_task_gets_no_file_but_its_own(workers: TaskWorkers) -> None:
    with pytest.raises(FileDamaged, match="LookupError"):
        await run(workers, "ask", name="somebody-elses")


async def test_a_file_that_was_lent_for_reading_cannot_be_written(workers: TaskWorkers, tmp_path: Path) -> None:
    file = tmp_path / "source"
    file.write_bytes(b"abc")
    with file.open("rb") as source:
        task = Task(f"{MODULE}:overwrite", {}, {"source": source.fileno()})
        with pytest.raises(FileDamaged, match="OSError"):
            await workers.run("sample", task)
    assert file.read_bytes() == b"abc"

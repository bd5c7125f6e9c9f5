"""The ports of the work on tables: the same demands on the real adapters and on the fakes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sandboxkit.admission import Admission

from drivenadapters.tables.custom_code import HttpCustomCode
from drivenadapters.tables.guest.columns_file import write_columns
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.reading.sources import read_table
from drivenadapters.tables.workers import TABLES, ConfinedTableWorkers
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from errors import CodeFailed, InvalidInput, Unprocessable
from fakes.custom_code import FakeCustomCode, play_coderunner
from fakes.table_workers import FakeTableWorkers
from logics.ports import CustomCode, TableWorkers
from logics.tables.limits import TableLimits
from logics.tables.sources import Source
from logics.tables.work import CustomProgram, TableTask


@pytest.fixture(params=["fake", "confined"])
async def workers(request: pytest.FixtureRequest) -> AsyncIterator[TableWorkers]:
    """Each implementation of ``TableWorkers``."""
    if request.param == "fake":
        yield FakeTableWorkers()
        return
    tasks = TaskWorkers((TABLES,), WorkerSettings(find_packages(None)), Admission(2, 8, 60))
    await tasks.start()
    yield ConfinedTableWorkers(tasks)
    await tasks.close()


@pytest.fixture(params=["fake", "http"])
async def custom(request: pytest.FixtureRequest) -> AsyncIterator[CustomCode]:
    """Each implementation of ``CustomCode``."""
    if request.param == "fake":
        yield FakeCustomCode()
        return
    real = HttpCustomCode("http://coderunner", transport=httpx.MockTransport(play_coderunner))
    yield real
    await real.close()


@contextmanager
def file_with(content: bytes = b"") -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()


def transform(*steps: dict[str, Any], format_name: str | None = None, **more: Any) -> TableTask:
    request = {
        "steps": list(steps), "first": 0, "count": len(steps), "sources": {"source": {"file_id": "f"}},
        "kinds": {"source": "csv"}, "sizes": {"source": 1}, "engine": "auto", "limits": TableLimits().for_workers(),
        "output": {"format": format_name, "preview": 5, "neutralise_formulas": False},
    }  # fmt: skip
    return TableTask("transform", request, **more)


async def test_work_reads_its_source_fills_its_sink_and_tells_how_far_it_is(workers: TableWorkers) -> None:
    heard: list[tuple[float, float, str]] = []
    with file_with(b"a,b\n1,x\n2,y\n") as source, file_with() as sink:
        task = transform(
            {"op": "filter", "where": "a > 1"},
            format_name="csv",
            sources={"source": source},
            sinks={"sink": sink},
            progress=lambda *what: heard.append(what),
        )
        found = await workers.run(task)
        assert os.pread(sink, 100, 0) == b'a,b\n2,"y"\n'
    assert found["preview"] == [{"a": 2, "b": "y"}]
    assert heard[0] == (0.0, 1.0, "filter")


async def test_what_is_wrong_is_an_error_with_its_field(workers: TableWorkers) -> None:
    with file_with(b"a\nx\n") as source:
        with pytest.raises(InvalidInput) as caught:
            await workers.run(transform({"op": "sort", "by": ["b"]}, sources={"source": source}))
        assert caught.value.details[0].field == "steps.0.by.0"
        with pytest.raises(Unprocessable, match="row 1"):
            await workers.run(transform({"op": "cast", "columns": {"a": "date"}}, sources={"source": source}))


@contextmanager
def table() -> Iterator[int]:
    source = Source.model_validate({"data": [{"a": 1, "b": "x"}, {"a": None, "b": "北京"}]})
    with tempfile.TemporaryFile() as file:
        write_columns(read_table(None, "", source, Limits()).frame, file)
        file.flush()
        yield file.fileno()


async def test_code_gets_the_table_as_df_and_leaves_another(custom: CustomCode) -> None:
    with table() as given, file_with() as left, file_with() as again:
        outcome = await custom.run(CustomProgram("print(len(df), word)", {"word": "hello"}), given, left)
        assert outcome.stdout == "2 hello\n"
        await custom.run(CustomProgram("assert df['b'][1] == '北京'\ndf = df.head(1)"), left, again)
        assert os.fstat(again).st_size > 0


async def test_code_that_fails_is_an_error_that_names_its_line(custom: CustomCode) -> None:
    with table() as given, file_with() as left, pytest.raises(CodeFailed, match=r"line 2: .*division"):
        await custom.run(CustomProgram("x = 1\nx / 0"), given, left)

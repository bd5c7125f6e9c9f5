"""What every converter, template engine and mover of content does, real or not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from sandboxkit.admission import Admission

from drivenadapters.conversion import pandoc
from drivenadapters.conversion.converter import FileDescriptors, WorkerConverter
from drivenadapters.workers.tasks import TaskWorkers
from errors import NotImplementedHere, Unprocessable
from fakes.conversion import FakeConverter, FakeDescriptors, FakeTemplates
from harness.conversions import Making, making
from harness.documents import file_with
from logics.conversions import ConversionOptions, Engine, Step
from logics.ports import Converter, Descriptors, TemplateEngine
from logics.templates import Filling

pytestmark = pytest.mark.asyncio(loop_scope="module")
STEP = Step("csv", "json", "tables")
both = pytest.mark.parametrize("real", [True, False], ids=["workers", "fake"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder)) as running:
            yield running


def converter(made: Making, real: bool) -> Converter:
    return made.converter if real else FakeConverter()


def templates(made: Making, real: bool) -> TemplateEngine:
    return made.templates if real else FakeTemplates()


@both
async def test_engines_are_named_once_with_a_version_or_what_is_missing(made: Making, real: bool) -> None:
    engines = await converter(made, real).engines()
    assert len({engine.name for engine in engines}) == len(engines)
    assert {"libreoffice", "pandoc", "weasyprint", "tables", "found_tables", "extract", "plain", "rows"} <= {
        engine.name for engine in engines
    }
    assert all(engine.missing or engine.version for engine in engines)


@both
async def test_a_step_fills_the_sink_and_leaves_the_source(made: Making, real: bool) -> None:
    with file_with(b"a,b\n1,2\n") as source, file_with() as sink:
        result = await converter(made, real).convert(STEP, source, sink, ConversionOptions())
        assert os.fstat(sink).st_size > 0
        assert os.pread(source, 100, 0) == b"a,b\n1,2\n"
    assert result.kind == ""


@both
async def test_a_step_by_something_that_is_missing_says_what(made: Making, real: bool) -> None:
    lacking: Converter = FakeConverter({"tables": "tables are missing"})
    if real:
        engines = tuple(Engine(engine.name, "", f"{engine.name} are missing") for engine in made.installed.engines)
        lacking = WorkerConverter(made.workers, made.installed.replaced(engines), made.limits, 1 << 30)
    with file_with(b"a\n") as source, file_with() as sink:
        with pytest.raises(NotImplementedHere, match="tables are missing"):
            await lacking.convert(STEP, source, sink, ConversionOptions())
        assert os.fstat(sink).st_size == 0


@both
async def test_a_template_is_filled_and_inspected(made: Making, real: bool) -> None:
    engine = templates(made, real)
    with file_with(b"{{ a.b }}") as source, file_with() as sink:
        await engine.generate(source, sink, Filling("txt", {"a": {"b": 1}}))
        assert b"1" in os.pread(sink, 100, 0)
        facts = await engine.inspect(source, "txt", "")
    assert {"path": "a.b", "kind": "value"} in [dict(item) for item in facts.variables]
    assert facts.mistakes == ()


@both
async def test_a_broken_template_is_an_error_or_a_mistake(made: Making, real: bool) -> None:
    engine = templates(made, real)
    with file_with(b"{{") as source, file_with() as sink:
        with pytest.raises(Unprocessable, match="template"):
            await engine.generate(source, sink, Filling("txt", {}))
        facts = await engine.inspect(source, "txt", "")
    assert [mistake["kind"] for mistake in facts.mistakes] == ["syntax"]
    assert set(facts.mistakes[0]) == {"kind", "message", "place", "line", "text"}


@pytest.mark.parametrize("make", [lambda: FileDescriptors(asyncio.to_thread), FakeDescriptors], ids=["real", "fake"])
async def test_content_is_moved_whole(make: Callable[[], Descriptors]) -> None:
    content = bytes(range(256)) * 5000
    with file_with() as first, file_with() as second:
        await make().fill(first, content)
        await make().copy(first, second)
        assert os.pread(second, len(content) + 1, 0) == content


async def test_a_program_that_does_not_work_is_as_good_as_missing_and_says_why(made: Making) -> None:
    limits, installed = made.limits, made.installed
    good = WorkerConverter(made.workers, installed, limits, 1 << 30)
    await good.try_programs()
    assert await good.engines() == installed.engines


async def test_a_program_that_cannot_be_started_is_found_out(made: Making) -> None:
    kinds = [replace(kind, environment={"PANDOC_PROGRAM": "/usr/bin/false"}) for kind in made.installed.kinds()]
    workers = TaskWorkers(
        tuple(kind for kind in kinds if kind.name == pandoc.KIND), made.worker_settings, Admission(1, 8, 20)
    )
    await workers.start()
    only = tuple(engine for engine in made.installed.engines if engine.name == "pandoc")
    broken = WorkerConverter(workers, made.installed.replaced(only), made.limits, 1 << 30)
    await broken.try_programs()
    await workers.close()
    assert "is installed and does not work here" in (await broken.engines())[0].missing

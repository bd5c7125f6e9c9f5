"""Many conversions at once, programs that die, time and room that run out."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from sandboxkit.admission import Admission

from common.settings import Settings
from drivenadapters.conversion import office
from drivenadapters.conversion.engines import find_engines
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings
from errors import Busy, FileDamaged, OverBudget, ServiceError
from harness.conversions import Making, making
from harness.making_samples import MARKDOWN

pytestmark = pytest.mark.asyncio(loop_scope="module")
PACKAGES = find_packages(Settings(_env_file=None).site_packages_dir)
OFFICE = find_engines(PACKAGES).office
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


def corpus_file(name: str) -> bytes:
    path = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "documents" / "doc" / name
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    return path.read_bytes()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder), admission=Admission(2, 100, 120)) as running:
            yield running


@needs_office
async def test_fifty_conversions_at_once_are_done_two_at_a_time(made: Making) -> None:
    most = 0

    async def one(number: int) -> str:
        nonlocal most
        content = f"{MARKDOWN}\n\nNumber {number}\n".encode()
        converted = await made.convert(f"{number}.md", content, "doc" if number % 5 == 0 else "docx")
        most = max(most, (await made.workers.health())["running"])
        return converted.file.name

    names = await asyncio.gather(*(one(number) for number in range(50)))
    assert len(set(names)) == 50
    assert most <= 2


async def test_beyond_the_queue_there_is_a_clear_refusal(tmp_path: Path) -> None:
    async with making(tmp_path, admission=Admission(1, 2, 60)) as made:
        await made.reader.formats()
        asked = [made.convert(f"{number}.md", f"# {number}".encode(), "docx") for number in range(12)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Busy)]
    assert refused
    assert all(isinstance(answer, Busy) or not isinstance(answer, BaseException) for answer in answers)


@needs_office
async def test_libreoffice_that_is_killed_fails_one_file_and_no_other(made: Making) -> None:
    docx = await made.converted("a.md", MARKDOWN.encode(), "docx")
    running = asyncio.create_task(made.convert("a.docx", docx, "pdf"))
    victim = await _busy_worker(made)
    os.kill(victim, signal.SIGKILL)
    with pytest.raises((FileDamaged, OverBudget)):
        await running
    assert (await made.convert("b.docx", docx, "pdf")).file.size > 1000


@needs_office
async def test_a_file_that_breaks_libreoffice_leaves_it_whole_for_the_next(made: Making) -> None:
    fuzzed, good = corpus_file("corrupt/Fuzzed.doc"), corpus_file("SampleDoc.doc")
    for _ in range(2):
        with pytest.raises(FileDamaged, match=r"broke on it|cannot read"):
            await made.convert("a.doc", fuzzed, "docx")
        assert (await made.convert("b.doc", good, "docx")).file.size > 1000


@needs_office
@pytest.mark.parametrize("seconds", [0.001])
async def test_a_conversion_that_takes_too_long_is_ended(tmp_path: Path, seconds: float) -> None:
    async with making(tmp_path, settings=WorkerSettings(PACKAGES, seconds=seconds)) as made:
        made.workers._settings = replace(made.workers._settings, seconds=60)
        docx = await made.converted("a.md", MARKDOWN.encode(), "docx")
        made.workers._settings = replace(made.workers._settings, seconds=seconds)
        with pytest.raises(OverBudget, match="TASK_SECONDS"):
            await made.convert("a.docx", docx, "pdf")


async def test_pandoc_is_bounded_in_memory(tmp_path: Path) -> None:
    settings = WorkerSettings(PACKAGES, seconds=60, memory_bytes=96 << 20)
    deep = (
        b"> " * 3000 + b"x\n\n" + b"* " * 3000 + b"[" * 50_000 + b"\n| a | b |\n|---|---|\n" + b"| 1 | 2 |\n" * 100_000
    )
    async with making(tmp_path, settings=settings) as made:
        with pytest.raises(OverBudget, match="TASK_MEMORY_MB"):
            await made.convert("a.md", deep, "docx")


async def test_a_workbook_larger_than_a_task_may_write_is_an_error(tmp_path: Path) -> None:
    settings = WorkerSettings(PACKAGES, seconds=60, file_bytes=64 << 10, workdir_bytes=64 << 10)
    rows = "\n".join(f"{number},{os.urandom(20).hex()}" for number in range(20_000)).encode()
    async with making(tmp_path, settings=settings) as made:
        with pytest.raises(ServiceError) as caught:
            await made.convert("a.csv", rows, "xlsx")
    assert isinstance(caught.value, OverBudget | FileDamaged)


async def _busy_worker(made: Making) -> int:
    """Return the process of the worker that converts now: one that was ready and is no more."""
    pool = made.workers._pools[office.KIND]
    ready = {worker.pid for worker in pool._ready}
    for _ in range(2000):
        await asyncio.sleep(0.005)
        now = {worker.pid for worker in pool._ready}
        if gone := ready - now:
            return gone.pop()
        ready = now
    raise AssertionError("no worker was taken")

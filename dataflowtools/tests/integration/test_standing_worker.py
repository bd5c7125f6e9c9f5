"""A worker that serves many jobs: in order, replaced when it grows, ages, breaks or takes too long."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings, specify_standing
from drivenadapters.workers.standing import StandingJob, StandingLimits, StandingWorker
from errors import FileDamaged, OverBudget, ServiceError, TooLarge, Unavailable

TESTS = str(Path(__file__).resolve().parents[1])
LIMITS = StandingLimits(
    seconds=20,
    memory_bytes=512 << 20,
    resident_bytes=400 << 20,
    jobs=100,
    seconds_setting="JOB_SECONDS",
    memory_setting="JOB_MEMORY_MB",
)


@asynccontextmanager
async def standing(**limits: Any) -> AsyncIterator[StandingWorker]:
    settings = WorkerSettings((*find_packages(None), TESTS))
    spec = specify_standing(WorkerKind("standing", ()), settings, "harness.standing_jobs:make", {"greeting": "hello"})
    worker = StandingWorker(spec, StandingLimits(**{**vars(LIMITS), **limits}))
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


async def ask(worker: StandingWorker, do: str = "answer", text: str = "") -> tuple[str, int, int]:
    """Have a job done; returns what it said, how many its worker had served, and the worker's pid."""
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(text.encode())
        question.seek(0)
        await worker.run(StandingJob({"do": do}, {"question": question.fileno()}, {"answer": answer.fileno()}))
        greeting, said, served, pid = os.pread(answer.fileno(), 1000, 0).decode().split(" ")
        assert greeting == "hello"
        return said, int(served), int(pid)


async def test_one_worker_serves_job_after_job_in_the_order_they_come() -> None:
    async with standing() as worker:
        answers = await asyncio.gather(*(ask(worker, text=str(number)) for number in range(5)))
    assert [said for said, _, _ in answers] == [str(number) for number in range(5)]
    assert [served for _, served, _ in answers] == [1, 2, 3, 4, 5]
    assert len({pid for _, _, pid in answers}) == 1


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        ("fail", TooLarge, "so it is"),
        ("break", FileDamaged, "ZeroDivisionError"),
        ("exhaust", OverBudget, "JOB_MEMORY_MB"),
        ("read", FileDamaged, "PermissionError|FileNotFoundError"),
        ("connect", FileDamaged, "PermissionError"),
    ],
)
async def test_a_job_that_fails_is_told_and_the_worker_goes_on(
    do: str, error: type[ServiceError], message: str
) -> None:
    async with standing() as worker:
        _, _, before = await ask(worker)
        with pytest.raises(error, match=message):
            await ask(worker, do)
        assert (await ask(worker))[1:] == (3, before)


@pytest.mark.parametrize(("do", "error"), [("crash", FileDamaged), ("loop", OverBudget)])
async def test_a_worker_that_dies_or_hangs_is_replaced_and_those_who_wait_are_served(
    do: str, error: type[ServiceError]
) -> None:
    async with standing(seconds=1) as worker:
        _, _, before = await ask(worker)
        bad = asyncio.create_task(ask(worker, do))
        waiting = asyncio.create_task(ask(worker))
        with pytest.raises(error):
            await bad
        _, served, pid = await waiting
        assert served == 1
        assert pid != before


async def test_a_job_for_a_worker_that_died_while_it_waited_goes_to_the_next() -> None:
    async with standing() as worker:
        _, _, before = await ask(worker)
        await ask(worker)  # the answer to a job comes with the question for the next: the worker waits now
        os.kill(before, signal.SIGKILL)
        _, served, pid = await ask(worker)
        assert (served, pid != before) == (1, True)


async def test_a_worker_is_replaced_after_so_many_jobs() -> None:
    async with standing(jobs=2) as worker:
        assert [(await ask(worker))[1] for _ in range(5)] == [1, 2, 1, 2, 1]


async def test_a_worker_that_has_grown_is_replaced() -> None:
    async with standing(resident_bytes=64 << 20) as worker:
        _, _, before = await ask(worker)
        assert (await ask(worker, "grow"))[2] == before
        assert (await ask(worker))[1:] != (3, before)


async def test_a_job_that_nobody_waits_for_any_more_is_left_out() -> None:
    async with standing() as worker:
        first = asyncio.create_task(ask(worker))
        given_up = asyncio.create_task(ask(worker))
        last = asyncio.create_task(ask(worker))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        assert (await first)[1] == 1
        assert (await last)[1] == 2


async def test_progress_is_heard() -> None:
    heard: list[tuple[float, float, str]] = []
    async with standing() as worker:
        with tempfile.TemporaryFile() as answer:
            job = StandingJob({"do": "answer"}, {}, {"answer": answer.fileno()}, lambda *what: heard.append(what))
            await worker.run(job)
    assert heard == [(1.0, 2.0, "half")]


async def test_jobs_that_wait_when_the_service_closes_are_told() -> None:
    async with standing() as worker:
        waiting = [asyncio.create_task(ask(worker, "loop")), asyncio.create_task(ask(worker))]
        await asyncio.sleep(0)
        await worker.close()
        for task in waiting:
            with pytest.raises(Unavailable):
                await task
    with pytest.raises(Unavailable):
        await ask(worker)


async def test_health_tells_of_the_worker() -> None:
    async with standing() as worker:
        await ask(worker)
        await ask(worker)
        assert worker.health()["busy"] is False
        assert worker.health()["resident_mb"] > 0
    with pytest.raises(Unavailable):
        worker.health()

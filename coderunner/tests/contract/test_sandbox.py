"""What every sandbox does, the fake one and the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from container import StartedSandbox
from errors import Busy, Unavailable
from fakes.sandbox import FakeSandbox, finished
from harness.service import settings_for, worker_sandbox
from logics.domain import Program, RunReport, RunStatus

pytestmark = pytest.mark.asyncio(loop_scope="module")


def make(kind: str, **values: Any) -> StartedSandbox:
    settings = settings_for(max_concurrent_runs=2, ready_workers=1, queue_limit=0, **values)
    return FakeSandbox(capacity=2) if kind == "fake" else worker_sandbox(settings)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["fake", "workers"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[StartedSandbox]:
    sandbox = make(request.param)
    await sandbox.start()
    yield sandbox
    await sandbox.close()


def program(code: str, **values: Any) -> Program:
    return Program(code=code, **{"timeout_s": 10.0, "memory_mb": 64, **values})


async def run(sandbox: StartedSandbox, code: str, **values: Any) -> RunReport:
    return await sandbox.run(program(code, **values))


async def test_what_a_program_prints_is_in_its_report(sandbox: StartedSandbox) -> None:
    report = await run(sandbox, "print('héllo', 1)\nprint()")
    assert (report.status, report.stdout, report.error) == (RunStatus.SUCCESS, "héllo 1\n\n", None)


async def test_inputs_are_variables_and_arguments_of_main(sandbox: StartedSandbox) -> None:
    report = await run(sandbox, "print(a)\ndef main(a, b):\n    return a + b", inputs={"a": 1, "b": 2})
    assert (report.stdout, report.return_value) == ("1\n", 3)


async def test_an_error_has_type_message_and_line_and_keeps_the_output(sandbox: StartedSandbox) -> None:
    report = await run(sandbox, "print('before')\n\n1 / 0\n")
    assert (report.status, report.stdout) == (RunStatus.ERROR, "before\n")
    assert report.error is not None
    assert (report.error.type, report.error.line) == ("ZeroDivisionError", 3)
    assert "division" in report.error.message


async def test_an_error_inside_a_function_is_told_at_the_innermost_line(sandbox: StartedSandbox) -> None:
    report = await run(sandbox, "def f():\n    raise KeyError('x')\n\nf()")
    assert report.error is not None
    assert (report.error.type, report.error.line) == ("KeyError", 2)


async def test_a_syntax_error_is_a_result_with_its_line(sandbox: StartedSandbox) -> None:
    report = await run(sandbox, "x = 1\ny = = 2")
    assert report.status is RunStatus.ERROR
    assert report.error is not None
    assert (report.error.type, report.error.line) == ("SyntaxError", 2)


async def test_leaving_with_code_zero_is_a_success_and_with_another_an_error(sandbox: StartedSandbox) -> None:
    assert (await run(sandbox, "print(1)\nraise SystemExit(0)")).status is RunStatus.SUCCESS
    report = await run(sandbox, "print(1)\nraise SystemExit(3)")
    assert (report.status, report.stdout) == (RunStatus.ERROR, "1\n")


async def test_runs_know_nothing_of_each_other(sandbox: StartedSandbox) -> None:
    await run(sandbox, "kept = 1")
    report = await run(sandbox, "print('kept' in globals())")
    assert report.stdout == "False\n"


async def test_runs_at_the_same_time_do_not_mix(sandbox: StartedSandbox) -> None:
    reports = await asyncio.gather(*(run(sandbox, "print(n)", inputs={"n": n}) for n in range(2)))
    assert [report.stdout for report in reports] == ["0\n", "1\n"]


@pytest.mark.parametrize("kind", ["fake", "workers"])
async def test_before_the_start_and_after_the_end_it_is_unavailable(kind: str) -> None:
    sandbox = make(kind)
    with pytest.raises(Unavailable):
        await run(sandbox, "print(1)")
    await sandbox.start()
    await run(sandbox, "print(1)")
    await sandbox.close()
    with pytest.raises(Unavailable):
        await run(sandbox, "print(1)")


async def test_health_tells_runs_and_capacity(sandbox: StartedSandbox) -> None:
    health = await sandbox.health()
    assert (health["running"], health["waiting"], health["capacity"]) == (0, 0, 2)
    assert {"layers", "workers"} <= set(health)


async def test_more_runs_than_it_takes_are_busy_with_a_time_to_retry(sandbox: StartedSandbox) -> None:
    slow = "import time\ntime.sleep(2)"
    if isinstance(sandbox, FakeSandbox):
        sandbox.scripted[slow] = finished()
        sandbox.hold()
    held = [asyncio.ensure_future(run(sandbox, slow)) for _ in range(2)]
    async with asyncio.timeout(30):
        while (await sandbox.health())["running"] < 2:  # noqa: ASYNC110 - the port has no such event
            await asyncio.sleep(0)
    with pytest.raises(Busy) as refusal:
        await run(sandbox, "print(1)")
    assert (refusal.value.retry_after or 0) > 0
    if isinstance(sandbox, FakeSandbox):
        sandbox.let_go()
    assert {report.status for report in await asyncio.gather(*held)} == {RunStatus.SUCCESS}

"""Workers that may start programs: whatever they start ends with them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hostile import leaks, specs
from sandboxkit.layers import KERNEL_LAYERS, Layer
from sandboxkit.outcome import Outcome, Verdict
from sandboxkit.pool import Pool

_PROGRAMS = ("/bin", "/usr/bin", "/lib", "/lib64", "/usr/lib")
# Sleeps in the ways in which a process outlives its parent, then says which one it was.
_START = """
import os, subprocess, time
def shell(script):
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True)
def leave(script):
    pid = int(shell(script).stdout)
    os.kill(pid, 0)
    print(pid, flush=True)
"""
_QUIET = "sleep 1000 > /dev/null 2>&1"
_LEFT_BEHIND = {
    "in the background": f"{_QUIET} & echo $!",
    "by nohup": f"nohup {_QUIET} & echo $!",
    "by a child that is gone": f"({_QUIET} & echo $!)",
    "by a grandchild that is gone": f"(({_QUIET} & echo $!) &)",
    "deaf to signals": "(trap '' TERM HUP INT; while :; do sleep 100; done) > /dev/null 2>&1 & echo $!",
}
_ENDINGS = {
    "completes": ("", Verdict.COMPLETED),
    "is killed": ("time.sleep(1000)", Verdict.WALL_TIME_EXCEEDED),
    "exits": ("os._exit(1)", Verdict.EXITED),
    "crashes": ("os.abort()", Verdict.CRASHED),
}


@pytest_asyncio.fixture(scope="module", params=["full", "container"])
async def starting(request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    enabled = frozenset(Layer) if request.param == "full" else specs.IN_CONTAINERS
    pool = Pool(specs.spec("starting", processes=True, executable=_PROGRAMS, enabled=enabled), ready=1)
    await pool.start()
    yield pool
    await pool.close()


async def _run(pool: Pool, code: str, wall: float = 10.0) -> Outcome:
    return await pool.run(specs.errand(_START + code, wall=wall))


async def test_a_program_runs_and_its_output_is_seen(starting: Pool) -> None:
    outcome = await _run(starting, "print(shell('echo from the shell'))")
    assert b"from the shell\\n" in outcome.stdout


@pytest.mark.parametrize("script", _LEFT_BEHIND.values(), ids=_LEFT_BEHIND.keys())
@pytest.mark.parametrize(("ending", "verdict"), _ENDINGS.values(), ids=_ENDINGS.keys())
async def test_what_a_worker_left_running_ends_with_it(
    starting: Pool, script: str, ending: str, verdict: Verdict
) -> None:
    outcome = await _run(starting, f"leave({script!r})\n{ending}", wall=0.3 if "sleep" in ending else 10)
    assert outcome.verdict is verdict, outcome
    await leaks.gone(int(outcome.stdout))


@pytest.mark.parametrize("program", ["setsid", "setpgid"])
async def test_a_program_cannot_leave_the_group_that_is_killed(starting: Pool, program: str) -> None:
    code = """
pid = os.fork()
if pid == 0:
    try: leaving()
    except PermissionError: os._exit(1)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    leaving = {"setsid": "os.setsid()", "setpgid": "os.setpgid(0, 0)"}[program]
    outcome = await _run(starting, code.replace("leaving()", leaving))
    assert outcome.stdout == b"1\n"


async def test_no_dead_process_waits_to_be_reaped(starting: Pool) -> None:
    for _ in range(5):
        await _run(starting, f"print(shell('for n in 1 2 3 4 5; do ({_QUIET} &) ; done'))")
    await leaks.settled(starting, ready=1)


async def test_programs_are_confined_as_the_worker_is(starting: Pool) -> None:
    script = "cat /etc/shadow; echo x > /tmp/sandbox-test; ls /root; cat /proc/1/environ; echo done"
    outcome = await _run(starting, f"print(shell({script!r}).stdout.split())")
    assert outcome.stdout.strip().endswith(b"'done']")
    assert b"root" not in outcome.stdout
    assert not os.path.exists("/tmp/sandbox-test")  # noqa: ASYNC240


async def test_only_listed_programs_can_be_started() -> None:
    pool = Pool(specs.spec(processes=True, executable=(), required=KERNEL_LAYERS), ready=1)
    await pool.start()
    try:
        outcome = await _run(pool, "shell('echo never')")
    finally:
        await pool.close()
    assert (outcome.result or b"").startswith((b'"PermissionError', b'"FileNotFoundError'))


async def test_what_workers_started_ends_when_the_fork_server_dies() -> None:
    pool = Pool(specs.spec("starting", processes=True, executable=_PROGRAMS), ready=1)
    await pool.start()
    try:
        code = f"leave({_QUIET + ' & echo $!'!r}); channel.note(b'left'); time.sleep(1000)"
        outcome = await pool.run(specs.errand(_START + code, note=lambda _: pool.supervisor.kill()))
        assert outcome.verdict is Verdict.LOST
        await leaks.gone(int(outcome.stdout))
    finally:
        await pool.close()

"""Programs that take too much: each ends in time, with the verdict that names the limit."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from conftest import Sandbox
from hostile import specs
from hostile.specs import MEGABYTE
from sandboxkit.outcome import Verdict
from sandboxkit.pool import Pool

_FOREVER = "while True: pass"
_EXHAUSTING_CPU = {
    "a loop": _FOREVER,
    "a loop that ignores the signal": f"import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n{_FOREVER}",
    "a loop that blocks every signal": (
        f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n{_FOREVER}"
    ),
    "a loop that catches everything": "while True:\n try:\n  while True: pass\n except BaseException: pass",
    "a pattern": "import re; re.match(r'(a|aa)+$', 'a' * 60 + 'b')",
    "a number": "9 ** 9 ** 9",
    "a sort in C": "while True: sorted(range(10 ** 6), reverse=True)",
    "many threads": f"""
import threading
for _ in range(4): threading.Thread(target=exec, args=("{_FOREVER}",)).start()
{_FOREVER}
""",
}
_EXHAUSTING_TIME = {
    "sleep": "import time; time.sleep(1000)",
    "a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a pipe that nobody writes": "import os; os.read(os.pipe()[0], 1)",
    "a child that reads its own connection": "import os\nwhile True: os.read(3, 1)",
    "sleep with every signal blocked": (
        "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); time.sleep(1000)"
    ),
    "an exit that never comes": "import atexit, time; atexit.register(time.sleep, 1000); time.sleep(1000)",
}
_ENDING_ITSELF = {
    "os._exit": ("import os; os._exit(3)", Verdict.EXITED, "exit code 3"),
    "a null pointer": ("import ctypes; ctypes.string_at(0)", Verdict.CRASHED, "SIGSEGV"),
    "abort": ("import os; os.abort()", Verdict.CRASHED, "SIGABRT"),
    "its own kill": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", Verdict.EXITED, "SIGTERM"),
    "its own kill by a nameless signal": ("import os; os.kill(os.getpid(), 40)", Verdict.EXITED, "signal 40"),
    "a closed connection": ("import os; os.close(3); os._exit(0)", Verdict.EXITED, "exit code 0"),
    "closed descriptors": ("import os; os.closerange(0, 100); os._exit(0)", Verdict.EXITED, "exit code 0"),
}


@pytest.mark.parametrize("code", _EXHAUSTING_CPU.values(), ids=_EXHAUSTING_CPU.keys())
async def test_processor_time_runs_out(full: Pool, code: str) -> None:
    outcome = await full.run(specs.errand(code, cpu=1, wall=20))
    assert outcome.verdict is Verdict.CPU_TIME_EXCEEDED
    assert outcome.detail in ("SIGXCPU", "SIGKILL")


@pytest.mark.parametrize("code", _EXHAUSTING_TIME.values(), ids=_EXHAUSTING_TIME.keys())
async def test_time_runs_out(full: Pool, code: str) -> None:
    outcome = await full.run(specs.errand(code, wall=0.2))
    assert outcome.verdict is Verdict.WALL_TIME_EXCEEDED
    assert outcome.usage.wall_seconds >= 0.2


@pytest.mark.parametrize(("code", "verdict", "detail"), _ENDING_ITSELF.values(), ids=_ENDING_ITSELF.keys())
async def test_a_worker_that_ends_itself_is_told_apart(
    sandbox: Sandbox, code: str, verdict: Verdict, detail: str
) -> None:
    outcome = await sandbox.run(specs.errand(code))
    assert (outcome.verdict, outcome.detail) == (verdict, detail)


async def test_a_worker_that_hides_from_its_supervisor_is_ended(sandbox: Sandbox) -> None:
    outcome = await sandbox.run(specs.errand("import os, time; os.close(3); time.sleep(1000)"))
    assert outcome.verdict is Verdict.PROTOCOL_VIOLATED


async def test_memory_ends_in_an_error_that_the_program_can_handle(sandbox: Sandbox) -> None:
    code = """
held = []
try:
    while True: held.append(bytearray(8 << 20))
except MemoryError:
    taken = len(held) * 8
    held.clear()
    print(taken)
"""
    outcome = await sandbox.run(specs.errand(code, memory=128 * MEGABYTE))
    assert outcome.verdict is Verdict.COMPLETED
    assert 64 <= int(outcome.stdout) <= 144


async def test_memory_taken_by_threads_stacks_and_pipes_is_bounded_too(sandbox: Sandbox) -> None:
    code = """
import os, threading
gate = threading.Event()
started = 0
try:
    while True:
        threading.Thread(target=gate.wait, daemon=True).start()
        started += 1
except (RuntimeError, MemoryError):
    os.write(1, str(started).encode())
"""
    outcome = await sandbox.run(specs.errand(code, memory=128 * MEGABYTE))
    assert outcome.verdict is Verdict.COMPLETED
    assert 0 < int(outcome.stdout) < 64


@pytest.mark.parametrize(("descriptor", "name"), [(1, "stdout"), (2, "stderr")])
async def test_output_ends_at_its_cap(sandbox: Sandbox, descriptor: int, name: str) -> None:
    outcome = await sandbox.run(
        specs.errand(f"import os\nwhile True:\n if os.write({descriptor}, b'x' * 65536) < 1: break")
    )
    assert outcome.verdict is Verdict.COMPLETED
    assert json.loads(outcome.result or b"").startswith("PermissionError")
    assert outcome.output_full
    assert getattr(outcome, name) == b"x" * MEGABYTE


async def test_output_cannot_be_enlarged_past_its_cap(sandbox: Sandbox) -> None:
    code = """
import os
for attempt in (lambda: os.ftruncate(1, 2 << 20), lambda: os.pwrite(1, b"x", 1 << 20), lambda: os.ftruncate(1, 0)):
    try: attempt()
    except PermissionError: os.write(2, b"refused ")
os.lseek(1, 1 << 40, os.SEEK_SET)
"""
    outcome = await sandbox.run(specs.errand(code))
    assert outcome.stderr == b"refused refused refused "
    assert len(outcome.stdout) == MEGABYTE


async def test_what_was_printed_before_a_violent_end_is_kept(sandbox: Sandbox) -> None:
    outcome = await sandbox.run(specs.errand("print('last words', flush=True); import ctypes; ctypes.string_at(0)"))
    assert outcome.stdout == b"last words\n"


_FILLING_FOLDERS = {
    "small files": "for n in range(100000): open(str(n), 'wb').write(b'x' * 65536)",
    "empty files": "for n in range(100000): open(str(n), 'wb').close()",
    "folders": "import os\nfor n in range(100000): os.mkdir(str(n))",
    "nested folders": "import os\nfor n in range(100000): os.mkdir('d'); os.chdir('d')",
    "files in a deep folder": """
import os
for n in range(100): os.mkdir("d"); os.chdir("d")
for n in range(10000): open(str(n), "wb").write(b"x" * 65536)
""",
    "files that are removed and still open": """
import os
held = []
for n in range(100):
    held.append(open(str(n), "wb"))
    os.unlink(str(n))
    held[-1].write(b"x" * (4 << 20))
""",
    "files in a folder that cannot be listed": """
import os
os.mkdir("d", 0o300)
os.chdir("d")
for n in range(10000): open(str(n), "wb").write(b"x" * 65536)
""",
}


@pytest.mark.parametrize("code", _FILLING_FOLDERS.values(), ids=_FILLING_FOLDERS.keys())
async def test_a_full_work_folder_stops_its_program(sandbox: Sandbox, code: str) -> None:
    code = f"{code}\nprint('all of it')\nimport time; time.sleep(1)"
    outcome = await sandbox.run(specs.errand(code, wall=8, cpu=4))
    assert b"all of it" not in outcome.stdout or outcome.verdict is Verdict.FILES_EXCEEDED
    assert outcome.verdict is Verdict.FILES_EXCEEDED or b"No space left" in (outcome.result or b"")


async def test_a_deep_or_locked_folder_harms_nobody_else(sandbox: Sandbox) -> None:
    code = """
import os
os.mkdir("locked", 0o000)
os.mkdir("unlisted", 0o300)
open("unlisted/file", "w").write("x")
os.close(os.open("unreadable", os.O_CREAT | os.O_WRONLY, 0o000))
for n in range(400): os.mkdir("d"); os.chdir("d")
"""
    for _ in range(3):
        outcome = await sandbox.run(specs.errand(code))
        assert outcome.verdict in (Verdict.COMPLETED, Verdict.FILES_EXCEEDED)
        assert (await sandbox.run(specs.errand("print(__import__('os').listdir('.'))"))).stdout == b"[]\n"


async def test_a_program_cannot_see_what_an_earlier_one_left(sandbox: Sandbox) -> None:
    await sandbox.run(specs.errand("open('left', 'w').write('x'); import os; os.environ['LEFT'] = 'x'"))
    seen = "import os; print(os.listdir('.'), os.environ.get('LEFT'), os.path.exists('left'))"
    outcomes = [await sandbox.run(specs.errand(seen)) for _ in range(4)]
    assert {outcome.stdout for outcome in outcomes} == {b"[] None False\n"}


async def test_programs_at_the_same_time_do_not_see_each_other(full: Pool) -> None:
    code = "import os, time; open('mine', 'w').close(); time.sleep(0.2); print(os.listdir('.'), os.getcwd())"
    outcomes = await asyncio.gather(*(full.run(specs.errand(code)) for _ in range(4)))
    folders = {outcome.stdout.split()[1] for outcome in outcomes}
    assert all(outcome.stdout.startswith(b"['mine']") for outcome in outcomes)
    assert len(folders) == 4


async def test_usage_is_measured_by_the_kernel(full: Pool) -> None:
    busy = "n = 0\nwhile n < 3_000_000: n += 1\nheld = bytearray(b'x') * (64 << 20)"
    outcome = await full.run(specs.errand(busy))
    assert 0.01 < outcome.usage.cpu_seconds <= outcome.usage.wall_seconds + 0.1
    assert 60 * MEGABYTE <= outcome.usage.peak_bytes <= 128 * MEGABYTE


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to lower what only root could raise")
async def test_workers_hold_only_their_own_descriptors(sandbox: Sandbox) -> None:
    code = """
import os
held = []
for fd in range(256):
    try: os.fstat(fd)
    except OSError: continue
    held.append(fd)
print(held)
"""
    assert (await sandbox.run(specs.errand(code))).stdout == b"[0, 1, 2, 3]\n"


async def test_the_environment_holds_nothing_of_the_server(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SECRET", "do not tell")
    outcome = await sandbox.run(specs.errand("import os; print(sorted(os.environ))"))
    assert b"SECRET" not in outcome.stdout
    assert b"PYTHONPATH" not in outcome.stdout
    assert b"'PATH'" in outcome.stdout

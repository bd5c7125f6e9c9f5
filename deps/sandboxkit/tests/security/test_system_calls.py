"""The filter as the kernel applies it: every call of the table, and calls by other doors."""

from __future__ import annotations

import errno
import json
import os
import platform

import pytest

from conftest import Sandbox
from hostile import specs
from sandboxkit.outcome import Verdict
from sandboxkit.pool import Pool
from sandboxkit.seccomp import ALLOWED, IGNORED, UNSUPPORTED, SyscallPolicy
from sandboxkit.syscalls import machine

# Each call once, without arguments that mean anything.
_SWEEP = """
import ctypes, json
libc = ctypes.CDLL(None, use_errno=True)
errors = {}
for number in header["numbers"]:
    answer = libc.syscall(*(ctypes.c_long(part) for part in (number, 0, 0, 0, 0, 0, 0)))
    errors[number] = ctypes.get_errno() if answer < 0 else 0
print(json.dumps(errors))
"""
_MACHINE_CODE = """
import ctypes, mmap
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(bytes.fromhex("{code}"))
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
print("before", flush=True)
print("after", function())
"""
_GETPID_BY_INTERRUPT = "b814000000cd80c3"  # mov eax, 20; int 0x80; ret
_GETPID_BY_X32 = "b8270000400f05c3"  # mov eax, 0x40000027; syscall; ret
_GETPID = "b8270000000f05c3"  # mov eax, 39; syscall; ret

on_x86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="the other doors are those of x86_64")


def _refused_calls() -> dict[int, str]:
    here = machine(platform.machine())
    answered = ALLOWED | IGNORED | UNSUPPORTED | SyscallPolicy().conditions().keys() | {"clone3"}
    return {number: name for name, number in here.numbers.items() if name not in answered}


async def test_every_call_that_is_not_listed_is_refused(full: Pool, container: Pool) -> None:
    refused = _refused_calls()
    assert len(refused) > 150
    for pool in (full, container):
        outcome = await pool.run(specs.errand(_SWEEP, header={"numbers": sorted(refused)}))
        errors = {int(number): error for number, error in json.loads(outcome.stdout).items()}
        assert {refused[number] for number, error in errors.items() if error != errno.EPERM} == set()
        assert errors.keys() == refused.keys()


async def test_numbers_beyond_the_table_are_refused(full: Pool) -> None:
    # 335 and 336 serve the kernel's own probes and pass no filter: they end whoever else calls them.
    outcome = await full.run(specs.errand(_SWEEP, header={"numbers": [337, 400, 451, 470, 500, 1000, 0x3FFFFFFF]}))
    assert set(json.loads(outcome.stdout).values()) == {errno.EPERM}


async def test_clone3_is_answered_as_if_the_kernel_lacked_it(full: Pool) -> None:
    outcome = await full.run(specs.errand(_SWEEP, header={"numbers": [435]}))
    assert json.loads(outcome.stdout) == {"435": errno.ENOSYS}


async def test_changing_modes_and_times_says_done_and_does_nothing(sandbox: Sandbox) -> None:
    code = """
import os
open("file", "w").close()
before = os.stat("file")
os.chmod("file", 0o777)
os.utime("file", (1, 1))
after = os.stat("file")
print((before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns))
"""
    assert (await sandbox.run(specs.errand(code))).stdout == b"True\n"


@on_x86_64
@pytest.mark.parametrize("code", [_GETPID_BY_INTERRUPT, _GETPID_BY_X32], ids=["32-bit", "x32"])
async def test_calls_by_another_door_end_the_worker(sandbox: Sandbox, code: str) -> None:
    outcome = await sandbox.run(specs.errand(_MACHINE_CODE.replace("{code}", code)))
    assert outcome.stdout == b"before\n"
    assert (outcome.verdict, outcome.detail) == (Verdict.POLICY_KILLED, "SIGSYS")


@on_x86_64
async def test_machine_code_by_itself_is_no_escape(sandbox: Sandbox) -> None:
    outcome = await sandbox.run(specs.errand(_MACHINE_CODE.replace("{code}", _GETPID)))
    assert outcome.verdict is Verdict.COMPLETED
    assert outcome.stdout.startswith(b"before\nafter ")


async def test_the_kernel_says_that_the_worker_is_confined(sandbox: Sandbox) -> None:
    code = "print(''.join(line for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNew', 'Seccomp'))))"
    lines = dict(
        line.split(":\t") for line in (await sandbox.run(specs.errand(code))).stdout.decode().split("\n") if line
    )
    assert lines["NoNewPrivs"] == "1"
    assert lines["Seccomp"] == "2"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(lines[kind], 16) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have capabilities to bound")
async def test_no_program_could_gain_a_capability(full: Pool) -> None:
    outcome = await full.run(specs.errand("print([line for line in open('/proc/self/status') if 'CapBnd' in line])"))
    assert b"0000000000000000" in outcome.stdout

"""The corpus of hostile and legitimate programs, wherever the sandbox must hold."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from conftest import Sandbox
from hostile import specs
from hostile.victims import Victims
from sandboxkit.layers import Layer
from sandboxkit.outcome import Outcome, Verdict

_IDENTIFIERS = """hello pandas_groupby numpy_blas threads_ok asyncio_ok lazy_import multiprocessing_cpu read_passwd
listdir_root read_root_home parent_environ own_environ parent_mem process_vm_readv ptrace_parent other_job_files
write_tmp chmod_escape tcp_listen udp unix_abstract unix_path netlink_raw os_system memfd_exec fork fork_bomb
kill_parent unshare_user mount bpf io_uring keyctl perf_event userfaultfd raise_rlimit mem_bomb mem_bomb_caught
mem_bomb_numpy mem_bomb_mmap memfd_bomb shm_bomb pipe_mem recursion deep_recursion_c segv sum_range big_pow
re_backtrack ignore_sigxcpu swallow_exc sleep_forever cpu_hog_threads thread_flood output_flood stderr_flood
stdin_read disk_fill disk_fill_many inode_fill fd_flood forge_result sys_exit dlopen_write_exec hostname_leak""".split()

# Programs that work as documented by raising, and what they raise.
_ENDINGS = {"recursion": "RecursionError", "stdin_read": "EOFError"}
_CPU = frozenset({Verdict.CPU_TIME_EXCEEDED})
_VERDICTS = {
    "segv": frozenset({Verdict.CRASHED}),
    "sum_range": _CPU,
    "big_pow": _CPU,
    "re_backtrack": _CPU,
    "ignore_sigxcpu": _CPU,
    "swallow_exc": _CPU,
    "cpu_hog_threads": _CPU,
    "sleep_forever": frozenset({Verdict.WALL_TIME_EXCEEDED}),
    "deep_recursion_c": frozenset({Verdict.CRASHED, Verdict.COMPLETED, *_CPU}),
    "forge_result": frozenset({Verdict.PROTOCOL_VIOLATED}),
    # Either its own error, or the supervisor's count where no kernel limit holds the folder.
    "disk_fill_many": frozenset({Verdict.COMPLETED, Verdict.FILES_EXCEEDED}),
    "inode_fill": frozenset({Verdict.COMPLETED, Verdict.FILES_EXCEEDED}),
}
# What a program prints only if it got what it wanted.
_SUCCESS = {
    "tcp_listen": "listening",
    "udp": "sent",
    "unix_abstract": "connected",
    "unix_path": "connected",
    "netlink_raw": "ok",
    "fork": "forked",
    "fork_bomb": "forked",
    "kill_parent": "can signal",
    "raise_rlimit": "raised",
    "mem_bomb_mmap": "mapped",
    "memfd_bomb": "memfd MB",
    "shm_bomb": "60",
    "pipe_mem": "2000",
    "fd_flood": "10000",
    "thread_flood": "no limit",
    "disk_fill": "wrote",
    "disk_fill_many": "wrote",
    "inode_fill": "20000",
}


def _entries(folder: Path) -> dict[str, dict[str, str]]:
    with open(folder / "escapes" / "kernel_attacks.jsonl") as lines:
        return {entry["id"]: entry for entry in map(json.loads, lines)}


def test_every_program_of_the_corpus_is_run(corpus: Path) -> None:
    assert sorted(_entries(corpus)) == sorted(_IDENTIFIERS)


@pytest.mark.parametrize("identifier", _IDENTIFIERS)
async def test_a_program_of_the_corpus_ends_as_expected(
    sandbox: Sandbox, identifier: str, corpus: Path, victims: Victims
) -> None:
    entry = _entries(corpus)[identifier]
    if identifier == "hostname_leak" and not sandbox.report[Layer.NAMESPACES].active:
        pytest.skip("the name of the host shows without namespaces")

    for package in ("numpy", "pandas"):
        if f"import {package}" in entry["code"] and not find_spec(package):
            pytest.skip(f"{package} is not installed")
    wall = 1.0 if identifier == "sleep_forever" else 30.0
    cpu = 1 if Verdict.CPU_TIME_EXCEEDED in _VERDICTS.get(identifier, ()) else 20
    outcome = await sandbox.run(specs.errand(victims.fill_in(entry["code"]), wall=wall, cpu=cpu, memory=512 << 20))

    assert victims.traces() == victims.untouched
    if entry["expect"] == "works":
        _assert_it_worked(outcome, _ENDINGS.get(identifier, "ok"))
    else:
        _assert_contained(outcome, identifier, victims)


def _assert_it_worked(outcome: Outcome, ending: str) -> None:
    assert outcome.verdict is Verdict.COMPLETED, outcome
    assert json.loads(outcome.result or b"null").startswith(ending), outcome.result


def _assert_contained(outcome: Outcome, identifier: str, victims: Victims) -> None:
    assert outcome.verdict in _VERDICTS.get(identifier, {Verdict.COMPLETED}), outcome
    text = outcome.stdout.decode("utf-8", "replace")
    assert victims.secret.decode() not in text
    assert _SUCCESS.get(identifier, "\0") not in text
    if identifier == "hostname_leak":
        assert text == "sandbox\n"

"""Attacks on the kernel's side of the sandbox, by plain Python under the kernel layer alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from servicekit.testing.corpus import corpus

from harness.attacks import Surroundings, everything
from harness.service import RunningService

# The name that the machine has inside is one of the sandbox's own; "forged" frames are noise.
_SERVED = {"success", "error", "timeout", "memory_exceeded", "output_exceeded", "crashed", "rejected"}
_REACHED = {
    "listdir_root": ("'root'", "'home'", "'boot'"),
    "tcp_listen": ("listening",),
    "udp": ("sent",),
    "unix_abstract": ("connected",),
    "unix_path": ("connected",),
    "netlink_raw": ("ok",),
    "fork": ("forked",),
    "fork_bomb": ("forked",),
    "kill_parent": ("can signal parent",),
    "raise_rlimit": ("raised",),
    "mem_bomb_mmap": ("mapped 10G",),
    "memfd_bomb": ("memfd MB",),
    "disk_fill": ("wrote 4G",),
    "disk_fill_many": ("wrote 3G",),
    "inode_fill": ("20000 inodes",),
    "fd_flood": ("10000",),
    "thread_flood": ("no limit",),
}


def attack(
    service: RunningService, surroundings: Surroundings, rows: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    def execute(row: dict[str, Any]) -> dict[str, Any]:
        return service.client.run(surroundings.arm(row), timeout=3, memory_mb=256, stdin="line\n")

    with ThreadPoolExecutor(3) as pool:
        return {row["id"]: answer for row, answer in zip(rows, pool.map(execute, rows), strict=True)}


def test_every_attack_is_contained_and_ordinary_programs_work(
    unguarded: RunningService, surroundings: Surroundings
) -> None:
    rows = corpus("escapes", "kernel_attacks.jsonl")
    answers = attack(unguarded, surroundings, rows)
    assert surroundings.marks() == []
    assert surroundings.reached == []
    assert {answer["status"] for answer in answers.values()} <= _SERVED
    told = {
        identifier: answer["result"][:100]
        for identifier, answer in answers.items()
        if any(word in answer["result"] for word in _REACHED.get(identifier, ("OTHER-JOBS-SECRET", "root:x:0")))
    }
    assert told == {}
    assert [identifier for identifier, answer in answers.items() if "OTHER-JOBS-SECRET" in everything(answer)] == []
    works = {row["id"] for row in rows if row["expect"] == "works"} - {
        "recursion",
        "stdin_read",
    }  # these raise in the end
    assert {name: answers[name]["error"] for name in works if answers[name]["status"] != "success"} == {}
    assert unguarded.client.run("print(1)")["result"] == "1\n"

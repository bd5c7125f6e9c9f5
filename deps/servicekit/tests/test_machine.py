"""What the machine, or its control group, gives; control groups are folders of the test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servicekit.machine import memory_is_short, usable_cores, usable_memory_bytes

CORES = len(os.sched_getaffinity(0))
MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def group(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_without_a_control_group_everything_is_usable(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == CORES
    assert usable_memory_bytes(tmp_path) == MEMORY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000\n", CORES),
        ("100000 100000\n", 1),
        ("150000 100000\n", 1),
        ("50000 100000\n", 1),
        ("100000000 100000\n", CORES),
        ("", CORES),
        ("nonsense\n", CORES),
    ],
)
def test_the_quota_of_version_2_bounds_the_cores(tmp_path: Path, text: str, expected: int) -> None:
    assert usable_cores(group(tmp_path, cpu_DOT_max=text)) == expected


@pytest.mark.parametrize(("quota", "expected"), [("100000\n", 1), ("-1\n", CORES), ("10\n", 1)])
def test_the_quota_of_version_1_bounds_the_cores(tmp_path: Path, quota: str, expected: int) -> None:
    folder = group(tmp_path, cpu__cpu_DOT_cfs_quota_us=quota, cpu__cpu_DOT_cfs_period_us="100000\n")
    assert usable_cores(folder) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max\n", MEMORY), ("67108864\n", 64 << 20), (f"{MEMORY * 4}\n", MEMORY), ("0\n", MEMORY), ("", MEMORY)],
)
def test_the_limit_of_version_2_bounds_the_memory(tmp_path: Path, text: str, expected: int) -> None:
    assert usable_memory_bytes(group(tmp_path, memory_DOT_max=text)) == expected


@pytest.mark.parametrize(("text", "expected"), [("67108864\n", 64 << 20), ("9223372036854771712\n", MEMORY)])
def test_the_limit_of_version_1_bounds_the_memory(tmp_path: Path, text: str, expected: int) -> None:
    assert usable_memory_bytes(group(tmp_path, memory__memory_DOT_limit_in_bytes=text)) == expected


@pytest.mark.parametrize(
    ("current", "reclaimable", "short"), [("950", "0", True), ("850", "0", False), ("950", "100", False)]
)
def test_memory_of_the_control_group_is_short_when_a_tenth_is_left(
    tmp_path: Path, current: str, reclaimable: str, short: bool
) -> None:
    files = {"memory_DOT_max": "1000\n", "memory_DOT_current": f"{current}\n"}
    cgroup = group(tmp_path, **files, memory_DOT_stat=f"anon 5\ninactive_file {reclaimable}\n")
    assert memory_is_short(cgroup, tmp_path / "none") is short


@pytest.mark.parametrize(("available", "short"), [("50", True), ("500", False)])
def test_memory_of_the_machine_is_short_when_a_tenth_is_left(tmp_path: Path, available: str, short: bool) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:   {available} kB\n")
    assert memory_is_short(tmp_path, meminfo) is short
    assert not memory_is_short(tmp_path, tmp_path / "absent")

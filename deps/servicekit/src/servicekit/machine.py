"""What this machine, or the container around the process, has to give."""

from __future__ import annotations

import os
import resource
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60
_SHORT_SHARE = 0.1


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """Number of processors this process may use, at least 1.

    Takes the affinity mask and the CPU quota of the control group (versions 2 and 1).
    """
    cores = len(os.sched_getaffinity(0))
    quota = _cpu_quota(cgroup)
    return max(1, min(cores, int(quota)) if quota else cores)


def usable_memory_bytes(cgroup: Path = _CGROUP) -> int:
    """Memory that this process may use: the control group's limit, or the machine's memory."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = (_number(cgroup / name) for name in ("memory.max", "memory/memory.limit_in_bytes"))
    return min([physical, *(limit for limit in limits if 0 < limit < _NO_LIMIT)])


def memory_is_short(cgroup: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")) -> bool:
    """Whether less than a tenth of the memory that this process may use is left."""
    limit, used = _number(cgroup / "memory.max"), _number(cgroup / "memory.current")
    if 0 < limit < _NO_LIMIT and used > limit * (1 - _SHORT_SHARE) + _number_of(
        cgroup / "memory.stat", "inactive_file"
    ):
        return True
    total, available = _number_of(meminfo, "MemTotal:"), _number_of(meminfo, "MemAvailable:")
    return 0 < available < total * _SHORT_SHARE


def raise_descriptor_limit() -> None:
    """Let this process open as many files as it may: each run and each connection holds some."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _cpu_quota(cgroup: Path) -> float:
    text = _text(cgroup / "cpu.max").split()
    if len(text) == 2 and text[0].isdigit():
        return int(text[0]) / int(text[1])
    quota, period = _number(cgroup / "cpu/cpu.cfs_quota_us"), _number(cgroup / "cpu/cpu.cfs_period_us")
    return quota / period if quota > 0 and period > 0 else 0.0


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.lstrip("-").isdigit() else 0


def _number_of(path: Path, name: str) -> int:
    """Return the number behind a name in a table of the kernel's, 0 if it is not there."""
    for line in _text(path).splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name and words[1].isdigit():
            return int(words[1])
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""

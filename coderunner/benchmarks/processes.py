"""What the kernel counts about processes: CPU time, memory, children (proc(5))."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_BUSY_FIELDS = (0, 1, 2, 5, 6, 7)  # user nice system irq softirq steal; idle and iowait are not work
_HEAVY_LIBRARIES = (("full", b"/matplotlib/"), ("data", b"/pandas/"))


@dataclass(frozen=True)
class CpuTimes:
    """Seconds of processor time, user and system together.

    Attributes:
        service: the process that speaks HTTP.
        fork_servers: its children.
        workers: their children, as far as they are dead and counted.
        machine: everything on this machine.
    """

    service: float
    fork_servers: float
    workers: float
    machine: float

    def __sub__(self, earlier: CpuTimes) -> CpuTimes:
        return CpuTimes(
            self.service - earlier.service,
            self.fork_servers - earlier.fork_servers,
            self.workers - earlier.workers,
            self.machine - earlier.machine,
        )


@dataclass(frozen=True)
class Memory:
    """Memory of a process in KiB.

    Attributes:
        private: pages that nobody shares: what its end would give back.
        proportional: its share of all its pages, shared ones divided by their users.
        page_tables: the kernel's tables of its pages.
    """

    private: int
    proportional: int
    page_tables: int


def children(pid: int) -> list[int]:
    """Return the processes that a process's main thread started and that have not been reaped."""
    threads = Path(f"/proc/{pid}/task")
    return [
        int(child)
        for thread in threads.iterdir()
        for child in (thread / "children").read_text(encoding="ascii").split()
    ]


def cpu_times(service: int) -> CpuTimes:
    """Return the CPU times of a service and of everything that it started."""
    servers = [_cpu_seconds(pid) for pid in children(service)]
    return CpuTimes(
        service=_cpu_seconds(service)[0],
        fork_servers=sum(own for own, _ in servers),
        workers=sum(reaped for _, reaped in servers),
        machine=_machine_seconds(),
    )


def memory(pid: int) -> Memory | None:
    """Return the memory of a process; None where it is gone."""
    with suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
        private = _kib(rollup, "Private_Clean") + _kib(rollup, "Private_Dirty")
        return Memory(private, _kib(rollup, "Pss"), _kib(status, "VmPTE"))
    return None


def kind(pid: int) -> str:
    """Return the kind of a fork server or worker by the libraries that it has loaded."""
    maps = Path(f"/proc/{pid}/maps").read_bytes()
    return next((name for name, library in _HEAVY_LIBRARIES if library in maps), "light")


def _cpu_seconds(pid: int) -> tuple[float, float]:
    """Return a process's own CPU time and that of its reaped children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    own, reaped = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return own * _TICK, reaped * _TICK


def _machine_seconds() -> float:
    ticks = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:]
    return sum(int(ticks[field]) for field in _BUSY_FIELDS) * _TICK


def _kib(text: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0

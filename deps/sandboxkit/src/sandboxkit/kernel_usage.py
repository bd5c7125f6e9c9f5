"""What the kernel counts about a living child, read from outside it."""

from __future__ import annotations

import os
import resource
import time
from contextlib import suppress

_RESIDENT_FIELD = 1
_FLAGS_FIELD = 6  # of stat, counted from the state
_PF_EXITING = 0x4


def cpu_seconds(pid: int) -> float:
    """CPU time of a process; 0.0 when it is gone.

    The clock id of another process is ``~pid << 3 | 2`` (clock_getcpuclockid(3)).
    """
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0


def resident_bytes(pid: int) -> int:
    """Resident set of a process now; 0 when it is gone."""
    with suppress(OSError), open(f"/proc/{pid}/statm", "rb", buffering=0) as statm:
        return int(statm.read(128).split()[_RESIDENT_FIELD]) * resource.getpagesize()
    return 0


def peak_bytes(pid: int) -> int:
    """Largest resident set of a process so far; 0 when it is gone."""
    with suppress(OSError), open(f"/proc/{pid}/status", "rb", buffering=0) as status:
        text = status.read(4096)
        start = text.find(b"VmHWM:")
        if start >= 0:
            return int(text[start + 6 : text.index(b"\n", start)].split()[0]) << 10
    return 0


def is_exiting(pid: int) -> bool:
    """Whether every thread of a process is on its way out, or gone: it will run no more code of its own.

    Freeing much memory takes seconds where memory is short. A process whose first thread alone has ended lives on.
    """
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return True
    return all(_thread_is_exiting(pid, thread) for thread in threads)


def _thread_is_exiting(pid: int, thread: str) -> bool:
    try:
        with open(f"/proc/{pid}/task/{thread}/stat", "rb", buffering=0) as file:
            fields = file.read(1024).rpartition(b")")[2].split()
    except OSError:
        return True
    return bool(int(fields[_FLAGS_FIELD]) & _PF_EXITING)

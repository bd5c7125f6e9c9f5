"""Where a child's standard output and error go: sealed memory files.

The file has its full, capped size from the start and is sealed against growing, so
the kernel refuses what would exceed the cap, whoever writes it. What was written
survives the child's death in any way, costs no wake-up of the supervisor while it
runs, and its length is the file offset, which both ends share.
"""

from __future__ import annotations

import fcntl
import os

_ADD_SEALS = 1033
_SEAL_SEAL = 1
_SEAL_SHRINK = 2
_SEAL_GROW = 4
_MFD_NOEXEC_SEAL = 8


def create(capacity: int) -> int:
    """Return the descriptor of a new output of at most ``capacity`` bytes."""
    fd = _memory_file()
    os.ftruncate(fd, capacity)
    fcntl.fcntl(fd, _ADD_SEALS, _SEAL_SEAL | _SEAL_SHRINK | _SEAL_GROW)
    return fd


def _memory_file() -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create("output", flags | _MFD_NOEXEC_SEAL)
    except OSError:  # before Linux 6.3
        return os.memfd_create("output", flags)


def read(fd: int, capacity: int) -> bytes:
    """Return what was written so far."""
    written = min(os.lseek(fd, 0, os.SEEK_CUR), capacity)
    return os.pread(fd, written, 0) if written else b""


def is_full(fd: int, capacity: int) -> bool:
    """Whether the cap was reached."""
    return os.lseek(fd, 0, os.SEEK_CUR) >= capacity

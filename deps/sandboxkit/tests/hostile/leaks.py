"""What a sandbox could leave behind: processes, descriptors, folders and mounts."""

from __future__ import annotations

import asyncio
import os
import select
import tempfile
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandboxkit.pool import Pool

_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.005
_STILL_POLLS = 10


@dataclass(frozen=True)
class Holdings:
    """What this process and its descendants hold."""

    processes: tuple[str, ...]
    descriptors: tuple[str, ...]
    mounts: tuple[str, ...]
    folders: tuple[str, ...]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail when it does not come true."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - other processes set no event of this loop
            await asyncio.sleep(_POLL_SECONDS)


async def settled(pool: Pool, ready: int = 2) -> Holdings:
    """Wait until nothing but ready workers is left, and return what is held then."""
    await until(lambda: pool.ready == ready and len(_children(pool.supervisor.pid)) == ready)
    recent: deque[Holdings] = deque(maxlen=_STILL_POLLS)  # other pools of the session may be settling too

    def still() -> bool:
        recent.append(holdings(pool.supervisor.pid))
        return recent.count(recent[0]) == _STILL_POLLS

    await until(still)
    return recent[0]


def holdings(zygote: int | None = None) -> Holdings:
    """Return what is held now, processes by what they run and descriptors by what they are.

    Mounts are those that the fork server sees, where one is named.
    """
    return Holdings(
        tuple(sorted(_state(pid) for pid in _descendants(os.getpid()))),
        tuple(sorted(_descriptors())),
        tuple(sorted(_mounts(zygote or os.getpid()))),
        tuple(sorted(os.listdir(tempfile.gettempdir()))),
    )


async def gone(pid: int) -> None:
    """Wait for the end of a process that need not be a child of this one."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        ended = await asyncio.get_running_loop().run_in_executor(None, poll.poll, _PATIENCE_SECONDS * 1000)
        assert ended, f"process {pid} lives on"
    finally:
        os.close(handle)


def children(pid: int) -> list[int]:
    """Return the children of a process, the dead that nobody reaped among them."""
    return _children(pid)


def _children(pid: int) -> list[int]:
    return [child for child, parent in _parents().items() if parent == pid]


def _descendants(pid: int) -> list[int]:
    parents = _parents()
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def _parents() -> dict[int, int]:
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                parents[int(name)] = int(_stat(int(name))[1])
    return parents


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _state(pid: int) -> str:
    with suppress(OSError):
        return "zombie" if _stat(pid)[0] == "Z" else "process"
    return "gone"


def _descriptors() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{name}").split(":")[0].rpartition("/")[0])
    return found


def _mounts(pid: int) -> list[str]:
    with suppress(OSError):
        return [line.split()[4] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return []

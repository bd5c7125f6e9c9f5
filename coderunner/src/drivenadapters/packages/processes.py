"""Installers as processes: bounded in time, output and disk, and gone with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import InstallTimedOut, PackagesTooLarge, StoreUnavailable

OUTPUT_BYTES = 256 << 10
_WATCH_SECONDS = 0.2
_READ_BYTES = 1 << 16
_DISK_RESERVE = 32 << 20


@dataclass(frozen=True)
class Completed:
    """How a process ended, and the beginning of what it printed."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Bounds:
    """What one installation may take.

    Attributes:
        seconds: wall clock of all its steps together.
        install_bytes: of the installed files.
        install_files: number of the installed files.
    """

    seconds: float = 300.0
    install_bytes: int = 1 << 30
    install_files: int = 50_000


async def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    folder: Path,
    bounds: Bounds,
    watch: Path | None = None,
    keep: int = OUTPUT_BYTES,
) -> Completed:
    """Run a command in ``folder``; cancelling kills it and what it started.

    ``watch`` is a folder whose growth is bounded while it runs; ``keep`` is how many bytes of
    each of its outputs are kept.

    Raises:
        PackagesTooLarge: the watched folder grew over its bound.
        StoreUnavailable: the disk is nearly full, or the command cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=dict(env),
            start_new_session=True,
            umask=0o022,
        )
    except OSError as reason:
        raise StoreUnavailable(f"cannot start {Path(command[0]).name}: {reason}") from reason
    try:
        _bound_files(process.pid, bounds.install_bytes)
        return await _attend(process, folder, bounds, watch, keep)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Bound the block; raises InstallTimedOut."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as reason:
        raise InstallTimedOut(f"the installation took longer than {seconds:g} s") from reason


async def _attend(
    process: asyncio.subprocess.Process, folder: Path, bounds: Bounds, watch: Path | None, keep: int
) -> Completed:
    watcher = asyncio.create_task(_watch(folder, watch, bounds))
    ending = asyncio.create_task(_end_of(process, keep))
    try:
        await asyncio.wait([watcher, ending], return_when=asyncio.FIRST_COMPLETED)
        if watcher.done():
            watcher.result()  # never returns: it raised
        return await ending
    finally:
        watcher.cancel()
        ending.cancel()
        await asyncio.gather(watcher, ending, return_exceptions=True)


async def _end_of(process: asyncio.subprocess.Process, keep: int) -> Completed:
    stdout, stderr, status = await asyncio.gather(
        _read(process.stdout, keep), _read(process.stderr, keep), process.wait()
    )
    if status == -signal.SIGXFSZ:
        stderr += "\nfile too large"
    return Completed(status, stdout, stderr)


async def _read(stream: asyncio.StreamReader | None, keep: int) -> str:
    """Read to the end and keep the beginning."""
    kept = bytearray()
    while stream is not None and (data := await stream.read(_READ_BYTES)):
        kept += data[: max(0, keep - len(kept))]
    return kept.decode("utf-8", "replace")


async def _watch(folder: Path, watched: Path | None, bounds: Bounds) -> None:
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        await asyncio.to_thread(_check, folder, watched, bounds)


def _check(folder: Path, watched: Path | None, bounds: Bounds) -> None:
    if shutil.disk_usage(folder).free < _DISK_RESERVE:
        raise StoreUnavailable("the disk of the package store is nearly full")
    if watched is not None:
        check_size(watched, bounds)


def check_size(folder: Path, bounds: Bounds) -> None:
    """Raise PackagesTooLarge if a folder holds more than is allowed."""
    size, files = measure(folder)
    if size > bounds.install_bytes:
        raise PackagesTooLarge(f"the packages take more than {bounds.install_bytes >> 20} MiB (MAX_INSTALL_MB)")
    if files > bounds.install_files:
        raise PackagesTooLarge(f"the packages have more than {bounds.install_files} files (MAX_INSTALL_FILES)")


def measure(folder: Path) -> tuple[int, int]:
    """Return the bytes and the number of the files below a folder that may be changing."""
    size = files = 0
    pending = [str(folder)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
                        files += 1
    return size, files


def _bound_files(pid: int, largest: int) -> None:
    """No single file may outgrow the whole; where that cannot be set the watch remains."""
    with contextlib.suppress(OSError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, largest))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))

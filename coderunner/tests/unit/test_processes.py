"""Programs that the service starts to install packages: bounded, and gone with what they started."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from drivenadapters.packages.processes import Bounds, Completed, check_size, measure, run, within
from errors import InstallTimedOut, PackagesTooLarge, StoreUnavailable


async def python(code: str, folder: Path, bounds: Bounds | None = None, watch: Path | None = None) -> Completed:
    command = [sys.executable, "-I", "-c", code]
    return await run(command, env={"A": "1"}, folder=folder, bounds=bounds or Bounds(), watch=watch)


async def test_status_output_folder_and_environment_are_as_asked(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), sorted(os.environ)); sys.stderr.write('e'); sys.exit(3)"
    done = await python(code, tmp_path)
    assert (done.status, done.stderr) == (3, "e")
    assert str(tmp_path) in done.stdout
    assert "HOME" not in done.stdout


async def test_output_is_read_to_the_end_and_kept_to_a_bound(tmp_path: Path) -> None:
    done = await python("print('x' * 5_000_000)", tmp_path)
    assert len(done.stdout) == 256 << 10


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="absent"):
        await run(["/absent"], env={}, folder=tmp_path, bounds=Bounds())


async def test_a_folder_that_grows_over_its_bound_ends_the_program(tmp_path: Path) -> None:
    code = "import time\nfor n in range(10**6):\n    open(f'f{n}', 'w').close(); time.sleep(0.001)"
    with pytest.raises(PackagesTooLarge, match="MAX_INSTALL_FILES"):
        await python(code, tmp_path, Bounds(install_files=20), watch=tmp_path)


async def test_one_file_cannot_outgrow_the_bound(tmp_path: Path) -> None:
    done = await python("open('f', 'wb').write(bytes(1 << 20))", tmp_path, Bounds(install_bytes=1 << 16))
    assert done.status != 0
    assert (tmp_path / "f").stat().st_size <= 1 << 16


async def test_after_a_time_out_nothing_that_was_started_is_left(tmp_path: Path) -> None:
    child = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
    code = f"{child}open('started', 'w').close()\nimport time; time.sleep(600)"
    waiting = asyncio.ensure_future(_bounded(python(code, tmp_path)))
    async with asyncio.timeout(30):
        while not (tmp_path / "started").exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
    with pytest.raises(InstallTimedOut):
        await waiting
    left = [pid for pid in os.listdir("/proc") if pid.isdigit() and _works_in(pid, tmp_path)]
    assert left == []


async def _bounded(work: Coroutine[Any, Any, Completed]) -> Completed:
    async with within(3.0):
        return await work


def _works_in(pid: str, folder: Path) -> bool:
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(folder)
    except OSError:
        return False


def test_size_and_number_of_files_are_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "f").write_bytes(bytes(1000))
    (tmp_path / "link").symlink_to("/usr")
    size, files = measure(tmp_path)
    assert files == 2
    assert 1000 <= size < 2000
    check_size(tmp_path, Bounds(install_bytes=2000, install_files=2))
    with pytest.raises(PackagesTooLarge, match="MAX_INSTALL_MB"):
        check_size(tmp_path, Bounds(install_bytes=999))
    with pytest.raises(PackagesTooLarge, match="MAX_INSTALL_FILES"):
        check_size(tmp_path, Bounds(install_files=1))

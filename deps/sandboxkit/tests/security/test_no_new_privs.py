"""A program that belongs to root and asks to run as root must not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from hostile import specs
from sandboxkit.layers import Layer
from sandboxkit.pool import Pool

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a program that runs as root")

_RUN_IT = """
import os
reading, writing = os.pipe()
pid = os.fork()
if pid == 0:
    os.dup2(writing, 1)
    os.execv("{program}", ["id", "-u"])
os.waitpid(pid, 0)
print(os.read(reading, 100).decode())
"""


@pytest.fixture
def program(scratch: Path) -> Path:
    target = scratch / "id-as-root"
    shutil.copy(str(shutil.which("id")), target)
    target.chmod(0o4755)
    if os.statvfs(target).f_flag & os.ST_NOSUID:
        pytest.skip("the temporary folder gives no program the rights of its owner")
    return target


async def _user_of(program: Path, *layers: Layer) -> int:
    pool = Pool(specs.alone(*layers), ready=1)
    await pool.start()
    try:
        if not pool.report[Layer.USER].active:
            pytest.skip(pool.report[Layer.USER].detail)
        return int((await pool.run(specs.errand(_RUN_IT.replace("{program}", str(program))))).stdout)
    finally:
        await pool.close()


async def test_a_program_of_root_runs_as_the_worker(program: Path) -> None:
    assert await _user_of(program, Layer.USER, Layer.NO_NEW_PRIVS) == specs.STRANGER


async def test_without_the_flag_it_would_run_as_root(program: Path) -> None:
    assert await _user_of(program, Layer.USER) == 0

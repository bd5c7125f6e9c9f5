"""A server without privileges uses namespaces where the kernel grants them to everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hostile import specs
from hostile.remote import UnprivilegedPool
from sandboxkit.layers import ALL_LAYERS, Layer


@pytest_asyncio.fixture(scope="module")
async def granted(scratch: Path) -> AsyncIterator[UnprivilegedPool]:
    if not specs.anyone_can_start(specs.interpreter()[0]):
        pytest.skip("no interpreter of this version can be started by another user than root")
    pool = UnprivilegedPool(ALL_LAYERS)
    await pool.start(str(scratch))
    yield pool
    await pool.close()


async def test_the_report_says_that_they_came_with_a_user_namespace(granted: UnprivilegedPool) -> None:
    state = granted.report[Layer.NAMESPACES]
    if not state.active:
        pytest.skip(f"this kernel does not grant them: {state.detail}")
    assert state.detail == "user, mount, network, ipc and uts namespaces"
    assert granted.report[Layer.VIEW].active


async def test_the_view_holds_only_what_was_listed(granted: UnprivilegedPool) -> None:
    if not granted.report[Layer.VIEW].active:
        pytest.skip(granted.report[Layer.VIEW].detail)
    outcome = await granted.run(specs.errand("import os; print(os.path.exists('/etc/passwd'), os.uname().nodename)"))
    assert outcome.stdout == b"False sandbox\n"


async def test_being_root_of_a_namespace_gives_workers_no_capability(granted: UnprivilegedPool) -> None:
    code = "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')])"
    assert (await granted.run(specs.errand(code))).stdout == b"['0000000000000000']\n"

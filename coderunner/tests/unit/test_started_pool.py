"""The start of a pool, with a pool of the test whose starts it decides."""

from __future__ import annotations

import asyncio

import pytest
from sandboxkit.errors import PoolClosed, SandboxError, ZygoteFailed

from drivenadapters.sandbox.started_pool import StartedPool


class ScriptedPool:
    """Starts as its script says: None goes well, an error is raised, an event is waited for."""

    def __init__(self, *script: Exception | asyncio.Event | None) -> None:
        self.script = list(script)
        self.begun = 0
        self.told: list[str] = []

    async def start(self) -> None:
        self.begun += 1
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        if step is not None:
            try:
                await step.wait()
            except asyncio.CancelledError:
                self.told.append("start cancelled")
                raise
        self.told.append("started")

    async def close(self) -> None:
        self.told.append("closed")


async def test_a_pool_that_was_never_started_is_closed() -> None:
    with pytest.raises(PoolClosed):
        await StartedPool("light", ScriptedPool()).ready()


async def test_a_failed_start_is_raised_and_the_next_call_starts_anew() -> None:
    pool = ScriptedPool(ZygoteFailed("no room"), None)
    started = StartedPool("light", pool)
    with pytest.raises(ZygoteFailed, match="no room"):
        await started.start()
    assert await started.ready() is pool
    assert await started.ready() is pool
    assert pool.begun == 2


async def test_a_failure_of_the_machine_is_one_of_the_sandbox() -> None:
    started = StartedPool("light", ScriptedPool(OSError(24, "Too many open files")))
    with pytest.raises(SandboxError, match=r"light: .*Too many open files"):
        await started.start()


async def test_a_failure_in_the_background_is_mended_by_the_first_call() -> None:
    pool = ScriptedPool(ZygoteFailed("no room"), None)
    started = StartedPool("full", pool)
    started.start_in_background()
    await asyncio.sleep(0)  # it fails now
    assert pool.begun == 1
    assert await started.ready() is pool


async def test_many_who_wait_after_a_failure_start_once() -> None:
    gate = asyncio.Event()
    pool = ScriptedPool(ZygoteFailed("no room"), gate)
    started = StartedPool("full", pool)
    with pytest.raises(ZygoteFailed):
        await started.start()
    waiting = [asyncio.ensure_future(started.ready()) for _ in range(5)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*waiting) == [pool] * 5
    assert pool.begun == 2


async def test_a_caller_who_goes_away_does_not_end_the_start() -> None:
    gate = asyncio.Event()
    pool = ScriptedPool(gate)
    started = StartedPool("full", pool)
    started.start_in_background()
    caller = asyncio.ensure_future(started.ready())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    gate.set()
    assert await started.ready() is pool
    assert pool.begun == 1


async def test_closing_ends_the_start_before_the_pool_and_tells_those_who_wait() -> None:
    pool = ScriptedPool(asyncio.Event())
    started = StartedPool("full", pool)
    started.start_in_background()
    caller = asyncio.ensure_future(started.ready())
    await asyncio.sleep(0)
    await started.close()
    assert pool.told == ["start cancelled", "closed"]
    with pytest.raises(PoolClosed):
        await caller
    with pytest.raises(PoolClosed):
        await started.ready()


async def test_closing_after_a_failed_start_closes_all_the_same() -> None:
    pool = ScriptedPool(ZygoteFailed("no room"))
    started = StartedPool("full", pool)
    with pytest.raises(ZygoteFailed):
        await started.start()
    await started.close()
    assert pool.told == ["closed"]

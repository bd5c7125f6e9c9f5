"""Fork servers die, age and are closed while runs are in progress."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hostile import leaks, specs
from hostile.leaks import Holdings
from sandboxkit.errors import PoolClosed
from sandboxkit.outcome import Verdict
from sandboxkit.pool import Pool
from sandboxkit.run import Errand

_GOOD = specs.errand("print(6 * 7)")


@pytest_asyncio.fixture
async def clean() -> AsyncIterator[Holdings]:
    """What is held before the test, and must be all that is held after it."""
    before = leaks.holdings()
    yield before
    await leaks.until(lambda: leaks.holdings() == before)


async def _pool(*, ready: int = 2, recycle_after: int = 20_000) -> tuple[Pool, list[str]]:
    events: list[str] = []
    pool = Pool(specs.spec(), ready=ready, recycle_after=recycle_after, on_event=events.append)
    await pool.start()
    return pool, events


async def test_requests_wait_for_the_replacement_of_a_dead_fork_server(clean: Holdings) -> None:
    pool, events = await _pool(ready=1)
    dead = pool.supervisor.pid
    os.kill(dead, signal.SIGKILL)
    await leaks.gone(dead)
    await leaks.until(lambda: bool(events))

    outcomes = await asyncio.gather(*(pool.run(_GOOD) for _ in range(5)))

    assert [outcome.stdout for outcome in outcomes] == [b"42\n"] * 5
    assert pool.restarts == 1
    assert pool.supervisor.pid != dead
    assert events == ["raw: the fork server died, starting another"]
    await pool.close()


async def test_a_run_whose_fork_server_dies_is_lost_and_the_next_is_not(clean: Holdings) -> None:
    pool, _ = await _pool()
    running = pool.run(
        specs.errand("channel.note(b'x')\nwhile True: pass", note=lambda _: pool.supervisor.kill(), most_frames=1)
    )
    lost = await running
    assert lost.verdict is Verdict.LOST
    assert lost.result is None
    assert (await pool.run(_GOOD)).stdout == b"42\n"
    await pool.close()


async def test_repeated_deaths_are_repaired_and_counted(clean: Holdings) -> None:
    pool, events = await _pool()
    for deaths in range(1, 4):
        pool.supervisor.kill()
        await leaks.until(lambda deaths=deaths: len(events) == deaths)  # type: ignore[misc]
        assert (await pool.run(_GOOD)).stdout == b"42\n"
        assert pool.restarts == deaths
    await pool.close()


async def test_recycling_under_load_loses_nothing(clean: Holdings) -> None:
    pool, events = await _pool(recycle_after=20)

    async def client() -> list[bytes]:
        return [(await pool.run(_GOOD)).stdout for _ in range(40)]

    answers = await asyncio.gather(*(client() for _ in range(4)))

    assert answers == [[b"42\n"] * 40] * 4
    assert pool.restarts >= 2
    assert "raw: fork server recycled after 20 workers" in events
    await pool.close()


async def test_a_long_run_survives_the_recycling_of_its_fork_server(clean: Holdings) -> None:
    pool, _ = await _pool(recycle_after=4)
    finish = asyncio.Event()

    async def answer(_: bytes) -> tuple[bytes, tuple[int, ...]]:
        await finish.wait()
        return b"go on", ()

    long = asyncio.create_task(pool.run(specs.errand("print(channel.request(b'')[0])", answer=answer)))
    first = pool.supervisor.pid
    while pool.supervisor.pid == first:
        assert (await pool.run(_GOOD)).stdout == b"42\n"
    finish.set()

    assert (await long).stdout == b"b'go on'\n"
    await leaks.gone(first)
    await pool.close()


async def test_a_fork_server_that_dies_while_it_is_recycled_leaves_nothing(clean: Holdings) -> None:
    pool, _ = await _pool(recycle_after=3)
    old = pool.supervisor
    while old.spawned < 3:
        await pool.run(_GOOD)
    old.kill()
    for _ in range(5):
        outcome = await pool.run(_GOOD)
        assert outcome.verdict in (Verdict.COMPLETED, Verdict.LOST)
    assert (await pool.run(_GOOD)).stdout == b"42\n"
    await pool.close()


async def test_closing_ends_what_runs_and_what_waits(clean: Holdings) -> None:
    pool, _ = await _pool(ready=1)
    started = asyncio.Event()
    running = asyncio.create_task(
        pool.run(specs.errand("channel.note(b'x')\nwhile True: pass", note=lambda _: started.set()))
    )
    await started.wait()

    await pool.close()

    assert (await running).verdict is Verdict.LOST
    with pytest.raises(PoolClosed):
        await pool.run(_GOOD)


async def test_closing_refuses_those_that_wait_for_a_worker(clean: Holdings) -> None:
    pool, events = await _pool(ready=1)
    pool.supervisor.kill()
    await leaks.until(lambda: bool(events))
    waiting = [asyncio.create_task(pool.run(_GOOD)) for _ in range(3)]
    await asyncio.sleep(0)

    await pool.close()

    for ended in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(ended, PoolClosed)


async def test_closing_while_a_replacement_starts_leaves_nothing(clean: Holdings) -> None:
    for _ in range(5):
        pool, events = await _pool(ready=1)
        pool.supervisor.kill()
        await leaks.until(lambda events=events: bool(events))  # type: ignore[misc]
        await pool.close()


async def test_a_cancelled_run_ends_its_worker(clean: Holdings) -> None:
    pool, _ = await _pool()
    started = asyncio.Event()
    running = asyncio.create_task(
        pool.run(specs.errand("channel.note(b'x')\nwhile True: pass", note=lambda _: started.set()))
    )
    await started.wait()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    await leaks.settled(pool)
    await pool.close()


async def test_cancelled_waiting_loses_no_worker(clean: Holdings) -> None:
    pool, _ = await _pool(ready=1)
    for _ in range(20):
        waiting = [asyncio.create_task(pool.run(_GOOD)) for _ in range(6)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        kept = await asyncio.gather(*waiting[1::2])
        assert [outcome.stdout for outcome in kept] == [b"42\n"] * 3
    await leaks.settled(pool, ready=1)
    await pool.close()


async def test_hostile_runs_among_good_ones_harm_none_and_leave_nothing(clean: Holdings) -> None:
    hostile = [
        "import os; os._exit(1)",
        "import ctypes; ctypes.string_at(0)",
        "held = []\nwhile True: held.append(bytearray(1 << 24))",
        "import os; os.write(3, b'noise' * 100)",
        "import os; os.kill(os.getpid(), 9)",
        "import os\nwhile True: os.write(1, b'x' * 65536)",
        "import os\nfor n in range(600): os.mkdir('d'); os.chdir('d')",
        "import os\nfor n in range(10000): open(str(n), 'w').close()",
        "import time; time.sleep(1000)",
        "import os; os.close(0); os.close(1); os.close(2)",
        "import threading\nfor _ in range(50): threading.Thread(target=threading.Event().wait).start()",
    ]
    choice = random.Random(7)  # noqa: S311 - the same mixture every time
    pool, events = await _pool(ready=4)
    await leaks.settled(pool, ready=4)
    mounts = leaks.holdings(pool.supervisor.pid).mounts
    failures: list[object] = []

    async def client() -> None:
        for _ in range(125):
            if choice.random() < 0.5:
                await pool.run(specs.errand(choice.choice(hostile), wall=0.05, cpu=1, memory=64 << 20))
                continue
            outcome = await pool.run(_GOOD)
            if outcome.stdout != b"42\n" or outcome.verdict is not Verdict.COMPLETED:
                failures.append(outcome)

    await asyncio.gather(*(client() for _ in range(8)))

    assert failures == []
    assert events == []
    after = await leaks.settled(pool, ready=4)
    assert "zombie" not in after.processes
    # Folders that a run left untouched are kept mounted for the next; there are never more than workers were.
    assert len(after.mounts) <= len(mounts) + 8
    await pool.close()


async def test_an_errand_that_cannot_be_staged_costs_no_worker(clean: Holdings) -> None:
    pool, _ = await _pool()
    errand = Errand(b"", _GOOD.limits, inputs=(specs.input_file("../outside", b"x"),))
    with pytest.raises(ValueError, match="not a plain file name"):
        await pool.run(errand)
    await leaks.settled(pool)
    await pool.close()

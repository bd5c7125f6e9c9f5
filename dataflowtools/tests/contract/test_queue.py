"""Queues wake workers: the same from a file, from Redis and from memory."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis import Redis

from drivenadapters.caches.redis import RedisSettings
from drivenadapters.queues.huey import HueyQueue, memory_queue, redis_queue, sqlite_queue
from errors import Unavailable
from harness.servers import Server, free_port


@pytest.fixture(params=["file", "redis", "memory"])
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[HueyQueue]:
    """The queue under test, empty."""
    match request.param:
        case "file":
            queue = sqlite_queue(tmp_path / "queue.db")
        case "redis":
            server: Server = request.getfixturevalue("redis_instance")
            with Redis(port=server.port) as redis:
                redis.flushdb()
            queue = redis_queue(RedisSettings("127.0.0.1", server.port))
        case _:
            queue = memory_queue()
    yield queue
    await queue.close()


async def test_each_waking_reaches_one_worker(queue: HueyQueue) -> None:
    heard: Counter[str] = Counter()
    all_heard = asyncio.Event()

    async def handle(job_id: str) -> None:
        heard[job_id] += 1
        if heard.total() == 7:
            all_heard.set()

    await queue.wake("before", 2)
    await queue.start(handle, 3)
    await queue.wake("after", 5)
    await asyncio.wait_for(all_heard.wait(), 30)
    assert heard == {"before": 2, "after": 5}
    assert (await queue.health())["waiting"] == 0


async def test_no_more_are_handled_at_a_time_than_there_are_workers(queue: HueyQueue) -> None:
    running, most, done = 0, 0, asyncio.Event()
    release = asyncio.Event()

    async def handle(job_id: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            release.set()
        await release.wait()
        running -= 1
        if job_id == "last":
            done.set()

    await queue.start(handle, 2)
    await queue.wake("job", 4)
    await queue.wake("last", 1)
    await asyncio.wait_for(done.wait(), 30)
    assert most == 2


async def test_a_handler_that_fails_ends_no_worker(queue: HueyQueue) -> None:
    heard = asyncio.Event()

    async def handle(job_id: str) -> None:
        if job_id == "bad":
            raise ValueError(job_id)
        heard.set()

    await queue.start(handle, 1)
    await queue.wake("bad", 1)
    await queue.wake("good", 1)
    await asyncio.wait_for(heard.wait(), 30)


async def test_a_queue_that_is_down_says_so() -> None:
    queue = redis_queue(RedisSettings("127.0.0.1", free_port()))
    with pytest.raises(Unavailable):
        await queue.wake("job", 1)
    with pytest.raises(Unavailable):
        await queue.health()
    await queue.close()


async def test_messages_are_data_not_programs(redis_instance: Server) -> None:
    queue = redis_queue(RedisSettings("127.0.0.1", redis_instance.port))
    await queue.wake("job", 1)
    with Redis(port=redis_instance.port) as redis:
        raw = redis.rpop("huey.redis.dataflowtools")
    assert isinstance(raw, bytes)
    assert ["job"] in json.loads(raw)
    await queue.close()

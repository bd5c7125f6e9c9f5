"""Caches: the same from this process's memory, from Redis and from the fake."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from drivenadapters.caches.memory import MemoryResultCache
from drivenadapters.caches.redis import Pause, RedisResultCache, RedisSettings
from errors import Unavailable
from fakes.result_cache import FakeResultCache
from harness.servers import Server, free_port, redis_server
from logics.ports import ResultCache


@pytest.fixture(params=["fake", "memory", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[ResultCache]:
    """The cache under test."""
    if request.param == "fake":
        yield FakeResultCache()
        return
    if request.param == "memory":
        yield MemoryResultCache(1 << 20)
        return
    server: Server = request.getfixturevalue("redis_instance")
    redis = RedisResultCache(RedisSettings(server.host, server.port))
    yield redis
    await redis.close()


@pytest.mark.parametrize("value", [b"", b"abc", bytes(range(256)) * 100])
async def test_what_was_put_is_got(cache: ResultCache, value: bytes) -> None:
    await cache.put("key ä", value)
    assert await cache.get("key ä") == value


async def test_what_was_never_put_is_not_known(cache: ResultCache) -> None:
    assert await cache.get("nobody's") is None


async def test_the_last_value_counts(cache: ResultCache) -> None:
    await cache.put("key", b"1")
    await cache.put("key", b"2")
    assert await cache.get("key") == b"2"


async def test_memory_forgets_the_least_recently_used_and_keeps_its_bound() -> None:
    cache = MemoryResultCache(10_000)
    for number in range(8):
        await cache.put(str(number), bytes(1000))
        await cache.get("0")
    await cache.put("8", bytes(1000))
    known = [number for number in range(9) if await cache.get(str(number)) is not None]
    assert 0 in known
    assert 8 in known
    assert 1 not in known
    assert len(known) == 8


async def test_memory_does_not_keep_what_would_drive_everything_else_out() -> None:
    cache = MemoryResultCache(10_000)
    await cache.put("small", b"1")
    await cache.put("large", bytes(5000))
    assert await cache.get("large") is None
    assert await cache.get("small") == b"1"


async def test_redis_does_not_keep_what_is_too_large(redis_instance: Server) -> None:
    cache = RedisResultCache(RedisSettings("127.0.0.1", redis_instance.port, largest_bytes=10))
    await cache.put("large", bytes(11))
    assert await cache.get("large") is None
    await cache.close()


async def test_a_cache_that_is_down_knows_nothing_and_breaks_nothing() -> None:
    cache = RedisResultCache(RedisSettings("127.0.0.1", free_port()))
    await cache.put("key", b"1")
    assert await cache.get("key") is None
    with pytest.raises(Unavailable):
        await cache.health()
    await cache.close()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Server]:
    """A Redis that the test may stop."""
    with redis_server(tmp_path) as server:
        yield server


async def test_a_cache_that_hangs_is_left_alone_and_used_again_once_it_answers(own_redis: Server) -> None:
    cache = RedisResultCache(RedisSettings("127.0.0.1", own_redis.port))
    await cache.put("key", b"1")
    assert own_redis.process is not None
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        assert await cache.get("key") is None
        asked = cache._redis.get
        cache._redis.get = _never  # type: ignore[method-assign,assignment]
        assert await cache.get("key") is None
        cache._redis.get = asked  # type: ignore[method-assign]
    finally:
        own_redis.process.send_signal(signal.SIGCONT)
    await cache.health()
    assert await cache.get("key") == b"1"
    await cache.close()


def _never(*_: object) -> object:
    raise AssertionError("asked while it is being left alone")


def test_a_pause_doubles_with_each_failure_and_lets_one_try_at_its_end() -> None:
    now = [0.0]
    pause = Pause(lambda: now[0])
    assert pause.over
    pause.failed()
    assert not pause.over
    now[0] = 1.0
    assert pause.over
    assert not pause.over
    pause.failed()
    now[0] = 2.9
    assert not pause.over
    now[0] = 3.0
    assert pause.over
    pause.worked()
    assert pause.over
    assert pause.over

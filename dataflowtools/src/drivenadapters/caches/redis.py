"""Results remembered in Redis, which all replicas share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from errors import Unavailable

T = TypeVar("T")
_log = structlog.get_logger("dataflowtools.cache")
_ANSWER_SECONDS = 0.5
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


@dataclass(frozen=True)
class RedisSettings:
    """Where Redis is, and what to keep in it.

    Attributes:
        keep_seconds: how long a result is kept.
        largest_bytes: of a result; a larger one is not kept.
    """

    host: str
    port: int = 6379
    database: int = 0
    user: str = ""
    password: str = ""
    tls: bool = False
    keep_seconds: int = 7 * 86_400
    largest_bytes: int = 16 << 20
    prefix: str = "dataflowtools:result:"


class Pause:
    """Leaves a part alone that does not answer, so that not every request waits for it in vain.

    After each failure the pause doubles; one caller then tries, the others go on without.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._length = 0.0
        self._until = 0.0

    @property
    def over(self) -> bool:
        """Whether to try."""
        now = self._clock()
        if now < self._until:
            return False
        if self._length:
            self._until = now + self._length
        return True

    def worked(self) -> None:
        """The part answered."""
        self._length = self._until = 0.0

    def failed(self) -> None:
        """The part did not answer."""
        self._length = min(max(self._length * 2, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        self._until = self._clock() + self._length


class RedisResultCache:
    """Satisfies the port ``ResultCache``."""

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._pause = Pause()
        self._redis = Redis(
            host=settings.host,
            port=settings.port,
            db=settings.database,
            username=settings.user or None,
            password=settings.password or None,
            ssl=settings.tls,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once: for a connection that the server closed meanwhile
        )

    async def get(self, key: str) -> bytes | None:
        """See the port."""
        found = await self._attempt(lambda: self._redis.get(self._settings.prefix + key))
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes) -> None:
        """See the port."""
        if len(value) <= self._settings.largest_bytes:
            name, seconds = self._settings.prefix + key, self._settings.keep_seconds
            await self._attempt(lambda: self._redis.set(name, value, ex=seconds))

    async def health(self) -> Mapping[str, Any]:
        """Return what kind of cache it is; raises Unavailable when it does not answer."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS * 2):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as reason:
            raise Unavailable(f"Redis does not answer: {reason}") from reason
        self._pause.worked()
        return {"kind": "redis"}

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _attempt(self, call: Callable[[], Awaitable[T]]) -> T | None:
        if not self._pause.over:
            return None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS * 2):
                answer = await call()
        except (RedisError, OSError, TimeoutError) as reason:
            self._pause.failed()
            _log.warning("cache_does_not_answer", reason=str(reason) or type(reason).__name__)
            return None
        self._pause.worked()
        return answer

"""Huey: on SQLite, on Redis, or in memory.

It gives a message to one worker and forgets it, also where that worker dies: so a message only says that there is
work on a job. The work itself, and who has it, is in the database.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from redis import SSLConnection

from drivenadapters.caches.redis import RedisSettings
from errors import Unavailable

_NAME = "dataflowtools"
_FIRST_DELAY, _LONGEST_DELAY = 0.02, 0.25
_LONGEST_DELAY_WHILE_DOWN = 5.0
_STOP_SECONDS = 8.0
_REDIS_SECONDS = 2.0

T = TypeVar("T")
Handler = Callable[[str], Awaitable[None]]


class HueyQueue:
    """Satisfies the port ``JobQueue``, and has workers handle what it brings.

    Args:
        make: makes the queue, which connects; called once, in a thread.
    """

    def __init__(self, make: Callable[[], Huey]) -> None:
        self._make = make
        self._threads = ThreadPoolExecutor(1, "queue")
        self._opened: tuple[Huey, Callable[[str], Any]] | None = None
        self._consumer: Consumer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handler: Handler | None = None

    async def wake(self, job_id: str, times: int) -> None:
        """See the port."""

        def enqueue() -> None:
            for _ in range(times):
                self._open()[1](job_id)

        await self._call(enqueue)

    async def start(self, handler: Handler, workers: int) -> None:
        """Have so many workers handle the messages, in this event loop."""
        logging.getLogger("huey").setLevel(logging.ERROR)  # else a line for each message
        self._loop = asyncio.get_running_loop()
        self._handler = handler
        await self._call(self._consume, workers)

    async def health(self) -> Mapping[str, Any]:
        """Return how many messages wait; raises Unavailable when the queue does not answer."""

        def look() -> Mapping[str, Any]:
            huey = self._open()[0]
            if self._consumer is not None:
                self._consumer.check_worker_health()
            return {"kind": type(huey).__name__.removesuffix("Huey").lower(), "waiting": huey.pending_count()}

        return await self._call(look)

    async def close(self) -> None:
        """Take no more messages, and wait for those that are being handled."""
        if self._consumer is not None:
            await asyncio.to_thread(self._consumer.stop, graceful=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._opened is not None:
            self._opened[0].storage.close()

    async def _call(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        except Exception as reason:
            raise Unavailable(f"the queue does not answer: {reason}") from reason

    def _open(self) -> tuple[Huey, Callable[[str], Any]]:
        """Return the queue, and what puts a message into it. In the one thread of the queue only."""
        if self._opened is None:
            huey = self._make()
            self._opened = huey, huey.task(name="work")(self._handle)
        return self._opened

    def _consume(self, workers: int) -> None:
        huey = self._open()[0]
        self._consumer = _EmbeddedConsumer(
            huey,
            workers=workers,
            periodic=False,
            initial_delay=_FIRST_DELAY,
            max_delay=_LONGEST_DELAY_WHILE_DOWN if huey.storage.blocking else _LONGEST_DELAY,
            scheduler_interval=60,
            shutdown_timeout=_STOP_SECONDS,
        )
        self._consumer.start()

    def _handle(self, job_id: str) -> None:
        """Run in a worker's thread: hand over to the event loop, and wait."""
        if self._loop is None or self._handler is None:
            return
        handling = _awaited(self._handler, job_id)
        try:
            asyncio.run_coroutine_threadsafe(handling, self._loop).result()
        except CancelledError:
            return  # the service ends; the work will be found again
        except RuntimeError:
            handling.close()  # it has ended already


async def _awaited(handler: Handler, job_id: str) -> None:
    await handler(job_id)


class _EmbeddedConsumer(Consumer):  # type: ignore[misc]
    """Huey's consumer as a part of a process whose signals are not its own."""

    def _set_signal_handlers(self) -> None:
        pass


class _JsonSerializer(Serializer):  # type: ignore[misc]
    """Messages as JSON: Huey's own would run whatever whoever can write to the queue put into it."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


def sqlite_queue(file: Path) -> HueyQueue:
    """Return a queue in a file, for the processes of one machine."""
    return HueyQueue(
        lambda: SqliteHuey(_NAME, filename=str(file), fsync=False, results=False, serializer=_JsonSerializer())
    )


def redis_queue(settings: RedisSettings) -> HueyQueue:
    """Return a queue in Redis, for the processes of many machines."""
    return HueyQueue(
        lambda: RedisHuey(
            _NAME,
            results=False,
            serializer=_JsonSerializer(),
            read_timeout=1,
            host=settings.host,
            port=settings.port,
            db=settings.database,
            username=settings.user or None,
            password=settings.password or None,
            socket_timeout=_REDIS_SECONDS + 1,
            socket_connect_timeout=_REDIS_SECONDS,
            **({"connection_class": SSLConnection} if settings.tls else {}),
        )
    )


def memory_queue() -> HueyQueue:
    """Return a queue of this process alone; other processes find work in the database."""
    return HueyQueue(lambda: MemoryHuey(_NAME, results=False, serializer=_JsonSerializer()))

"""Outgoing connections for programs that may use the network.

A worker can neither connect nor resolve: it asks, this side resolves, judges every
address, connects to the one it judged, and hands over the descriptor. What a name
resolves to the next time is therefore of no interest to an attacker.
"""

from __future__ import annotations

import asyncio
import errno
import json
import math
import os
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from servicekit.addresses import may_be_reached

Resolver = Callable[[str], Awaitable[list[str]]]
_RESOLVE_SECONDS = 10.0
_CONNECT_SECONDS = 30.0
_LONGEST_NAME = 255
_MOST_ADDRESSES = 8
_RESOLVER_THREADS = 4
_MOST_AT_ONCE = 2  # of one run: an honest guest asks one thing at a time

Answer = tuple[bytes, tuple[int, ...]]


class SystemResolver:
    """The system's resolver, in threads of its own.

    A name server that does not answer holds a thread for long; those of the event loop
    are for everybody.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, "resolver")

    async def __call__(self, name: str) -> list[str]:
        """Return the addresses of a name; raises OSError and UnicodeError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, name)

    def close(self) -> None:
        """Take no more names; what is being looked up is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Refusal(Exception):
    """The connection is not made; the text tells the program why."""


class Unresolved(Refusal):
    """The name has no address."""


class Egress:
    """Serves the programs' requests for connections.

    Args:
        resolve: gives the addresses of a name; unset: the system's resolver.
        allow: judges a literal address.
    """

    def __init__(self, resolve: Resolver | None = None, allow: Callable[[str], bool] = may_be_reached) -> None:
        self._system = SystemResolver()
        self._resolve: Resolver = resolve or self._system
        self._allow = allow

    def close(self) -> None:
        """Resolve no more."""
        self._system.close()

    def for_run(self) -> Callable[[bytes], Awaitable[Answer]]:
        """Return :meth:`answer` for one run, which may not have many requests in progress."""
        turns = asyncio.Semaphore(_MOST_AT_ONCE)

        async def answer(payload: bytes) -> Answer:
            async with turns:
                return await self.answer(payload)

        return answer

    async def answer(self, payload: bytes) -> Answer:
        """Answer one request: ``{"do": "resolve" | "connect", "host", "port", "timeout"}``."""
        try:
            question = json.loads(payload)
            if question["do"] == "resolve":
                return _encode({"addresses": await self.addresses(str(question["host"]))}), ()
            fd = await self._connect(str(question["host"]), int(question["port"]), _patience(question.get("timeout")))
        except Unresolved as reason:
            return _encode({"error": str(reason), "unresolved": True}), ()
        except Refusal as reason:
            return _encode({"error": str(reason)}), ()
        except OSError as reason:
            return _encode({"error": reason.strerror or str(reason), "errno": reason.errno}), ()
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return _encode({"error": "not a request"}), ()
        return _encode({}), (fd,)

    async def addresses(self, host: str) -> list[str]:
        """Return the public addresses of a host, at most eight.

        Raises:
            Unresolved: it has no address.
            Refusal: all of its addresses are private, local or otherwise not public.
        """
        if not host or len(host) > _LONGEST_NAME:
            raise Unresolved("not a host name")
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await self._resolve(host)
        except (OSError, UnicodeError, TimeoutError):
            raise Unresolved(f"no address for {host}") from None
        public = [address for address in found if self._allow(address)]
        if found and not public:
            raise Refusal(f"{host} is not a public address: programs may connect to the public internet only")
        if not public:
            raise Unresolved(f"no address for {host}")
        return public[:_MOST_ADDRESSES]

    async def _connect(self, host: str, port: int, seconds: float) -> int:
        if not 0 < port < 65536:
            raise Refusal(f"{port} is not a port")
        last: OSError = TimeoutError(errno.ETIMEDOUT, "timed out")
        for address in await self.addresses(host):
            try:
                async with asyncio.timeout(seconds):
                    return await _connect_to(address, port)
            except TimeoutError:
                last = TimeoutError(errno.ETIMEDOUT, "timed out")
            except OSError as reason:
                last = reason
        raise last


async def _connect_to(address: str, port: int) -> int:
    """Connect to a literal address that has been judged, and return the descriptor."""
    with socket.socket(_family(address), socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (address, port))
        connection.setblocking(True)
        return os.dup(connection.fileno())


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _patience(asked: Any) -> float:
    seconds = float(asked) if asked else _CONNECT_SECONDS
    if math.isnan(seconds):
        raise ValueError("not a number of seconds")
    return min(seconds, _CONNECT_SECONDS)


def _encode(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode()

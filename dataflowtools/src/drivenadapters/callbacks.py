"""Notices to addresses that callers choose: judged, and sent to the very address that was judged."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

import httpcore
from servicekit.addresses import may_be_reached

from errors import FieldProblem, Forbidden, InvalidInput, Unavailable

Resolver = Callable[[str], Awaitable[list[str]]]
_CONNECT_SECONDS, _ANSWER_SECONDS, _RESOLVE_SECONDS = 5.0, 15.0, 5.0
_SECONDS = {"connect": _CONNECT_SECONDS, "read": _ANSWER_SECONDS, "write": _ANSWER_SECONDS}
_UNDELIVERED = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    TimeoutError,
    OSError,
)
_LONGEST_URL = 2000
_TAKEN = range(200, 300)
_AGENT = "dataflowtools"


class HttpCallbackSender:
    """Satisfies the port ``CallbackSender``. Redirects are not followed, proxies not used.

    Args:
        allow: judges a literal address.
        resolve: gives the addresses of a name; unset: the system's resolver.
    """

    def __init__(self, allow: Callable[[str], bool] = may_be_reached, resolve: Resolver | None = None) -> None:
        self._connector = _JudgingConnector(allow, resolve or _look_up)
        self._context: ssl.SSLContext | None = None

    async def check(self, url: str) -> None:
        """See the port."""
        parts = _parts(url)
        try:
            await self._connector.addresses(parts.hostname or "")
        except (Forbidden, Unavailable) as reason:
            raise _refused(reason.message) from None

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """See the port."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS + _ANSWER_SECONDS * 2):
                status = await self._post(url, body, headers)
        except _UNDELIVERED as reason:
            raise Unavailable(f"not delivered: {str(reason) or type(reason).__name__}") from reason
        if status not in _TAKEN:
            raise Unavailable(f"answered {status}")

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        host = urlsplit(url).netloc.rpartition("@")[2]
        sent = [("Host", host), ("User-Agent", _AGENT), *headers.items()]
        async with (
            self._pool() as pool,
            # The body of the answer is nobody's business, and may be endless.
            pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": _SECONDS}) as answer,
        ):
            return int(answer.status)

    def _pool(self) -> httpcore.AsyncConnectionPool:
        if self._context is None:
            self._context = ssl.create_default_context()
        return httpcore.AsyncConnectionPool(
            ssl_context=self._context, max_connections=1, network_backend=self._connector
        )


class _JudgingConnector(httpcore.AsyncNetworkBackend):
    """Resolves a name, judges every address, and connects to the first that is allowed."""

    def __init__(self, allow: Callable[[str], bool], resolve: Resolver) -> None:
        self._allow = allow
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def addresses(self, host: str) -> list[str]:
        """Return the allowed addresses of a host.

        Raises:
            Forbidden: it has addresses, none of which is allowed.
            Unavailable: it has none.
        """
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await self._resolve(host)
        except (OSError, UnicodeError, TimeoutError):
            found = []
        allowed = [address for address in found if self._allow(address)]
        if found and not allowed:
            raise Forbidden("its address is private, local or this service's own (CALLBACK_ALLOW_PRIVATE)")
        if not allowed:
            raise Unavailable("its host has no address")
        return allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a judged address of the host; TLS still demands the host's own name."""
        address = (await self.addresses(host))[0]
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait; the library asks for it between attempts."""
        await asyncio.sleep(seconds)


async def _look_up(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as reason:
        raise _refused(f"not an address: {reason}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine or len(url) > _LONGEST_URL:
        raise _refused("an http or https address is needed")
    if parts.username or parts.password:
        raise _refused("credentials in it are refused; the signature identifies the sender")
    return parts


def _refused(message: str) -> InvalidInput:
    return InvalidInput(f"callback_url: {message}", details=[FieldProblem("callback_url", message)])

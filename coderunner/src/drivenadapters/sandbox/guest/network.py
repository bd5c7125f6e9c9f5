"""Outgoing connections of a confined program, made by the supervisor on its behalf.

The kernel refuses every ``connect`` of a worker. Here the Python socket class asks the
supervisor instead, which resolves the name, judges the address, connects, and passes
the connected descriptor back; it takes the place of the program's own. TLS stays end
to end. Libraries that open sockets in C are not served.
"""

from __future__ import annotations

import errno
import json
import os
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandboxkit.guest import Channel

_Address = tuple[Any, ...]


class Broker:
    """The program's side of the connection broker; ``channel`` is set when the job arrives."""

    channel: Channel | None = None

    def connect(self, local: socket.socket, address: _Address) -> None:
        """Put a descriptor connected by the supervisor in the place of the socket's own."""
        host, port = str(address[0]), int(address[1])
        timeout = local.gettimeout()
        descriptors = self._ask({"do": "connect", "host": host, "port": port, "timeout": timeout})[1]
        os.dup2(descriptors[0], local.fileno(), inheritable=False)
        os.close(descriptors[0])
        local.settimeout(timeout)

    def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the standard library's name
        proto: int = 0,
        flags: int = 0,
    ) -> list[tuple[Any, ...]]:
        """Resolve a name through the supervisor (socket.getaddrinfo)."""
        name = host.decode("ascii") if isinstance(host, bytes) else (host or "")
        number = int(port) if port else 0
        answer = self._ask({"do": "resolve", "host": name})[0]
        kind = type or socket.SOCK_STREAM
        found = []
        for address in answer["addresses"]:
            of = socket.AF_INET6 if ":" in address else socket.AF_INET
            if family in (0, of):
                end: tuple[Any, ...] = (address, number, 0, 0) if of == socket.AF_INET6 else (address, number)
                found.append((of, kind, proto or socket.IPPROTO_TCP, "", end))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"no address for {name}")
        return found

    def gethostbyname(self, name: str) -> str:
        """Resolve a name to one IPv4 address."""
        return str(self.getaddrinfo(name, 0, socket.AF_INET)[0][4][0])

    def _ask(self, question: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        if self.channel is None:
            raise OSError(errno.ENETDOWN, "there is no network before the program runs")
        data, descriptors = self.channel.request(json.dumps(question).encode())
        answer: dict[str, Any] = json.loads(data)
        if "error" in answer:
            if answer.get("unresolved"):
                raise socket.gaierror(socket.EAI_NONAME, answer["error"])
            raise OSError(answer.get("errno") or errno.EACCES, answer["error"])
        return answer, descriptors


def install(broker: Broker) -> None:
    """Let this process connect out and resolve names through the broker."""
    real = socket.socket

    def connect(self: socket.socket, address: _Address) -> None:
        broker.connect(self, address)

    def connect_ex(self: socket.socket, address: _Address) -> int:
        try:
            broker.connect(self, address)
        except OSError as reason:
            return reason.errno or errno.EACCES
        return 0

    real.connect = connect  # type: ignore[method-assign, assignment]
    real.connect_ex = connect_ex  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = broker.getaddrinfo  # type: ignore[assignment]
    socket.gethostbyname = broker.gethostbyname

"""HTTP/1.1 over one kept-alive loopback connection, with as little work as will do.

A general client spends up to a millisecond on a request, as long as what is measured here.
This one knows its server: every answer has a Content-Length and fits in memory.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

_RECEIVE_BYTES = 1 << 16
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Response:
    """A complete answer."""

    status: int
    body: bytes


def request(path: str, body: bytes | None = None, method: str = "") -> bytes:
    """Return the bytes of a request: POST with a JSON body, GET without, unless told otherwise."""
    verb = method or ("GET" if body is None else "POST")
    head = f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + (body or b"")


class Connection:
    """A blocking connection; hand its socket to a poller to use it without blocking."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def ask(self, message: bytes) -> Response:
        """Send a request and wait for its answer."""
        self.socket.sendall(message)
        while (response := self.receive()) is None:
            pass
        return response

    def receive(self) -> Response | None:
        """Read what is there; returns the answer once it is complete.

        Raises:
            ConnectionError: the server closed the connection.
        """
        data = self.socket.recv(_RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._received += data
        return self._take()

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def _take(self) -> Response | None:
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return None
        found = _LENGTH.search(self._received, 0, head_end)
        end = head_end + 4 + (int(found[1]) if found else 0)
        if len(self._received) < end:
            return None
        response = Response(int(self._received[9:12]), self._received[head_end + 4 : end])
        self._received = self._received[end:]
        return response

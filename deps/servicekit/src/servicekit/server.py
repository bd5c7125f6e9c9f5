"""The HTTP server: Tornado's, with our limits and our words for what is no HTTP at all."""

import json
from asyncio import Future
from http import HTTPStatus
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from servicekit.application import ServiceApplication
from servicekit.body import MEBIBYTE
from servicekit.context import REQUEST_ID_HEADER, RequestContext, context_from
from servicekit.errors import InvalidInput
from servicekit.problems import problem_of
from servicekit.settings import ServiceSettings

_BARE_REFUSAL: Final = b"HTTP/1.1 400 Bad Request\r\n\r\n"
_MAX_HEADER_BYTES: Final = 32 * 1024
_READ_BUFFER_BYTES: Final = 4 * MEBIBYTE


class ServiceServer(HTTPServer):
    """Answers malformed HTTP with the error envelope where Tornado writes a bare status line."""

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serves a connection."""
        send = stream.write

        def write(data: bytes | memoryview) -> "Future[None]":
            return send(_refusal() if data == _BARE_REFUSAL else data)

        # Nothing between the stream and the parser can be replaced from outside.
        stream.write = write  # type: ignore[method-assign]
        super().handle_stream(stream, address)


def make_server(app: ServiceApplication, settings: ServiceSettings) -> ServiceServer:
    """A server for an application, not listening yet.

    The read buffer is small because bodies are taken in pieces; their limits are checked by the
    routes, and `max_body_size` only stands behind them.
    """
    return ServiceServer(
        app,
        idle_connection_timeout=settings.keep_alive_seconds,
        body_timeout=settings.body_timeout_seconds,
        max_header_size=_MAX_HEADER_BYTES,
        max_body_size=app.largest_body,
        max_buffer_size=_READ_BUFFER_BYTES,
    )


def _refusal() -> bytes:
    context: RequestContext = context_from({})
    problem = problem_of(InvalidInput("the request is not well-formed HTTP", code="malformed_http"))
    body = json.dumps(problem.envelope(context.request_id)).encode()
    head = (
        f"HTTP/1.1 400 {HTTPStatus.BAD_REQUEST.phrase}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"{REQUEST_ID_HEADER}: {context.request_id}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body

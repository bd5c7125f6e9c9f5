"""One HTTP exchange: receiving the body within its limit, answering early, and accounting.

Bodies are received as a stream, for two reasons. A handler may take one larger than memory.
And a request can be refused while its body is still on the way: closing the connection then
would reset it, and the client would see the reset instead of the answer (RFC 9112, 9.6). So the
answer is sent at once, and what still arrives is read and dropped for a bounded while.
"""

import asyncio
import sys
from asyncio import Future
from collections.abc import Awaitable
from typing import Any, Final, cast

import structlog
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.web import Application, Finish, RequestHandler, stream_request_body

from servicekit.body import MEBIBYTE, BodyLimit, declared_size, has_body
from servicekit.context import REQUEST_ID_HEADER, context_from, current_request
from servicekit.errors import Unavailable
from servicekit.routing import Route
from servicekit.runtime import Runtime
from servicekit.state import Phase

CLIENT_LEFT: Final = 499
"""The status in logs and metrics for a client that closed the connection before its answer."""
_DISCARD_BYTES: Final = 64 * MEBIBYTE
_DISCARD_SECONDS: Final = 10.0
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_access_log = structlog.get_logger("servicekit.access")


@stream_request_body
class Exchange(RequestHandler):
    """A request handler that knows its route, bounds its body and accounts for its end."""

    cancel_on_disconnect = False
    """Whether the method is cancelled when its client leaves. Only for work without lasting effects."""

    def __init__(
        self,
        application: Application,
        request: HTTPServerRequest,
        *,
        runtime: Runtime,
        route: Route,
        limit: BodyLimit,
        **needs: Any,
    ) -> None:
        self.runtime = runtime
        self.route = route
        self.context = context_from(request.headers)
        self._limit = limit
        self._received = 0
        self._discarding = False
        self._discard_timer: asyncio.TimerHandle | None = None
        self._client_left = False
        self._ended = False
        self._task: asyncio.Task[Any] | None = None
        self._error_code: str | None = None
        super().__init__(application, request, **needs)
        runtime.state.request_began()
        runtime.metrics.request_began()

    # -- before the body

    def set_default_headers(self) -> None:
        """The headers of every answer, errors included."""
        self.set_header("Server", self.runtime.info.name)
        self.set_header(REQUEST_ID_HEADER, self.context.request_id)
        for name, value in _SECURITY_HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Sets the request's context, then admits or refuses it; override `admit`, not this."""
        self._task = asyncio.current_task()
        current_request.set(self.context)
        # The limit is kept here, where the answer can name it; the protocol layer only hangs up.
        cast(HTTP1Connection, self.request.connection).set_max_body_size(sys.maxsize)
        self.admit()

    def admit(self) -> None:
        """Raises what keeps this request out: key, phase, declared size. The body is still to come."""
        if not self.route.open_access:
            self.runtime.keys.check(self.request.headers)
        if self.runtime.state.phase is Phase.STARTING and not self.route.early:
            raise Unavailable("the service is still starting")
        self._limit.check(declared_size(self.request.headers))

    # -- the body

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Takes a piece of the body, or drops it once the request has been answered."""
        self._received += len(chunk)
        if not self._discarding:
            return self._take(chunk)
        if self._received > self._limit.size + _DISCARD_BYTES:
            self._end_discarding()
        return None

    def body_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Override to take the body in pieces. What it raises is answered at once."""
        raise NotImplementedError

    async def _take(self, chunk: bytes) -> None:
        try:
            self._limit.check(self._received)
            taken = self.body_received(chunk)
            if taken is not None:
                await taken
        except Exception:  # noqa: BLE001 - as Tornado does for the methods themselves
            self._answer_before_the_body_ends()

    def _answer_before_the_body_ends(self) -> None:
        # The method would otherwise still be called when the body has come to its end.
        setattr(self, (self.request.method or "get").lower(), _answered_already)
        self.log_exception(*sys.exc_info())
        self.send_error(500, exc_info=sys.exc_info())

    # -- the end

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> "Future[None]":
        """Ends the answer; while the body is still on the way, only once that is read or given up."""
        if self.runtime.state.phase is Phase.DRAINING and not self._headers_written:
            self.set_header("Connection", "close")
        if self._body_has_ended() or self._body_is_withheld():
            return super().finish(chunk)
        return self.flush() if self._discarding else self._answer_then_discard(chunk)

    def _body_has_ended(self) -> bool:
        return self.request._body_future.done()

    def _body_is_withheld(self) -> bool:
        # A client that expects 100 Continue sends nothing before it: there is nothing to wait for.
        return "Expect" in self.request.headers and self._received == 0

    def _answer_then_discard(self, chunk: str | bytes | dict[str, Any] | None) -> "Future[None]":
        if chunk is not None:
            self.write(chunk)
        self.set_header("Content-Length", sum(map(len, self._write_buffer)))
        headers = self.request.headers
        if has_body(headers) and not 0 < declared_size(headers) <= _DISCARD_BYTES:
            self.set_header("Connection", "close")
        self._discarding = True
        self._discard_timer = asyncio.get_running_loop().call_later(_DISCARD_SECONDS, self._end_discarding)
        self.request._body_future.add_done_callback(lambda _: self._end_discarding())
        return self.flush()

    def _end_discarding(self) -> None:
        if self._discard_timer is not None:
            self._discard_timer.cancel()
        if not self._finished:
            super().finish()

    def on_connection_close(self) -> None:
        """The client left: stop its work where that is allowed, and account for the request."""
        in_body = not self._body_has_ended()
        super().on_connection_close()
        self._client_left = True
        if in_body and not self._discarding:
            # Tornado drops the request here without another word.
            self._account()
        elif self.cancel_on_disconnect and self._task is not None:
            self._task.cancel()

    def on_finish(self) -> None:
        """Accounts for the request; a subclass that overrides this must call it."""
        self._account()

    def _account(self) -> None:
        if self._ended:
            return
        self._ended = True
        status = CLIENT_LEFT if self._client_left else int(self.get_status())
        seconds = self.request.request_time()
        self.runtime.state.request_ended()
        self.runtime.metrics.request_ended(type(self).__name__, self._method_label(), status, seconds)
        self._log_access(status, seconds)

    def _log_access(self, status: int, seconds: float) -> None:
        write = _access_log.debug if self.route.quiet and status < 400 else _access_log.info
        optional = {"error_code": self._error_code} if self._error_code else {}
        write(
            "request",
            method=self._method_label(),
            route=self.route.path,
            handler=type(self).__name__,
            status=status,
            duration_ms=round(seconds * 1000, 2),
            bytes_in=self._received,
            bytes_out=int(self._headers.get("Content-Length", 0)),
            request_id=self.context.request_id,
            **optional,
        )

    def _method_label(self) -> str:
        method = self.request.method or ""
        return method if method in _METHODS else "other"

    def compute_etag(self) -> str | None:
        """None: answers are computed, and hashing each one would cost without ever matching."""
        return None


async def _answered_already(*_: str, **__: str) -> None:
    raise Finish

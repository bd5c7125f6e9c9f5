"""The one place where errors become HTTP: status, headers and the error envelope."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import responses
from typing import Any, Final

from tornado.httputil import HTTPInputError
from tornado.web import HTTPError

from servicekit import errors
from servicekit.errors import FieldProblem, ServiceError

STATUS_OF: Final[Mapping[type[ServiceError], HTTPStatus]] = {
    errors.InvalidInput: HTTPStatus.BAD_REQUEST,
    errors.Unauthorized: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.RangeNotSatisfiable: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    errors.Unprocessable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Busy: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotImplementedHere: HTTPStatus.NOT_IMPLEMENTED,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DeadlineExceeded: HTTPStatus.GATEWAY_TIMEOUT,
}
_CODE_OF: Final = {int(status): kind.code for kind, status in STATUS_OF.items()}
INTERNAL_CODE: Final = "internal_error"
_INTERNAL_MESSAGE: Final = "internal error; the log has the details under this request id"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as the caller sees it."""

    status: int
    code: str
    message: str
    details: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def envelope(self, request_id: str) -> dict[str, Any]:
        """The body of every failed request."""
        details = [{"field": item.field, "message": item.message} for item in self.details]
        error = {"code": self.code, "message": self.message, "details": details}
        return {"status": "error", "error": error, "request_id": request_id}


def status_of(kind: type[ServiceError]) -> HTTPStatus:
    """The status for an error class: its own, or that of the nearest ancestor with one."""
    for ancestor in kind.__mro__:
        if ancestor in STATUS_OF:
            return STATUS_OF[ancestor]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def code_of(status: int) -> str:
    """The code of errors with a status; that of an internal error for statuses no error class has."""
    return _CODE_OF.get(status, INTERNAL_CODE)


def problem_of(exc: BaseException | None, status: int = 500) -> Problem:
    """The problem that an exception stands for.

    `status` counts only where there is no exception; an exception of no known kind is a 500
    whose text tells nothing of it.
    """
    if isinstance(exc, ServiceError):
        return _from_service_error(exc)
    if isinstance(exc, HTTPError):
        return _from_status(exc.status_code, exc.get_message() or exc.reason)
    if isinstance(exc, HTTPInputError):
        return _from_status(HTTPStatus.BAD_REQUEST, str(exc))
    return _from_status(HTTPStatus.INTERNAL_SERVER_ERROR if exc else status, None)


def _from_service_error(exc: ServiceError) -> Problem:
    status = status_of(type(exc))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _from_status(status, None)
    return Problem(status, exc.error_code, exc.shown, exc.details, _headers_for(exc))


def _headers_for(exc: ServiceError) -> dict[str, str]:
    if isinstance(exc, errors.Busy):
        # Retry-After takes whole seconds (RFC 9110, 10.2.3); 0 would invite a storm.
        return {"Retry-After": str(max(1, math.ceil(exc.retry_after)))}
    if isinstance(exc, errors.Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(exc, errors.RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{exc.size}"}
    return {}


def _from_status(status: int, text: str | None) -> Problem:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(status, _CODE_OF.get(status, INTERNAL_CODE), _INTERNAL_MESSAGE)
    code = _CODE_OF.get(status, errors.InvalidInput.code)
    return Problem(status, code, text or responses.get(status, "the request was refused"))

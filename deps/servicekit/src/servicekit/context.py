"""What identifies a request: its id and its place in a distributed trace.

`current_request` holds it for the duration of the request, so that log lines and outbound
calls carry it without every function passing it on.
"""

import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

REQUEST_ID_HEADER: Final = "X-Request-ID"
TRACEPARENT_HEADER: Final = "traceparent"

# Letters, digits and the marks that common generators use: nothing that could forge a log line.
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)
_TRACEPARENT: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})-[0-9a-f]{2}(?P<rest>-.*)?"
)
_LONGEST_TRACEPARENT: Final = 512


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The ids of one request; `traceparent` is None where none or an invalid one came in."""

    request_id: str
    traceparent: str | None = None

    def outbound_headers(self) -> dict[str, str]:
        """The headers that a call made on behalf of this request carries."""
        headers = {REQUEST_ID_HEADER: self.request_id}
        if self.traceparent:
            headers[TRACEPARENT_HEADER] = self.traceparent
        return headers


current_request: ContextVar[RequestContext | None] = ContextVar("current_request", default=None)


def context_from(headers: Mapping[str, str]) -> RequestContext:
    """Reads the ids from request headers; an unsafe or missing request id is replaced by a new one."""
    offered = headers.get(REQUEST_ID_HEADER, "")
    request_id = offered if _SAFE_ID.fullmatch(offered) else uuid.uuid4().hex
    return RequestContext(request_id, valid_traceparent(headers.get(TRACEPARENT_HEADER)))


def valid_traceparent(value: str | None) -> str | None:
    """The value if it obeys W3C Trace Context (3.2), else None.

    A version above 00 may append fields; 00 may not, ff is forbidden, and ids of zeros are void.
    """
    if value is None or len(value) > _LONGEST_TRACEPARENT:
        return None
    found = _TRACEPARENT.fullmatch(value)
    if found is None or found["version"] == "ff" or (found["version"] == "00" and found["rest"]):
        return None
    if not found["trace"].strip("0") or not found["parent"].strip("0"):
        return None
    return value

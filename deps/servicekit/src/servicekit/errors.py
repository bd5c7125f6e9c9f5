"""The errors that logic raises.

They know nothing of HTTP; `servicekit.problems` alone turns them into statuses and envelopes.
A service derives its own errors from these leaves and inherits their treatment.

    ServiceError
    ├── InvalidInput          the request breaks a documented rule; details name the fields
    ├── Unauthorized          no credential, or a wrong one
    ├── Forbidden             a known caller, or anyone, may not do this here
    ├── NotFound              nothing by that name or id
    ├── MethodNotAllowed      the address exists, the method does not
    ├── Conflict              clashes with the present state: a name taken, an operation running
    ├── TooLarge              over a documented limit of size
    ├── UnsupportedMedia      a media type that is not accepted; says which are
    ├── RangeNotSatisfiable   no byte is in the range that was asked for
    ├── Unprocessable         well formed and understood, yet impossible
    ├── Busy                  no capacity now; retry_after says when to ask again
    ├── NotImplementedHere    this installation lacks the part
    ├── Unavailable           a part is down                  (message goes to the log only)
    └── DeadlineExceeded      a part did not answer in time   (message goes to the log only)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; nested fields are dotted, as in `files.0.name`."""

    field: str
    message: str


class ServiceError(Exception):
    """The root: a message for the caller, a stable snake_case code, and problems by field.

    `public_message`, where a class sets it, is shown instead of the message, which then may
    speak of hosts and causes because only the log gets it.
    """

    code: ClassVar[str] = "error"
    public_message: ClassVar[str | None] = None

    def __init__(
        self, message: str = "", *, code: str | None = None, details: Iterable[FieldProblem] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or self.code
        self.details = tuple(details)

    @property
    def shown(self) -> str:
        """The text that may leave the service."""
        return self.public_message or self.message


class InvalidInput(ServiceError):
    """The request breaks a documented rule."""

    code = "invalid_input"


class Unauthorized(ServiceError):
    """No credential was presented, or a wrong one."""

    code = "unauthorized"


class Forbidden(ServiceError):
    """The operation is not permitted here."""

    code = "forbidden"


class NotFound(ServiceError):
    """Nothing exists by that name or id."""

    code = "not_found"


class MethodNotAllowed(ServiceError):
    """The address exists, but not for this method."""

    code = "method_not_allowed"


class Conflict(ServiceError):
    """The request clashes with the present state."""

    code = "conflict"


class TooLarge(ServiceError):
    """Something is over a documented limit of size."""

    code = "too_large"


class UnsupportedMedia(ServiceError):
    """The media type is not accepted; the message names the one found and those accepted."""

    code = "unsupported_media_type"


class RangeNotSatisfiable(ServiceError):
    """No byte is in the range that was asked for. `size` is that of the whole, in bytes."""

    code = "range_not_satisfiable"

    def __init__(self, message: str = "", *, size: int) -> None:
        super().__init__(message or f"no byte of the {size} there are is in the range")
        self.size = size


class Unprocessable(ServiceError):
    """The request is understood and cannot be carried out."""

    code = "unprocessable"


class Busy(ServiceError):
    """No capacity now. `retry_after` is in seconds."""

    code = "busy"

    def __init__(
        self,
        message: str = "no capacity at the moment",
        *,
        retry_after: float = 1.0,
        code: str | None = None,
        details: Iterable[FieldProblem] = (),
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.retry_after = retry_after


class NotImplementedHere(ServiceError):
    """This installation lacks the part that the request needs."""

    code = "not_implemented"


class Unavailable(ServiceError):
    """A part that the request needs is down."""

    code = "unavailable"
    public_message: ClassVar[str | None] = (
        "a part of the service that this request needs is unavailable; try again later"
    )


class DeadlineExceeded(ServiceError):
    """A part that the request needs did not answer in time."""

    code = "deadline_exceeded"
    public_message = "a part of the service that this request needs did not answer in time"

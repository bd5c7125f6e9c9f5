"""The errors of this service.

ServiceError (servicekit)
├── InvalidInput
├── NotFound
│   ├── UnknownFile         no stored file has that id
│   │   └── ContentMissing  the file is known, its content is gone from the store
│   ├── UnknownTag          no tag has that id or name
│   └── UnknownJob          no batch job has that id
├── Conflict
│   ├── TagExists           another tag has that name
│   ├── RequestRunning      a request with the same Idempotency-Key is under way
│   └── LeaseLost           another worker has taken the work over
├── TooLarge
├── UnsupportedMedia
├── Unprocessable
│   ├── FileDamaged         a file is not what it should be, or its reader broke on it
│   ├── FileEncrypted       a password is needed, or the given one is wrong
│   ├── CodeFailed          a caller's code failed; says how, by its own lines
│   ├── OverBudget          its processing took more time, memory or disk than it may; names the setting
│   └── KeyReused           the Idempotency-Key belongs to a request with another body
├── Forbidden
├── Busy                    every slot is taken (429)
├── NotImplementedHere      a part is not installed (501)
├── RangeNotSatisfiable     no byte of the file is in the range that was asked for (416)
└── Unavailable             a part is down (503)
    ├── StorageFull         there is no room for more
    └── CoderunnerDown      the service that runs code does not answer
"""

from servicekit.errors import (
    Busy,
    Conflict,
    DeadlineExceeded,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    NotImplementedHere,
    RangeNotSatisfiable,
    ServiceError,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)

__all__ = [
    "Busy",
    "CodeFailed",
    "CoderunnerDown",
    "Conflict",
    "ContentMissing",
    "DeadlineExceeded",
    "FieldProblem",
    "FileDamaged",
    "FileEncrypted",
    "Forbidden",
    "InvalidInput",
    "KeyReused",
    "LeaseLost",
    "NotFound",
    "NotImplementedHere",
    "OverBudget",
    "RangeNotSatisfiable",
    "RequestRunning",
    "ServiceError",
    "StorageFull",
    "TagExists",
    "TooLarge",
    "Unavailable",
    "UnknownFile",
    "UnknownJob",
    "UnknownTag",
    "Unprocessable",
    "UnsupportedMedia",
]


class UnknownFile(NotFound):
    """No stored file has that id."""

    code = "unknown_file"


class ContentMissing(UnknownFile):
    """The file is known, its content is gone from the store."""

    code = "content_missing"


class UnknownTag(NotFound):
    """No tag has that id or name."""

    code = "unknown_tag"


class UnknownJob(NotFound):
    """No batch job has that id."""

    code = "unknown_job"


class TagExists(Conflict):
    """Another tag has that name; capitals make no difference."""

    code = "tag_exists"


class RequestRunning(Conflict):
    """A request with the same Idempotency-Key is under way."""

    code = "request_running"


class LeaseLost(Conflict):
    """Another worker has taken the work over; what this one did has no effect."""

    code = "lease_lost"


class FileDamaged(Unprocessable):
    """A file is not what it should be, or its reader broke on it."""

    code = "file_damaged"


class FileEncrypted(Unprocessable):
    """A file needs a password, or the given one is wrong."""

    code = "file_encrypted"


class OverBudget(Unprocessable):
    """Processing took more time, memory or disk than it may; the message names the setting."""

    code = "over_budget"


class CodeFailed(Unprocessable):
    """A caller's code failed; the message says how, by its own lines."""

    code = "code_failed"


class KeyReused(Unprocessable):
    """The Idempotency-Key belongs to a request with another body."""

    code = "key_reused"


class StorageFull(Unavailable):
    """There is no room for more."""

    code = "storage_full"
    public_message = "there is no room for more in the store"


class CoderunnerDown(Unavailable):
    """The service that runs code does not answer."""

    code = "coderunner_unavailable"
    public_message = "the service that runs code (CODERUNNER_URL) does not answer; try again later"

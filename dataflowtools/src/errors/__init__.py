"""The errors of this service.

ServiceError (servicekit)
├── InvalidInput
├── NotFound
│   └── UnknownFile         no stored file has that id
├── Conflict
├── TooLarge
├── UnsupportedMedia
├── Unprocessable
│   ├── FileDamaged         a file is not what it should be, or its reader broke on it
│   ├── FileEncrypted       a password is needed, or the given one is wrong
│   ├── CodeFailed          a caller's code failed; says how, by its own lines
│   └── OverBudget          its processing took more time, memory or disk than it may; names the setting
├── Forbidden
├── Busy                    every slot is taken (429)
├── NotImplementedHere      a part is not installed (501)
└── Unavailable             a part is down (503)
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
    "DeadlineExceeded",
    "FieldProblem",
    "FileDamaged",
    "FileEncrypted",
    "Forbidden",
    "InvalidInput",
    "NotFound",
    "NotImplementedHere",
    "OverBudget",
    "ServiceError",
    "TooLarge",
    "Unavailable",
    "UnknownFile",
    "Unprocessable",
    "UnsupportedMedia",
]


class UnknownFile(NotFound):
    """No stored file has that id."""

    code = "unknown_file"


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


class CoderunnerDown(Unavailable):
    """The service that runs code does not answer, or not as agreed."""

    code = "coderunner_down"
    public_message = "the coderunner service (CODERUNNER_URL) does not answer; try again later"

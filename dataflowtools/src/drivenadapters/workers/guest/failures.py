"""How a task tells what is wrong with its input."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """What the caller is to be told; the service turns each into an error of its own."""

    INVALID = "invalid"  # an option or a field of the request
    DAMAGED = "damaged"  # the file is not what it should be
    ENCRYPTED = "encrypted"  # a password is missing or wrong
    UNSUPPORTED = "unsupported"  # not a kind of file that this can be done with
    IMPOSSIBLE = "impossible"  # understood, yet it cannot be done
    TOO_LARGE = "too_large"  # over a documented limit; the message names the setting


class TaskFailed(Exception):
    """A task ends because of its input, with a message for the caller and the field at fault."""

    def __init__(self, kind: FailureKind, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.field = field

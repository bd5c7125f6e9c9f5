"""What failed inside a worker, as an error of the service."""

from __future__ import annotations

from errors import (
    FieldProblem,
    FileDamaged,
    FileEncrypted,
    InvalidInput,
    OverBudget,
    ServiceError,
    TooLarge,
    Unprocessable,
    UnsupportedMedia,
)


def error_of(kind: str, message: str, field: str, out_of_memory: str) -> ServiceError:
    """Return the error for what a task said of its end.

    Args:
        kind: a value of :class:`drivenadapters.workers.guest.failures.FailureKind`, ``out_of_memory``, or ``broken``.
        message: for the caller.
        field: of the request, where one is at fault.
        out_of_memory: the message where memory was the matter.
    """
    details = [FieldProblem(field, message)] if field else []
    match kind:
        case "invalid":
            return InvalidInput(f"{field}: {message}" if field else message, details=details)
        case "encrypted":
            return FileEncrypted(message, details=details)
        case "unsupported":
            return UnsupportedMedia(message, details=details)
        case "too_large":
            return TooLarge(message, details=details)
        case "impossible":
            return Unprocessable(message, details=details)
        case "out_of_memory":
            return OverBudget(out_of_memory)
        case "broken":
            return FileDamaged(f"the file cannot be read: {message}")
    return FileDamaged(message, details=details)

"""What the sandbox raises to its caller.

SandboxError
├── ConfinementUnavailable   a required layer is missing on this machine
│   └── UnsupportedMachine   no system call table for this architecture
├── ZygoteFailed             the fork server could not start
├── Saturated                every slot is taken and the queue is full or too slow
├── StagingFailed            the input files do not fit into the work folder
└── PoolClosed               the pool is shutting down

What the confined program does wrong is never an exception: it is the
:class:`~sandboxkit.outcome.Outcome` of the run.
"""

from __future__ import annotations


class SandboxError(Exception):
    """Root of the library's errors."""


class ConfinementUnavailable(SandboxError):
    """A required protection cannot be activated here; the message names it."""


class UnsupportedMachine(ConfinementUnavailable):
    """The processor architecture has no system call table."""


class ZygoteFailed(SandboxError):
    """The fork server did not become ready; the message holds its reason."""


class Saturated(SandboxError):
    """No capacity: ``retry_after`` is the suggested wait in seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StagingFailed(SandboxError):
    """The input files could not be written into the work folder; the message says why."""


class PoolClosed(SandboxError):
    """The pool no longer accepts runs."""

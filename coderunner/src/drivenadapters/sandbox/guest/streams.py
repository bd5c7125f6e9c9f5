"""Standard streams of a job: unbuffered, and over as soon as the output is full."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STDOUT_FD = 1
_STDERR_FD = 2


class CappedOutput(io.RawIOBase):
    """Writes straight to a descriptor whose size the kernel bounds.

    Nothing is held back, so what was printed survives however the process ends.
    ``on_full`` is called when the cap is reached and does not return.
    """

    def __init__(self, fd: int, on_full: Callable[[], None]) -> None:
        super().__init__()
        self._fd = fd
        self._on_full = on_full
        # The kernel does not guard a memory file's offset: threads would write over each other.
        # Reentrant, for a finalizer that prints while its thread is printing.
        self._turn = threading.RLock()

    def writable(self) -> bool:
        """Whether bytes can be written: always."""
        return True

    def fileno(self) -> int:
        """The descriptor, for libraries that ask."""
        return self._fd

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of the bytes."""
        rest = memoryview(data).cast("B")
        total = len(rest)
        with self._turn:
            while rest:
                try:
                    rest = rest[os.write(self._fd, rest) :]
                except OSError:
                    self._on_full()
                    break
        return total


def text_output(fd: int, on_full: Callable[[], None]) -> io.TextIOWrapper:
    """Return a text stream on an output descriptor; what cannot be encoded is escaped."""
    raw = CappedOutput(fd, on_full)
    return io.TextIOWrapper(
        raw,  # type: ignore[arg-type]  # no buffer in between, on purpose
        encoding="utf-8",
        errors="backslashreplace",
        newline="",
        write_through=True,
    )


@dataclass(frozen=True)
class Streams:
    """Standard input, output and error of one program."""

    stdin: io.StringIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def of_worker(cls, stdin: str, on_full: Callable[[], None]) -> Streams:
        """Return the streams of the worker's job."""
        return cls(io.StringIO(stdin), text_output(_STDOUT_FD, on_full), text_output(_STDERR_FD, on_full))

    def install(self) -> None:
        """Make them the streams of the process."""
        sys.stdin, sys.stdout, sys.stderr = self.stdin, self.stdout, self.stderr

"""Paths of user code: everything lives in the working directory."""

from __future__ import annotations

import io
import os
from typing import IO, Any

NO_DIRECTORY = "this run has no working directory; use io.StringIO or io.BytesIO"
OUTSIDE = "files live in the working directory"


class WorkFiles:
    """Judges paths for one run; ``root`` is None where the run has no working directory."""

    def __init__(self) -> None:
        self._given: str | None = None
        self._root: str | None = None

    @property
    def root(self) -> str | None:
        """The working directory, resolved."""
        return self._root

    def use(self, workdir: str | None) -> None:
        """Set the working directory of the run to come."""
        if workdir != self._given:  # resolving it touches memory that a fresh worker would have to copy
            self._given = workdir
            self._root = None if workdir is None else os.path.realpath(workdir)

    def check(self, path: Any) -> Any:
        """Return ``path`` if it lies in the working directory.

        Raises PermissionError, naming the path as it was given, if it does not, and TypeError
        for what is no path. File descriptors are refused: they are not the program's own.
        """
        if isinstance(path, bool) or not isinstance(path, (str, bytes, os.PathLike)):
            raise TypeError(f"expected a path, not {type(path).__name__!r}")
        exact = os.fsdecode(path)
        if self._root is None:
            raise PermissionError(f"{exact!r}: {NO_DIRECTORY}")
        if not inside(exact, self._root):
            raise PermissionError(f"{exact!r}: {OUTSIDE}")
        return path

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
    ) -> IO[Any]:
        """The built-in ``open``, in the working directory."""
        path = os.fspath(self.check(file))
        return io.open(path, mode, buffering, encoding, errors, newline, closefd)  # noqa: UP020


def inside(path: str, root: str) -> bool:
    """Whether ``path``, with symbolic links followed, is ``root`` or lies below it.

    Relative paths are relative to ``root``: that is where programs run.
    """
    if "\0" in path:
        return False
    resolved = os.path.realpath(os.path.join(root, path))
    return resolved == root or resolved.startswith(root.rstrip("/") + "/")

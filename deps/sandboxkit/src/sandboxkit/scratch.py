"""Private folders of fork servers, and the removal of those that a killed service left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from dataclasses import dataclass

from sandboxkit import trees

_PREFIX = "sandbox-"
_YOUNG_SECONDS = 60.0  # a folder just made may not be locked yet


@dataclass(frozen=True)
class Scratch:
    """A folder that is locked for as long as its owner lives, however the owner dies."""

    path: str
    lock: int

    @classmethod
    def create(cls) -> Scratch:
        """Make a folder of this process's own, after removing abandoned ones."""
        sweep(tempfile.gettempdir())
        path = tempfile.mkdtemp(prefix=_PREFIX)
        os.chmod(path, 0o711)  # noqa: S103 - children of another user pass through to their own folder
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return cls(path, lock)

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        trees.remove(self.path)
        os.close(self.lock)


def sweep(root: str) -> None:
    """Remove this user's scratch folders in ``root`` that nobody holds any more."""
    with os.scandir(root) as entries:
        candidates = [entry.path for entry in entries if entry.name.startswith(_PREFIX)]
    for path in candidates:
        with contextlib.suppress(OSError):
            _remove_abandoned(path)


def _remove_abandoned(path: str) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        info = os.fstat(folder)
        if info.st_uid != os.getuid() or time.time() - info.st_mtime < _YOUNG_SECONDS:
            return
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held: somebody still lives there
        trees.remove(path)
    finally:
        os.close(folder)

"""The store of sets and environments: its folders, its locks, and files that are written whole or not at all.

Layout::

    sets/KEY/packages/         one set, never changed after it appeared
    sets/KEY/set.json          what is in it
    leases/KEY                 locked, shared, by each process that uses the set; its time is that of the last use
    environments/NAME.json     which set the name means
    environments/NAME.lock     locked by whoever changes it
    requests/DIGEST.json       which set answered a request for packages
    cache/                     of the installers
    partial/ID/                an installation under way, locked by its process, or one that was interrupted
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import StoreUnavailable

_YOUNG_SECONDS = 60.0


@dataclass(frozen=True)
class StoreFolders:
    """Where things lie in a store."""

    root: Path

    @property
    def sets(self) -> Path:
        """The sets by key."""
        return self.root / "sets"

    @property
    def leases(self) -> Path:
        """The lock files of sets."""
        return self.root / "leases"

    @property
    def environments(self) -> Path:
        """The pointers."""
        return self.root / "environments"

    @property
    def requests(self) -> Path:
        """The answers to requests for packages."""
        return self.root / "requests"

    @property
    def cache(self) -> Path:
        """What installers keep."""
        return self.root / "cache"

    @property
    def cache_lock(self) -> Path:
        """Held, shared, by each installation."""
        return self.cache / ".lock"

    @property
    def partial(self) -> Path:
        """Installations under way."""
        return self.root / "partial"

    def make(self) -> None:
        """Make what is missing; raises OSError."""
        for folder in (self.sets, self.leases, self.environments, self.requests, self.cache, self.partial):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the operating system refuses into StoreUnavailable."""
    try:
        yield
    except OSError as reason:
        raise StoreUnavailable(f"package store: {reason}") from reason


def read_json(path: Path) -> Any:
    """Return a file's content, None if there is none or it is not JSON; raises OSError otherwise."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def write_json(path: Path, document: Any) -> None:
    """Write a file so that readers and power failures find the old one or the new one; raises OSError."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(json.dumps(document, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_volume(folder: Path) -> None:
    """Write everything of the folder's volume to the disk, where the system can (syncfs(2)); raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)


def lock_file(path: Path, mode: int) -> int | None:
    """Return the descriptor of a locked file, None if another holds it; raises OSError.

    The file is made if it is missing, and is still at its path when this returns.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            if _is_at(descriptor, path):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # removed while we waited


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


@dataclass(frozen=True)
class Partial:
    """A folder to install in, locked for as long as its process lives and uses it."""

    path: Path
    descriptor: int

    @classmethod
    def make(cls, folders: StoreFolders) -> Partial:
        """Make one; raises OSError."""
        path = Path(tempfile.mkdtemp(dir=folders.partial))
        path.chmod(0o755)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return cls(path, descriptor)

    def remove(self) -> None:
        """Remove it with all that was not moved out of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.descriptor)


def sweep_partial(folders: StoreFolders) -> None:
    """Remove what killed processes left of their installations."""
    for path in list(folders.partial.iterdir()):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < _YOUNG_SECONDS:
                continue  # may have been made this instant, and not be locked yet
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)

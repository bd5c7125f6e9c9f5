"""Local files that are being written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from drivenadapters.contents.threads import FileThreads
from errors import StorageFull, Unavailable
from logics.files import ContentFacts

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_NAMELESS_FILES = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL})
_PIECE = 1 << 20
_PREFIX = "draft-"


class FileDraft:
    """Satisfies the port ``Draft``."""

    def __init__(self, descriptor: int, threads: FileThreads) -> None:
        self._descriptor = descriptor
        self._threads = threads
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def descriptor(self) -> int:
        """See the port."""
        return self._descriptor

    async def write(self, data: bytes) -> None:
        """See the port."""
        await self._threads.run(self._write, data)

    async def facts(self) -> ContentFacts:
        """See the port."""
        return ContentFacts(self._size, self._digest.hexdigest())

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            with translated():
                written = os.pwrite(self._descriptor, rest, self._size)
            self._digest.update(rest[:written])
            self._size += written
            rest = rest[written:]


class DraftFolder:
    """Where drafts lie: without a name where the file system has that, so that no crash leaves one behind.

    Args:
        folder: on the volume where the files are to stay.
        nameless: False only to test the other way.
    """

    def __init__(self, folder: Path, threads: FileThreads, *, nameless: bool = True) -> None:
        self._folder = folder
        self._threads = threads
        self._nameless = nameless

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[FileDraft]:
        """Hold an empty draft."""
        descriptor = await self._threads.run(self._create)
        try:
            yield FileDraft(descriptor, self._threads)
        finally:
            await self._threads.run(self._discard, descriptor)

    async def measure(self, descriptor: int) -> ContentFacts:
        """Return size and digest of a file."""
        return await self._threads.run(_measure, descriptor)

    def publish(self, descriptor: int, target: Path) -> None:
        """Give a draft a name, durably; raises FileExistsError where the name is taken."""
        os.fsync(descriptor)
        name = self._name_of(descriptor)
        if name is None:
            _link(descriptor, target)
        else:
            os.rename(name, target)
        sync_folder(target.parent)

    def tidy(self, older_than_seconds: float) -> None:
        """Remove drafts that a crash left behind."""
        before = time.time() - older_than_seconds
        for path in self._folder.glob(f"{_PREFIX}*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _create(self) -> int:
        with translated():
            self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            if self._nameless:
                try:
                    return os.open(self._folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o640)
                except OSError as reason:
                    if reason.errno not in _NO_NAMELESS_FILES:
                        raise
            return tempfile.mkstemp(prefix=_PREFIX, dir=self._folder)[0]

    def _discard(self, descriptor: int) -> None:
        name = self._name_of(descriptor)
        os.close(descriptor)
        if name is not None:
            name.unlink(missing_ok=True)

    def _name_of(self, descriptor: int) -> Path | None:
        """Return the name that a draft has here; None without one, and after it has been published."""
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        return path if path.parent == self._folder.resolve() and path.name.startswith(_PREFIX) else None


def _link(descriptor: int, target: Path) -> None:
    """Give a file without a name one, as open(2) has it: by its link in /proc."""
    links = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Python follows the link only where a folder's descriptor makes it call linkat(2).
        os.link(str(descriptor), target, src_dir_fd=links, follow_symlinks=True)
    finally:
        os.close(links)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated() -> Iterator[None]:
    """Turn failures of the file system into the service's errors."""
    try:
        yield
    except OSError as reason:
        if reason.errno in _FULL:
            raise StorageFull(f"no room: {reason}") from reason
        raise Unavailable(f"the store does not work: {reason}") from reason


def _measure(descriptor: int) -> ContentFacts:
    digest = hashlib.sha256()
    size = 0
    with translated():
        while piece := os.pread(descriptor, _PIECE, size):
            digest.update(piece)
            size += len(piece)
    return ContentFacts(size, digest.hexdigest())

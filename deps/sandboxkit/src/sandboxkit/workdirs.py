"""Working folders of the children: one each, bounded by the kernel where it can be.

With private mounts a folder is a tmpfs with a size and an inode limit, so a full
folder is the writer's own ENOSPC. Elsewhere it is a plain folder whose total the
supervisor watches while the run lasts. An untouched folder serves the next child.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sandboxkit import linux, trees

_MOUNT_FLAGS = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC


@dataclass(frozen=True)
class Workdir:
    """One folder: its path for the child, and the descriptor to reach it by."""

    path: str
    fd: int


class Workdirs:
    """The folders of one fork server."""

    def __init__(self, root: str, owner: tuple[int, int], size: int, entries: int, *, mounted: bool) -> None:
        self._root = root
        self._owner = owner
        self._options = f"mode=0700,size={size},nr_inodes={entries + 1}"
        self._mounted = mounted
        self._clean: list[Workdir] = []
        self._names = _names()

    def take(self) -> Workdir:
        """Return an empty folder that belongs to the children's user."""
        return self._clean.pop() if self._clean else self._create()

    def release(self, workdir: Workdir) -> None:
        """Keep an untouched folder for the next child, destroy any other."""
        if os.listdir(workdir.fd):
            self._destroy(workdir)
        else:
            self._clean.append(workdir)

    def close(self) -> None:
        """Destroy the folders that no child holds."""
        while self._clean:
            self._destroy(self._clean.pop())

    def _create(self) -> Workdir:
        path = os.path.join(self._root, next(self._names))
        os.mkdir(path, 0o700)
        if self._mounted:
            linux.mount("tmpfs", path, "tmpfs", _MOUNT_FLAGS, self._options)
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        os.chown(fd, *self._owner)
        return Workdir(path, fd)

    def _destroy(self, workdir: Workdir) -> None:
        os.close(workdir.fd)
        with suppress(OSError):
            if self._mounted:
                linux.unmount(workdir.path)
                os.rmdir(workdir.path)
            else:
                trees.remove(workdir.path)


def _names() -> Iterator[str]:
    number = 0
    while True:
        yield str(number)
        number += 1

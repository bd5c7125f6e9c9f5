"""Removing a folder that a stranger filled: any depth, any modes, no recursion.

``shutil.rmtree`` recurses, so a chain of a thousand folders ends it with a
RecursionError, and it gives up on folders that their owner made unreadable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from secrets import token_hex

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(path: str) -> None:
    """Remove a folder and all beneath it; what does not exist is removed already.

    Nothing may be writing to it any more. What the system refuses to remove stays.
    """
    with suppress(OSError):
        root = os.open(path, _FOLDER_FLAGS)
        try:
            empty(root)
        finally:
            os.close(root)
        os.rmdir(path)


def empty(root: int) -> None:
    """Remove all that is in an open folder.

    Each nested folder is moved up into ``root`` before its parent goes, so that the
    depth costs neither stack nor descriptors.
    """
    prefix = token_hex(8)  # a name that is taken could not be moved to
    names = (f"{prefix}-{number}" for number in count())
    pending = _clear(root)
    while pending:
        entry = pending.pop()
        with suppress(OSError):
            folder = _open(root, entry)
            try:
                pending += _lift(folder, _clear(folder), root, names)
            finally:
                os.close(folder)
            os.rmdir(entry, dir_fd=root)


def _open(parent: int, entry: str) -> int:
    os.chmod(entry, 0o700, dir_fd=parent)
    return os.open(entry, _FOLDER_FLAGS, dir_fd=parent)


def _clear(folder: int) -> list[str]:
    """Remove what is no folder; returns the names of the folders."""
    with os.scandir(folder) as listing:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing]
    for name, is_folder in entries:
        if not is_folder:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in entries if is_folder]


def _lift(parent: int, entries: list[str], root: int, names: Iterator[str]) -> list[str]:
    """Move folders up into ``root`` under fresh names, and return those."""
    lifted = []
    for entry in entries:
        with suppress(OSError):
            # Moving a folder rewrites its "..", which its owner may have forbidden.
            os.chmod(entry, 0o700, dir_fd=parent)
            name = next(names)
            os.rename(entry, name, src_dir_fd=parent, dst_dir_fd=root)
            lifted.append(name)
    return lifted

"""Files into and out of a work folder, through its descriptor and no path at all.

The folder was in the hands of a stranger: links are never followed, only regular
files are read, and count, depth and size are bounded before anything is read.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class InputFile:
    """A file to put into the work folder; the name has no folder part."""

    name: str
    content: bytes


@dataclass(frozen=True)
class OutputFile:
    """A file found in the work folder; the name may have folder parts."""

    name: str
    content: bytes


@dataclass(frozen=True)
class CollectLimits:
    """How much is taken out of a work folder.

    Attributes:
        files: number of files.
        total_bytes: of all files together.
        depth: nested folders.
    """

    files: int = 64
    total_bytes: int = 32 << 20
    depth: int = 8


@dataclass
class Collection:
    """What was taken, and what was left with the reason."""

    files: list[OutputFile] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


# A change within one tick of the file system's clock would not show in the time of the
# last change, so inputs are dated back.
_BACKDATE_NS = 2_000_000_000

_Signature = tuple[int, int, int]
Manifest = dict[str, _Signature]


def stage(folder: int, files: tuple[InputFile, ...], uid: int, gid: int) -> Manifest:
    """Write the input files and return what identifies them unchanged.

    Raises:
        ValueError: a name is no plain file name.
        OSError: a name is taken twice, or the folder is full.
    """
    manifest = {}
    for file in files:
        if file.name in ("", ".", "..") or "/" in file.name or "\0" in file.name:
            raise ValueError(f"not a plain file name: {file.name!r}")
        fd = os.open(file.name, _WRITE_FLAGS, 0o600, dir_fd=folder)
        with open(fd, "wb") as target:
            target.write(file.content)
            target.flush()
            os.fchown(fd, uid, gid)
            changed = time.time_ns() - _BACKDATE_NS
            os.utime(fd, ns=(changed, changed))
            manifest[file.name] = _signature(os.fstat(fd))
    return manifest


def collect(folder: int, staged: Manifest, limits: CollectLimits) -> Collection:
    """Return the files that a run wrote or changed, in the order of their names."""
    collection = Collection()
    room = limits.total_bytes
    for name, parent, entry in _entries(folder, limits.depth, collection):
        info = os.stat(entry, dir_fd=parent, follow_symlinks=False)
        if not stat.S_ISREG(info.st_mode) or staged.get(name) == _signature(info):
            continue
        if len(collection.files) == limits.files:
            collection.left_out.append((name, f"more than {limits.files} files"))
            break
        if info.st_size > room:
            collection.left_out.append((name, f"more than {limits.total_bytes} bytes in all"))
            continue
        content = _read(parent, entry, room)
        if content is None:
            collection.left_out.append((name, "not readable"))
            continue
        room -= len(content)
        collection.files.append(OutputFile(name, content))
    return collection


def usage(folder: int, most_entries: int, depth: int = 64) -> tuple[int, int]:
    """Return allocated bytes and number of entries, counting at most that many.

    What is nested deeper than ``depth`` or hidden from this process cannot be counted,
    so it counts as too many entries.
    """
    total = entries = 0
    uncounted = Collection()
    for _, parent, entry in _entries(folder, depth, uncounted, folders=True):
        entries += 1
        if entries > most_entries:
            break
        try:
            total += os.stat(entry, dir_fd=parent, follow_symlinks=False).st_blocks * 512
        except OSError:
            continue  # removed meanwhile
    return total, most_entries + 1 if uncounted.left_out else entries


def _entries(
    folder: int, depth: int, collection: Collection, *, folders: bool = False
) -> Iterator[tuple[str, int, str]]:
    # Opened anew, because the given descriptor shares its position with whoever else lists it.
    own = os.open(".", _FOLDER_FLAGS, dir_fd=folder)
    try:
        yield from _walk(own, "", depth, collection, folders=folders)
    finally:
        os.close(own)


def deleted_bytes(pid: int, folder: int) -> int:
    """Return the allocated bytes of files that a process holds open and has removed from the folder."""
    device = os.fstat(folder).st_dev
    total = 0
    with os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            try:
                info = descriptor.stat()
            except OSError:
                continue  # closed meanwhile
            if info.st_nlink == 0 and info.st_dev == device and stat.S_ISREG(info.st_mode):
                total += info.st_blocks * 512
    return total


def _walk(
    folder: int, prefix: str, depth: int, collection: Collection, *, folders: bool = False
) -> Iterator[tuple[str, int, str]]:
    with os.scandir(folder) as listing:
        entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing)
    for entry, is_folder in entries:
        name = prefix + entry.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if not is_folder or folders:
            yield name, folder, entry
        if is_folder:
            yield from _descend(folder, entry, name, depth, collection, folders=folders)


def _descend(
    folder: int, entry: str, name: str, depth: int, collection: Collection, *, folders: bool
) -> Iterator[tuple[str, int, str]]:
    if not depth:
        collection.left_out.append((name, "nested too deep"))
        return
    try:
        child = os.open(entry, _FOLDER_FLAGS, dir_fd=folder)
    except FileNotFoundError:
        return  # removed meanwhile
    except OSError:
        collection.left_out.append((name, "not readable"))
        return
    try:
        yield from _walk(child, name + "/", depth - 1, collection, folders=folders)
    finally:
        os.close(child)


def _read(parent: int, entry: str, room: int) -> bytes | None:
    try:
        with open(os.open(entry, _READ_FLAGS, dir_fd=parent), "rb") as source:
            return source.read(room)
    except OSError:
        return None


def _signature(info: os.stat_result) -> _Signature:
    return info.st_ino, info.st_size, info.st_mtime_ns

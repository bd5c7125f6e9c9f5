"""Checks before any parser: what a container says of itself, against the limits."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from .limits import Limits

_HARMLESS = 8 << 20  # bytes of a part that may be compressed as well as it likes
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, KeyError)


def open_archive(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """Open a zip archive whose directory promises nothing outrageous.

    Reading a part through the result never yields more bytes than its directory entry says.

    Raises:
        TaskFailed: it has no readable directory, or is over a limit.
    """
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN_ZIP as error:
        raise TaskFailed(FailureKind.DAMAGED, f"the file's zip directory cannot be read: {error}") from error
    _check(archive.infolist(), limits)
    return archive


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    limits.check("max_archive_entries", len(entries), "parts of the file")
    limits.check_bytes("max_unpacked_mb", sum(entry.file_size for entry in entries), "unpacked, the file has")
    for entry in entries:
        if entry.file_size > _HARMLESS:
            ratio = entry.file_size / max(1, entry.compress_size)
            limits.check("max_archive_ratio", ratio, "a part of the file grows when it is unpacked", " times")
        if entry.compress_type not in _READABLE:
            raise TaskFailed(FailureKind.DAMAGED, "a part of the file is compressed in a way that office files are not")
    names = [part_name(entry.filename) for entry in entries]
    if len(set(names)) < len(names):
        raise TaskFailed(FailureKind.DAMAGED, "two parts of the file have the same name")
    if any(".." in name.split("/") for name in names):
        raise TaskFailed(FailureKind.DAMAGED, "a part of the file has a name that leads out of it")


def part_name(name: str) -> str:
    """Return the name under which a part is looked for: some writers use the other slash, or a leading one."""
    return name.replace("\\", "/").lstrip("/").lower()

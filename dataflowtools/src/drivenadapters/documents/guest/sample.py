"""What detection sees of a file: its first bytes, and the directory of a container, before any parser."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import olefile

_HEAD = 64 << 10
_TAIL = 4 << 10
_LARGEST_PART = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


@dataclass
class Sample:
    """A file as detection sees it.

    Attributes:
        file: open for reading.
        name: as it was given; only its ending counts.
        size: bytes.
        head: the first 64 KiB.
    """

    file: BinaryIO
    name: str
    size: int = 0
    head: bytes = b""

    def __post_init__(self) -> None:
        self.size = self.file.seek(0, 2)
        self.file.seek(0)
        self.head = self.file.read(_HEAD)

    @property
    def ending(self) -> str:
        """The name's ending in small letters, without the dot."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""

    @cached_property
    def tail(self) -> bytes:
        """The last 4 KiB."""
        self.file.seek(max(0, self.size - _TAIL))
        return self.file.read(_TAIL)

    @cached_property
    def entries(self) -> frozenset[str] | None:
        """The names in the central directory of a zip archive; None for anything else."""
        return None if self._archive is None else frozenset(self._archive.namelist())

    @cached_property
    def is_broken_archive(self) -> bool:
        """Whether it begins like a zip archive and has no readable directory."""
        return self.head.startswith(_ZIP) and self._archive is None

    def part(self, name: str) -> bytes:
        """Return a small part of a zip archive, or what can be read of it; empty if it is not there."""
        try:
            if self._archive is None or self._archive.getinfo(name).file_size > _LARGEST_PART:
                return b""
            with self._archive.open(name) as part:
                return part.read(_LARGEST_PART)
        except (KeyError, OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
            return b""

    @cached_property
    def streams(self) -> frozenset[str] | None:
        """The streams of an OLE compound file, as ``storage/stream``; None for anything else."""
        if not self.head.startswith(_OLE):
            return None
        self.file.seek(0)
        try:
            with olefile.OleFileIO(self.file) as ole:
                return frozenset("/".join(path) for path in ole.listdir(streams=True, storages=True))
        except Exception:  # noqa: BLE001 - the library raises whatever a damaged directory leads it to
            return frozenset()

    @cached_property
    def _archive(self) -> zipfile.ZipFile | None:
        if not self.head.startswith(_ZIP):
            return None
        self.file.seek(0)
        try:
            return zipfile.ZipFile(self.file)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError):
            return None

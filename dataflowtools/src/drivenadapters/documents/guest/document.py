"""A file on its way through a handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from .limits import Limits


@dataclass
class Document:
    """A file that is being read.

    Attributes:
        file: open for reading; handlers seek as they like.
        kind: by content.
        limits: what reading may cost.
        password: empty if none was given.
        name: as it was uploaded.
    """

    file: BinaryIO
    kind: str
    limits: Limits
    password: str = ""
    name: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.seek(0, 2)

    def rewind(self) -> BinaryIO:
        """Return the file at its start."""
        self.file.seek(0)
        return self.file

    def content(self) -> bytes:
        """Return the whole file."""
        return self.rewind().read()

    def text_bytes(self) -> bytes:
        """Return the whole of a file that is text.

        Raises:
            TaskFailed: it is longer than a text may be.
        """
        self.limits.check_bytes("max_text_mb", self.size, "the text has")
        return self.content()

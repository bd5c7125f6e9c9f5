"""What a task has to work with: the files it was given, a folder of its own, and a line to its caller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from sandboxkit.guest import Channel


class Workspace:
    """The files and the caller of one task. The current folder is the task's own and empty."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def source(self, name: str = "source") -> BinaryIO:
        """Open a file that the task was given, for reading at its start."""
        file = open(self._descriptor(name), "rb")  # noqa: SIM115 - the caller closes it
        file.seek(0)
        return file

    def sink(self, name: str = "sink") -> BinaryIO:
        """Open a file that the task is to fill, for reading and writing; it is empty."""
        file = open(self._descriptor(name), "w+b")  # noqa: SIM115 - the caller closes it
        file.truncate(0)
        return file

    def progress(self, done: float, total: float, what: str = "") -> None:
        """Tell the caller how far the task is, in units of its choice."""
        self._channel.note(json.dumps({"done": done, "total": total, "what": what}).encode())

    def _descriptor(self, name: str) -> int:
        answer, descriptors = self._channel.request(json.dumps({"open": name}).encode())
        if not descriptors:
            raise LookupError(f"the task was given no file {name}: {answer.decode()}")
        return descriptors[0]


Result = dict[str, Any]

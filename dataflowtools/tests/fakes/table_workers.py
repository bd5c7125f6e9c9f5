"""Work on tables in the test's own process, without confinement."""

from __future__ import annotations

import io
import json
import os
from typing import Any, BinaryIO

from drivenadapters.tables.guest import tasks
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from errors import FieldProblem, FileDamaged, FileEncrypted, InvalidInput, TooLarge, Unprocessable, UnsupportedMedia
from logics.tables.work import TableTask

_ERRORS = {
    FailureKind.INVALID: InvalidInput,
    FailureKind.DAMAGED: FileDamaged,
    FailureKind.ENCRYPTED: FileEncrypted,
    FailureKind.UNSUPPORTED: UnsupportedMedia,
    FailureKind.IMPOSSIBLE: Unprocessable,
    FailureKind.TOO_LARGE: TooLarge,
}


class FakeTableWorkers:
    """Satisfies the port ``TableWorkers``; keeps the tasks that it was given."""

    def __init__(self) -> None:
        self.tasks: list[TableTask] = []

    async def run(self, task: TableTask) -> dict[str, Any]:
        """See the port."""
        self.tasks.append(task)
        workspace: Any = _Descriptors(task)
        try:
            result: dict[str, Any] = getattr(tasks, task.operation)(workspace)
        except TaskFailed as failure:
            details = [FieldProblem(failure.field, failure.message)] if failure.field else []
            raise _ERRORS[failure.kind](failure.message, details=details) from failure
        return result


class _Descriptors:
    def __init__(self, task: TableTask) -> None:
        self._task = task

    def source(self, name: str = "source") -> BinaryIO:
        """Open a file of the task."""
        if name == "request":
            return io.BytesIO(json.dumps(self._task.request).encode())
        file = os.fdopen(os.dup(self._task.sources[name]), "rb")
        file.seek(0)
        return file

    def sink(self, name: str = "sink") -> BinaryIO:
        """Open an empty file of the task."""
        return os.fdopen(os.dup(self._task.sinks[name]), "w+b")

    def progress(self, done: float, total: float, what: str = "") -> None:
        """Pass on how far it is."""
        if self._task.progress is not None:
            self._task.progress(done, total, what)

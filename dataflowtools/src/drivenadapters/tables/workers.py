"""Work on tables in confined workers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drivenadapters.workers.specification import WorkerKind
from drivenadapters.workers.tasks import Task, TaskWorkers
from logics.tables.work import TableTask

_MODULE = "drivenadapters.tables.guest.tasks"

TABLES = WorkerKind(
    "tables",
    (_MODULE,),
    ready=2,
    environment={
        # Its own allocator reserves more address space than a worker may have.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    },
)


class ConfinedTableWorkers:
    """Satisfies the port ``TableWorkers``."""

    def __init__(self, workers: TaskWorkers) -> None:
        self._workers = workers

    async def run(self, task: TableTask) -> dict[str, Any]:
        """See the port."""
        with _in_memory(json.dumps(task.request).encode()) as request:
            result: dict[str, Any] = await self._workers.run(
                TABLES.name,
                Task(
                    f"{_MODULE}:{task.operation}",
                    {},
                    {**task.sources, "request": request},
                    task.sinks,
                    progress=task.progress,
                ),
            )
        return result


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """Hold the request as a file: it may be larger than a message to a worker."""
    descriptor = os.memfd_create("request", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield descriptor
    finally:
        os.close(descriptor)

"""The service without its workers, except that it kills itself where DIE_AT says, and has operations for jobs.

Steps: ``Class.method before`` or ``Class.method after`` of what an upload goes through.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "src"
sys.path[:0] = [str(SOURCE), str(SOURCE.parent / "tests")]

import container  # noqa: E402
import main  # noqa: E402
from common.settings import Settings  # noqa: E402
from drivenadapters.contents.local import LocalContents  # noqa: E402
from drivenadapters.database.files import SqlFileRecords  # noqa: E402
from harness.idle_workers import IdleWorkers  # noqa: E402
from logics.files import StoredFile  # noqa: E402
from logics.jobs import Operation, Progress  # noqa: E402
from logics.ports import StoredFiles  # noqa: E402

_CLASSES = {"LocalContents": LocalContents, "SqlFileRecords": SqlFileRecords}


def arm(step: str) -> None:
    """Replace a method by one that dies ahead of its work or after it."""
    place, _, when = step.partition(" ")
    owner, _, name = place.partition(".")
    method = getattr(_CLASSES[owner], name)

    @functools.wraps(method)
    async def deadly(*arguments: Any, **named: Any) -> Any:
        if when == "after":
            await method(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(_CLASSES[owner], name, deadly)


def operations(files: StoredFiles) -> dict[str, Operation]:
    """Return operations that copy a file, and then wait where a file named HOLD is in the working directory."""

    async def copy(file: StoredFile, _: Mapping[str, Any], __: Progress) -> Mapping[str, Any]:
        async with files.opened(file) as source, files.new() as sink:
            os.write(sink, os.pread(source, file.size, 0))
            made = await files.add(f"copy of {file.name}", sink, tags=("copies",))
        note(file)
        while held():  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.02)
        return {"file_id": made.file_id}

    return {"copy": Operation(copy)}


def build(settings: Settings) -> container.Service:
    """Compose the service as these tests need it."""
    return container.build(settings, operations=operations, workers=IdleWorkers(settings))


def note(file: StoredFile) -> None:
    """Leave a mark for each time a file has been worked on."""
    with Path(f"ran-{file.file_id}").open("a") as log:
        log.write("x")


def held() -> bool:
    """Whether the test wants work to go on."""
    return Path("HOLD").exists()


if __name__ == "__main__":
    if os.environ.get("DIE_AT"):
        arm(os.environ["DIE_AT"])
    setattr(main, "build", build)  # noqa: B010 - it is main's own name that is replaced
    sys.exit(main.main())

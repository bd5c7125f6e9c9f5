"""Operations for the tests of batch jobs."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from errors import Busy, FileDamaged, InvalidInput
from logics.files import StoredFile
from logics.jobs import Operation, Progress
from logics.ports import StoredFiles


class SampleOperations:
    """Operations that copy, fail, wait and break, and count how often they ran."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.started = threading.Event()
        self.release = threading.Event()
        self.busy = 0

    def by_name(self, files: StoredFiles) -> dict[str, Operation]:
        """Return the operations, over a service's files."""
        self._files = files
        return {
            "copy": Operation(self._copy, check=_check),
            "damaged": Operation(self._damaged),
            "broken": Operation(self._broken),
            "wait": Operation(self._wait),
            "busy": Operation(self._busy),
        }

    async def _copy(self, file: StoredFile, options: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        self.runs[file.file_id] += 1
        async with self._files.opened(file) as source, self._files.new() as sink:
            os.write(sink, os.pread(source, file.size, 0))
            progress(1, 1, "copied")
            made = await self._files.add(f"copy of {file.name}", sink, tags=("copies",))
        return {"file_id": made.file_id, "mark": options.get("mark")}

    async def _damaged(self, *_: Any) -> Mapping[str, Any]:
        raise FileDamaged("it is")

    async def _broken(self, *_: Any) -> Mapping[str, Any]:
        raise ZeroDivisionError

    async def _wait(self, file: StoredFile, _: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
        self.runs[file.file_id] += 1
        progress(1, 2, "waiting")
        self.started.set()
        while not self.release.is_set():  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.01)
        return {}

    async def _busy(self, file: StoredFile, *_: Any) -> Mapping[str, Any]:
        self.runs[file.file_id] += 1
        if self.runs[file.file_id] <= self.busy:
            raise Busy("full", retry_after=0)
        return {}


def _check(options: Mapping[str, Any]) -> Mapping[str, Any]:
    if set(options) - {"mark"}:
        raise InvalidInput("options: unknown option")
    return {"mark": "default", **options}

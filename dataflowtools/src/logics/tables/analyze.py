"""Find out what is in a table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from logics.files import StoredFile
from logics.ports import StoredFiles, TableWorkers
from logics.tables.analysis import AnalyzeOptions, AnalyzeRequest
from logics.tables.gathering import Gathered, gather
from logics.tables.limits import TableLimits
from logics.tables.sources import Source
from logics.tables.work import Progress, TableTask


class AnalyzeTable:
    """Computes statistics, charts and a report of a table."""

    def __init__(self, files: StoredFiles, workers: TableWorkers, limits: TableLimits) -> None:
        self._files = files
        self._workers = workers
        self._limits = limits

    async def __call__(self, request: AnalyzeRequest, progress: Progress | None = None) -> dict[str, Any]:
        """Run the operations of a request.

        Returns:
            ``rows``, ``columns``, a result an operation by its name, ``charts``, ``warnings``, ``read``, and
            ``report_file_id`` where a profile was asked for.

        Raises:
            InvalidInput: a column does not exist, or has no such figure.
            UnknownFile, UnsupportedMedia, FileDamaged, FileEncrypted, TooLarge, OverBudget, Busy, Unavailable.
        """
        async with AsyncExitStack() as opened:
            gathered = await gather({"source": request.source}, self._files, opened)
            sinks = {}
            if "profile" in request.operations:
                sinks["report"] = await opened.enter_async_context(self._files.new())
            answer = await self._workers.run(self._task(request, gathered, sinks, progress))
            if sinks:
                answer |= await self._keep(request, gathered, sinks["report"])
            return answer

    async def operate(self, file: StoredFile, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Analyse a stored file, as an operation of batch jobs; see :meth:`__call__`."""
        wanted = AnalyzeOptions.model_validate(options)
        return await self(AnalyzeRequest(source=Source(file_id=file.file_id), **dict(wanted)), progress)

    def _task(
        self, request: AnalyzeRequest, gathered: Gathered, sinks: Mapping[str, int], progress: Progress | None
    ) -> TableTask:
        asked = {
            "options": request.model_dump(mode="json", exclude={"source"}),
            "sources": gathered.described,
            "kinds": gathered.kinds,
            "title": _title(gathered),
            "limits": self._limits.for_workers(),
        }
        return TableTask("analyze", asked, gathered.descriptors, sinks, progress)

    async def _keep(self, request: AnalyzeRequest, gathered: Gathered, report: int) -> dict[str, Any]:
        name = request.report_name or f"{_title(gathered).rpartition('.')[0] or _title(gathered)}-profile.html"
        file = await self._files.add(name, report)
        return {"report_file_id": file.file_id, "report_file": {"name": file.name, "size": file.size}}


def _title(gathered: Gathered) -> str:
    file = gathered.files.get("source")
    return file.name if file else "table"

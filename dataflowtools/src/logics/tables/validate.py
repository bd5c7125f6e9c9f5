"""Find out what is wrong with a table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from errors import FieldProblem, InvalidInput
from logics.files import StoredFile
from logics.ports import StoredFiles, TableWorkers
from logics.tables.gathering import Gathered, check_count, gather
from logics.tables.limits import TableLimits
from logics.tables.sources import Source
from logics.tables.validation.checks import Checks, ForeignKeyCheck
from logics.tables.validation.requests import ValidateOptions, ValidateRequest, schema_type
from logics.tables.work import Progress, TableTask


class ValidateTable:
    """Checks tables against schemas."""

    def __init__(self, files: StoredFiles, workers: TableWorkers, limits: TableLimits) -> None:
        self._files = files
        self._workers = workers
        self._limits = limits

    async def __call__(self, request: ValidateRequest, progress: Progress | None = None) -> dict[str, Any]:
        """Check a table.

        Returns:
            ``valid``, ``rows``, ``total`` violations, ``counts`` by rule, one page of them in ``items`` with
            ``next_cursor``, ``read``, and ``file_id`` where they were saved.

        Raises:
            InvalidInput: the schema is wrong, or the cursor is none.
            UnknownFile, UnsupportedMedia, FileDamaged, FileEncrypted, TooLarge, OverBudget, Busy, Unavailable.
        """
        check_count(request.limit, self._limits.preview, "limit", "MAX_PREVIEW_ROWS")
        start = _position(request.cursor)
        async with AsyncExitStack() as opened:
            gathered = await gather(_sources(request), self._files, opened)
            sinks = {}
            if request.output is not None:
                sinks["sink"] = await opened.enter_async_context(self._files.new())
            answer = await self._workers.run(self._task(request, gathered, start, sinks, progress))
            total = answer["total"]
            end = start + len(answer["items"])
            answer["next_cursor"] = str(end) if end < total else None
            if request.output is not None:
                answer |= await self._save(request, gathered, sinks["sink"])
            return answer

    async def operate(self, file: StoredFile, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Check a stored file, as an operation of batch jobs; see :meth:`__call__`."""
        wanted = ValidateOptions.model_validate(options)
        return await self(ValidateRequest(source=Source(file_id=file.file_id), **dict(wanted)), progress)

    def _task(
        self,
        request: ValidateRequest,
        gathered: Gathered,
        start: int,
        sinks: Mapping[str, int],
        progress: Progress | None,
    ) -> TableTask:
        schema = request.schema_
        asked = {
            "schema": schema.model_dump(mode="json", exclude_unset=True) if isinstance(schema, Checks) else schema,
            "schema_type": schema_type(request),
            "start": start,
            "limit": request.limit,
            "format": request.output.format if request.output else None,
            "sources": gathered.described,
            "kinds": gathered.kinds,
            "limits": self._limits.for_workers(),
        }
        return TableTask("validate", asked, gathered.descriptors, sinks, progress)

    async def _save(self, request: ValidateRequest, gathered: Gathered, sink: int) -> dict[str, Any]:
        output = request.output
        if output is None:
            return {}
        file = gathered.files.get("source")
        stem = (file.name.rpartition(".")[0] or file.name) if file else "table"
        saved = await self._files.add(output.name or f"{stem}-violations.{output.format}", sink)
        return {"file_id": saved.file_id, "file": {"name": saved.name, "size": saved.size}}


def _sources(request: ValidateRequest) -> dict[str, Source]:
    sources = {"source": request.source}
    if isinstance(request.schema_, Checks):
        for index, check in enumerate(request.schema_.checks):
            if isinstance(check, ForeignKeyCheck):
                sources[f"schema.checks.{index}.other"] = check.other
    return sources


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        message = "not a cursor of an earlier answer"
        raise InvalidInput(f"cursor: {message}", details=[FieldProblem("cursor", message)])
    return int(cursor)

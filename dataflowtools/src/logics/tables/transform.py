"""Transform a table by steps, with callers' code on coderunner where a step asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from logics.files import StoredFile
from logics.ports import CustomCode, StoredFiles, TableWorkers
from logics.tables.gathering import Gathered, check_count, gather, sources_of_steps
from logics.tables.limits import TableLimits
from logics.tables.requests import Output, TransformOptions, TransformRequest
from logics.tables.sources import Source
from logics.tables.steps import CustomStep
from logics.tables.work import CustomProgram, Progress, TableTask
from utils.intervals import milliseconds_since, now

_HANDOVER = {"format": "columns", "preview": 0, "neutralise_formulas": False}


@dataclass
class _Run:
    """A transformation under way: where its table is, and what has been told so far."""

    gathered: Gathered
    progress: Progress | None
    lineage: list[Any] = field(default_factory=list)
    read: dict[str, Any] = field(default_factory=dict)
    engines: list[str] = field(default_factory=list)
    current: int | None = None  # the table between segments, as a descriptor


class TransformTable:
    """Transforms tables."""

    def __init__(self, files: StoredFiles, workers: TableWorkers, custom: CustomCode, limits: TableLimits) -> None:
        self._files = files
        self._workers = workers
        self._custom = custom
        self._limits = limits

    async def __call__(self, request: TransformRequest, progress: Progress | None = None) -> dict[str, Any]:
        """Run the steps of a request.

        Returns:
            ``rows``, ``schema``, ``preview``, ``lineage``, ``engine``, ``read`` and, where it was saved, ``file_id``.

        Raises:
            InvalidInput: a step does not fit its table; nothing ran.
            Unprocessable: a value of the table cannot be taken, or callers' code failed.
            UnknownFile, UnsupportedMedia, FileDamaged, FileEncrypted, TooLarge, OverBudget, Busy, Unavailable.
        """
        check_count(len(request.steps), self._limits.steps, "steps", "MAX_TABLE_STEPS")
        check_count(request.output.preview, self._limits.preview, "output.preview", "MAX_PREVIEW_ROWS")
        async with AsyncExitStack() as opened:
            sources = {"source": request.source, **sources_of_steps(request.steps)}
            run = _Run(await gather(sources, self._files, opened), progress)
            return await self._run(request, run, opened)

    async def operate(self, file: StoredFile, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Transform a stored file, as an operation of batch jobs; see :meth:`__call__`."""
        wanted = TransformOptions.model_validate(options)
        request = TransformRequest(source=Source(file_id=file.file_id), **dict(wanted))
        return await self(request, progress)

    async def _run(self, request: TransformRequest, run: _Run, opened: AsyncExitStack) -> dict[str, Any]:
        first = 0
        for index, step in enumerate(request.steps):
            if isinstance(step, CustomStep):
                table = await self._segment(request, run, (first, index), opened)
                run.current = await self._run_code(step, index, table, run, opened)
                first = index + 1
        return await self._last(request, run, (first, len(request.steps)), opened)

    async def _segment(
        self, request: TransformRequest, run: _Run, span: tuple[int, int], opened: AsyncExitStack
    ) -> int:
        """Run the steps before a custom one; returns the table."""
        sink = await opened.enter_async_context(self._files.new())
        self._note(run, await self._workers.run(self._task(request, run, span, _HANDOVER, {"sink": sink})))
        return sink

    async def _run_code(self, step: CustomStep, index: int, table: int, run: _Run, opened: AsyncExitStack) -> int:
        result = await opened.enter_async_context(self._files.new())
        program = CustomProgram(step.code, step.inputs, step.packages, step.environment, step.timeout, step.memory_mb)
        started = now()
        outcome = await self._custom.run(program, table, result)
        told = {"stdout": outcome.stdout, "usage": dict(outcome.usage)}
        run.lineage.append(
            {
                "step": index + 1,
                "op": "custom",
                "rows_in": None,
                "rows_out": None,
                "ms": milliseconds_since(started),
                **told,
            }
        )
        return result

    async def _last(
        self, request: TransformRequest, run: _Run, span: tuple[int, int], opened: AsyncExitStack
    ) -> dict[str, Any]:
        output, sinks = request.output, {}
        if output.format:
            sinks["sink"] = await opened.enter_async_context(self._files.new())
        wanted = output.model_dump(include={"format", "preview", "neutralise_formulas"})
        answer = await self._workers.run(self._task(request, run, span, wanted, sinks))
        self._note(run, answer)
        saved = await self._save(output, sinks["sink"], run, answer) if output.format else {}
        return {
            "rows": answer["rows"],
            "schema": answer["schema"],
            "preview": answer["preview"],
            "lineage": _with_counts(run.lineage),
            "engine": run.engines[-1],
            "read": run.read,
            **saved,
        }

    async def _save(self, output: Output, sink: int, run: _Run, answer: Mapping[str, Any]) -> dict[str, Any]:
        name = output.name or _name(run.gathered.files.get("source"), str(output.format))
        file = await self._files.add(name, sink, description=output.description, tags=output.tags)
        return {"file_id": file.file_id, "file": {"name": file.name, "size": file.size}, "written": answer["written"]}

    def _task(
        self,
        request: TransformRequest,
        run: _Run,
        span: tuple[int, int],
        output: Mapping[str, Any],
        sinks: Mapping[str, int],
    ) -> TableTask:
        first, end = span
        gathered = run.gathered
        sources = {name: item for name, item in gathered.described.items() if _needed(name, first, end)}
        descriptors = {name: item for name, item in gathered.descriptors.items() if name in sources}
        kinds, sizes = dict(gathered.kinds), dict(gathered.sizes)
        if run.current is not None:
            sources["source"] = {"file_id": "-"}
            descriptors["source"], kinds["source"] = run.current, "columns"
        asked = {
            "steps": [step.model_dump(mode="json", by_alias=True, exclude_unset=True) for step in request.steps],
            "first": first,
            "count": end - first,
            "sources": sources,
            "kinds": kinds,
            "sizes": sizes,
            "engine": request.engine,
            "output": dict(output),
            "limits": self._limits.for_workers(),
        }
        return TableTask("transform", asked, descriptors, sinks, run.progress)

    def _note(self, run: _Run, answer: Mapping[str, Any]) -> None:
        run.lineage.extend([{"step": None, "rows": answer["rows"]}, *answer["lineage"]])
        run.engines.append(answer["engine"])
        run.read = {**answer["read"], **run.read}


def _needed(name: str, first: int, end: int) -> bool:
    """Whether a segment needs a source; the first one has all, to check every step."""
    if name == "source" or first == 0:
        return True
    return first <= int(name.split(".")[1]) < end


def _with_counts(lineage: list[Any]) -> list[dict[str, Any]]:
    """Give custom steps the rows of their neighbours, and leave out the marks between segments."""
    marks = [place for place, item in enumerate(lineage) if item["step"] is None]
    for place, item in enumerate(lineage):
        if item.get("op") == "custom":
            before = [lineage[mark]["rows"] for mark in marks if mark < place]
            item["rows_in"] = before[-1] if before else None
            following = lineage[place + 1 :]
            steps = [one for one in following if one["step"] is not None and one["op"] != "custom"]
            after = [lineage[mark]["rows"] for mark in marks if mark > place]
            item["rows_out"] = (
                steps[0]["rows_in"] if steps and following[0]["step"] is None else (after[0] if after else None)
            )
    return [item for item in lineage if item["step"] is not None]


def _name(file: StoredFile | None, ending: str) -> str:
    stem = file.name.rpartition(".")[0] or file.name if file else "table"
    return f"{stem}.{ending}"

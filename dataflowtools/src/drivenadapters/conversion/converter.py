"""Conversions in confined workers."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from drivenadapters.conversion import office, pandoc, writing
from drivenadapters.conversion.engines import Installed
from drivenadapters.documents.guest import conversions as declared
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import Busy, NotImplementedHere, ServiceError, Unavailable, UnsupportedMedia
from logics.conversions import ConversionOptions, Engine, Step, StepResult

_OFFICE_TASK = "drivenadapters.conversion.guest.office:convert"
_MARKUP_TASK = "drivenadapters.conversion.guest.markup:convert"
# Kinds whose insides are compressed, encrypted or both: they are looked at before a program gets them.
_CHECKED = frozenset({"doc", "docx", "odt", "xls", "xlsx", "xlsb", "ods"})
_MOST_WARNINGS = 20
# What each program has to be able to do, to count as working.
_TRIALS = {
    declared.LIBREOFFICE: (Step("rtf", "docx", declared.LIBREOFFICE), rb"{\rtf1 trial}"),
    declared.PANDOC: (Step("md", "docx", declared.PANDOC), b"trial"),
    declared.WEASYPRINT: (Step("html", "pdf", declared.WEASYPRINT), b"<p>trial</p>"),
}
_log = structlog.get_logger("dataflowtools.conversion")


@dataclass(frozen=True)
class _Work:
    """Where a step runs, and what its function takes besides kinds and options."""

    worker: str
    function: str
    more: Mapping[str, Any]
    checked: bool = False


class WorkerConverter:
    """Satisfies ``Converter`` and ``LegacyConverter``."""

    def __init__(self, workers: TaskWorkers, installed: Installed, limits: Limits, memory_bytes: int) -> None:
        self._workers = workers
        self._engines = installed.engines
        self._limits = vars(limits)
        self._trial: asyncio.Task[None] | None = None
        own = {"limits": self._limits}
        self._work = {
            declared.LIBREOFFICE: _Work(office.KIND, _OFFICE_TASK, {}, checked=True),
            declared.PANDOC: _Work(pandoc.KIND, _MARKUP_TASK, {"memory_bytes": memory_bytes}, checked=True),
            declared.WEASYPRINT: _Work(writing.KIND, f"{writing.PRINTING}:convert", {}),
            declared.EXTRACT: _Work(writing.KIND, f"{writing.EXTRACTS}:convert", own),
            declared.PLAIN: _Work(writing.KIND, f"{writing.PLAIN}:convert", {}),
            declared.ROWS: _Work(writing.KIND, f"{writing.CREATED}:create", {}),
            **dict.fromkeys(
                (declared.TABLES, declared.FOUND, declared.VALUES),
                _Work(writing.KIND, f"{writing.TABLES}:convert", own),
            ),
        }

    async def start(self) -> None:
        """Try the programs once the workers run, without making the service wait for it."""
        self._trial = asyncio.create_task(self.try_programs())

    async def close(self) -> None:
        """End the trial."""
        if self._trial is not None:
            self._trial.cancel()
            await asyncio.gather(self._trial, return_exceptions=True)

    async def try_programs(self) -> None:
        """Convert something small with each program; one that cannot is as good as missing, and its reason is kept."""
        for name, (step, content) in _TRIALS.items():
            reason = await self._try(step, content) if self._is_there(name) else ""
            if reason:
                _log.warning("converter_does_not_work", engine=name, reason=reason)
                broken = f"{name} is installed and does not work here: {reason}"
                self._engines = tuple(
                    replace(engine, missing=broken) if engine.name == name else engine for engine in self._engines
                )

    async def _try(self, step: Step, content: bytes) -> str:
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as sink:
            source.write(content)
            source.flush()
            try:
                await self._run(self._work[step.engine], step, source.fileno(), sink.fileno(), ConversionOptions())
            except (Busy, Unavailable):  # says nothing of the program
                return ""
            except ServiceError as error:
                return error.message
        return ""

    def _is_there(self, name: str) -> bool:
        return any(engine.name == name and not engine.missing for engine in self._engines)

    async def engines(self) -> tuple[Engine, ...]:
        """See the port."""
        return self._engines

    async def convert(self, step: Step, source: int, sink: int, options: ConversionOptions) -> StepResult:
        """See the port."""
        work = self._work.get(step.engine)
        if work is None:
            raise UnsupportedMedia(f"nothing here converts by {step.engine}")
        missing = next((engine.missing for engine in self._engines if engine.name == step.engine), "")
        if missing:
            raise NotImplementedHere(missing)
        if not work.checked or step.source not in _CHECKED:
            return await self._run(work, step, source, sink, options)
        with tempfile.TemporaryFile() as plain:
            unlocked = await self._check(step.source, source, plain.fileno(), options.password)
            given = plain.fileno() if unlocked else source
            return await self._run(work, step, given, sink, options)

    async def modernise(self, source: int, sink: int, kind: str, target: str) -> None:
        """See the port ``LegacyConverter``."""
        await self.convert(Step(kind, target, declared.LIBREOFFICE), source, sink, ConversionOptions())

    async def _check(self, kind: str, source: int, plain: int, password: str) -> bool:
        arguments = {"source": kind, "password": password, "limits": self._limits}
        task = Task(f"{writing.CHECKS}:check", arguments, {"source": source}, {"sink": plain})
        return bool(await self._workers.run(writing.KIND, task))

    async def _run(self, work: _Work, step: Step, source: int, sink: int, options: ConversionOptions) -> StepResult:
        chosen = {**options.choices, "password": options.password}
        arguments = {"source": step.source, "target": step.target, "options": chosen, **work.more}
        task = Task(work.function, arguments, {"source": source}, {"sink": sink})
        told = await self._workers.run(work.worker, task)
        warnings = [str(warning)[:500] for warning in told.get("warnings", ())][:_MOST_WARNINGS]
        return StepResult(tuple(warnings), "zip" if told.get("kind") == "zip" else "")


class FileDescriptors:
    """Satisfies ``Descriptors``."""

    def __init__(self, in_thread: Callable[..., Any]) -> None:
        self._in_thread = in_thread

    async def copy(self, source: int, target: int) -> None:
        """See the port."""
        await self._in_thread(_copy, source, target)

    async def fill(self, target: int, content: bytes) -> None:
        """See the port."""
        await self._in_thread(_fill, target, content)


def _copy(source: int, target: int) -> None:
    size, done = os.fstat(source).st_size, 0
    while done < size:
        sent = os.sendfile(target, source, done, size - done)
        if not sent:
            break
        done += sent


def _fill(target: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(target, rest) :]

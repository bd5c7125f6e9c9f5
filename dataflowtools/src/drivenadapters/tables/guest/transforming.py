"""A transformation: sources in, steps, a preview and a file out."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from drivenadapters.tables.guest.engines.arrow_types import arrow_schema
from drivenadapters.tables.guest.engines.choosing import estimate, fits_in_memory, open_engine
from drivenadapters.tables.guest.engines.duck.engine import DuckEngine
from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.pipeline import Pipeline
from drivenadapters.tables.guest.reading import text_files
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.sources import format_of, read_table
from drivenadapters.tables.guest.writing.files import Writing, write_file
from drivenadapters.tables.guest.writing.values import json_rows, json_schema
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace
from logics.tables.sources import Source
from logics.tables.steps import Step

_STEPS: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[Step, ...])


class Transformation:
    """One request to transform.

    The request holds ``steps``, ``first`` and ``count`` of those to run now, ``sources`` by name with the ``kinds`` of
    their files, ``engine``, ``limits``, and ``output``.
    """

    def __init__(self, workspace: Workspace, request: dict[str, Any]) -> None:
        self._workspace = workspace
        self._request = request
        self._limits = Limits(**request["limits"])
        self._steps = _STEPS.validate_python(request["steps"])
        self._notes: dict[str, ReadingNotes] = {}

    def run(self) -> dict[str, Any]:
        """Run the steps.

        Raises:
            TaskFailed: something of the request is wrong or impossible.
        """
        first, count = self._request["first"], self._request["count"]
        name, engine, handle = self._load()
        others = self._load_others(engine)
        pipeline: Pipeline[Any] = Pipeline(engine, self._limits, others, first, self._workspace.progress)
        if first == 0:
            pipeline.check(self._steps, engine.schema(handle))
        handle = pipeline.run(self._steps[first : first + count], handle)
        return {"engine": name, "lineage": pipeline.lineage, **self._output(engine, handle)}

    def _load(self) -> tuple[str, Any, Any]:
        """Read the source into the engine that its size asks for; large text goes there without standing in memory."""
        source, wanted = self._source("source"), self._request["engine"]
        size = self._size("source")
        if source.file_id is not None and wanted != "pandas" and not self._is_small(source, size):
            loaded = self._stream(source)
            if loaded is not None:
                return loaded
        frame = self._read("source")
        name, engine = open_engine(wanted, frame.table.nbytes, self._limits)
        return name, engine, engine.load(frame)

    def _is_small(self, source: Source, size: int) -> bool:
        kind = format_of(self._request["kinds"]["source"], source)
        return fits_in_memory(estimate(size, kind), self._limits)

    def _stream(self, source: Source) -> tuple[str, Any, Any] | None:
        kind = format_of(self._request["kinds"]["source"], source)
        if kind not in ("csv", "tsv"):
            return None
        notes = self._notes["source"] = ReadingNotes(kind)
        engine = DuckEngine(self._limits)
        with self._workspace.source("source") as file:
            table = text_files.open_text(file, source, notes, tabs=kind == "tsv")
            handle = self._stream_batches(engine, table)
        text_files.finish_notes(table)
        notes.details |= {"rows": table.rows, "columns": len(table.columns)}
        return "duckdb", engine, handle

    def _stream_batches(self, engine: DuckEngine, table: text_files.TextTable) -> Any:
        for _ in range(len(table.columns) + 20):
            stopped: list[BaseException] = []
            reader = pa.RecordBatchReader.from_batches(arrow_schema(table.schema), _guarded(table, stopped))
            handle = engine.load_batches(reader, table.schema)
            if not stopped:
                return handle
            engine.drop(handle)
            if not isinstance(stopped[0], text_files.Restart):
                raise stopped[0]
        raise TaskFailed(FailureKind.DAMAGED, "the kinds of the columns cannot be decided; set types")

    def _load_others(self, engine: Any) -> dict[int, dict[str, Any]]:
        others: dict[int, dict[str, Any]] = {}
        for name in self._request["sources"]:
            head, _, rest = name.partition(".")
            if head != "steps":
                continue
            number, _, field = rest.partition(".")
            others.setdefault(int(number), {})[field] = engine.load(self._read(name))
        return others

    def _source(self, name: str) -> Source:
        return Source.model_validate(self._request["sources"][name])

    def _size(self, name: str) -> int:
        size: int = self._request["sizes"].get(name, 0)
        return size

    def _read(self, name: str) -> Frame:
        source = self._source(name)
        try:
            if source.file_id is None:
                table = read_table(None, "", source, self._limits)
            else:
                with self._workspace.source(name) as file:
                    table = read_table(file, self._request["kinds"][name], source, self._limits)
        except TaskFailed as failure:
            if name == "source" or not failure.field.startswith("source"):
                raise
            raise TaskFailed(
                failure.kind, failure.message, field=name + failure.field.removeprefix("source")
            ) from failure
        self._notes[name] = table.notes
        return table.frame

    def _output(self, engine: Any, handle: Any) -> dict[str, Any]:
        output, saved = self._request["output"], {}
        rows = engine.rows(handle)
        if output["format"]:
            frame = engine.frame(handle)
            saved = self._save(frame, output)
        elif isinstance(engine, DuckEngine):
            frame = engine.head(handle, output["preview"])
        else:
            frame = engine.frame(handle)
        return {
            "rows": rows,
            "schema": json_schema(frame),
            "preview": json_rows(frame, output["preview"]),
            "read": {name: notes.to_json() for name, notes in self._notes.items()},
            **saved,
        }

    def _save(self, frame: Frame, output: dict[str, Any]) -> dict[str, Any]:
        self._workspace.progress(0, 1, f"writing {output['format']}")
        with self._workspace.sink() as sink:
            told = write_file(frame, Writing(output["format"], output["neutralise_formulas"]), sink)
        return {"written": told}


def _guarded(table: text_files.TextTable, stopped: list[BaseException]) -> Any:
    """Give batches; what stops them is kept, since it would not come through the database."""
    try:
        yield from text_files.read_batches(table)
    except (text_files.Restart, TaskFailed, MemoryError) as reason:
        stopped.append(reason)

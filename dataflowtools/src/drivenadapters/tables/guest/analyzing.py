"""An analysis: one source in, figures, charts and a report out."""

from __future__ import annotations

from typing import Any

from drivenadapters.tables.guest.analysis import charts as drawing
from drivenadapters.tables.guest.analysis import relations, summaries
from drivenadapters.tables.guest.analysis.charts import Painter
from drivenadapters.tables.guest.analysis.columns import Analysed, analysed
from drivenadapters.tables.guest.analysis.report import write_report
from drivenadapters.tables.guest.analysis.time_series import time_series
from drivenadapters.tables.guest.engines.frame import Frame
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.reading.sources import Table, read_table
from drivenadapters.tables.guest.writing.values import json_rows
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace
from logics.tables.analysis import AnalyzeOptions
from logics.tables.sources import Source

_SAMPLE_ROWS = 10


class Analysis:
    """One request to analyse: ``options``, ``sources`` with ``kinds``, ``title``, ``limits``."""

    def __init__(self, workspace: Workspace, request: dict[str, Any]) -> None:
        self._workspace = workspace
        self._request = request
        self._options = AnalyzeOptions.model_validate(request["options"])
        self._told: list[str] = []
        self._painter = Painter(self._options.chart_format, self._told)

    def run(self) -> dict[str, Any]:
        """Run the operations.

        Raises:
            TaskFailed: something of the request is wrong or impossible.
        """
        table = read_source(self._workspace, self._request)
        frame = table.frame
        columns = analysed(frame, self._names(frame))
        if self._options.charts or "profile" in self._options.operations:
            self._painter.prepare([*frame.schema, *_texts(columns)])
        results = {}
        for place, operation in enumerate(self._options.operations):
            self._workspace.progress(place, len(self._options.operations), operation)
            results[operation] = self._operation(operation, frame, columns)
        self._painter.finish()
        shown = self._painter.charts if self._options.charts else []
        return {
            "rows": frame.rows,
            "columns": [{"name": one.name, "kind": str(one.kind), "role": str(one.role)} for one in columns],
            "results": {name: found for name, found in results.items() if name != "profile"},
            "charts": [chart.to_json() for chart in shown],
            "warnings": self._told,
            "read": {"source": table.notes.to_json()},
        }

    def _names(self, frame: Frame) -> list[str]:
        wanted = list(dict.fromkeys(self._options.columns or frame.schema))
        for field, names in (("columns", wanted), ("duplicate_columns", self._options.duplicate_columns or ())):
            for name in names:
                if name not in frame.schema:
                    there = ", ".join(list(frame.schema)[:20])
                    raise TaskFailed(
                        FailureKind.INVALID, f"there is no column {name!r}; there are {there}", field=field
                    )
        return wanted

    def _operation(self, operation: str, frame: Frame, columns: list[Analysed]) -> Any:
        options = self._options
        match operation:
            case "summary":
                return summaries.summarise(columns)
            case "missing":
                return self._drawn(
                    summaries.missing(frame, columns), lambda found: drawing.missing_bars(self._painter, found)
                )
            case "correlation":
                found = relations.correlation(columns, options.correlation_method, self._told)
                return self._drawn(found, lambda found: drawing.heat_map(self._painter, found))
            case "distribution":
                found = relations.distribution(columns, options.bins)
                return self._drawn_each(found, drawing.histogram)
            case "outliers":
                found = relations.outliers(columns, options.outlier_method, options.top)
                return self._drawn(found, lambda found: drawing.boxes(self._painter, columns, found))
            case "value_counts":
                return self._drawn_each(summaries.value_counts(columns, options.top), drawing.bars)
            case "duplicates":
                return summaries.duplicates(
                    frame, options.duplicate_columns or [one.name for one in columns], options.top
                )
            case "time_series":
                found = time_series(columns, options.time_column, options.period, self._told)
                return self._drawn(found, lambda found: drawing.lines(self._painter, found))
        return self._profile(frame, columns)

    def _drawn(self, found: Any, draw: Any) -> Any:
        if self._options.charts:
            draw(found)
        return found

    def _drawn_each(self, found: dict[str, Any], draw: Any) -> dict[str, Any]:
        if self._options.charts:
            for name, item in found.items():
                draw(self._painter, name, item)
        return found

    def _profile(self, frame: Frame, columns: list[Analysed]) -> None:
        painter = Painter("png", [])
        found = summaries.missing(frame, columns)
        drawing.missing_bars(painter, found)
        drawing.heat_map(painter, relations.correlation(columns, self._options.correlation_method, self._told))
        for name, item in relations.distribution(columns, self._options.bins).items():
            drawing.histogram(painter, name, item)
        overview = [
            ("Rows", frame.rows),
            ("Columns", len(columns)),
            ("Missing cells", found["missing_cells"]),
            ("Complete rows", found["complete_rows"]),
            ("Duplicate rows", summaries.duplicates(frame, [one.name for one in columns], 0)["duplicate_rows"]),
        ]
        report = write_report(
            self._request["title"],
            overview,
            summaries.summarise(columns),
            painter.charts,
            json_rows(frame, _SAMPLE_ROWS),
            self._told,
        )
        with self._workspace.sink("report") as sink:
            sink.write(report)


def _texts(columns: list[Analysed]) -> list[str]:
    """Some of what charts would write."""
    return [str(item["value"]) for column in columns[:50] for item in column.most_common(20)]


def read_source(workspace: Workspace, request: dict[str, Any], name: str = "source") -> Table:
    """Read a source of a request.

    Raises:
        TaskFailed: it cannot be read.
    """
    source = Source.model_validate(request["sources"][name])
    limits = Limits(**request["limits"])
    if source.file_id is None:
        return read_table(None, "", source, limits)
    with workspace.source(name) as file:
        return read_table(file, request["kinds"][name], source, limits)

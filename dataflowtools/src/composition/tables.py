"""The work on tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from servicekit.body import validate
from servicekit.machine import usable_cores

from common.settings import Settings
from drivenadapters.tables.custom_code import HttpCustomCode
from drivenadapters.tables.workers import ConfinedTableWorkers
from drivenadapters.workers.tasks import TaskWorkers
from logics.jobs import Operation
from logics.ports import CustomCode, StoredFiles
from logics.tables.analysis import AnalyzeOptions
from logics.tables.analyze import AnalyzeTable
from logics.tables.limits import TableLimits
from logics.tables.models import TableModel
from logics.tables.requests import TransformOptions
from logics.tables.transform import TransformTable
from logics.tables.validate import ValidateTable
from logics.tables.validation.requests import ValidateOptions

_MEBIBYTE = 1 << 20
_SHARE_OF_ENGINE = 0.75  # of a task's memory; the rest is for reading and writing


def table_limits(settings: Settings) -> TableLimits:
    """Translate the settings to those of the work on tables."""
    return TableLimits(
        rows=settings.max_table_rows,
        columns=settings.max_table_columns,
        steps=settings.max_table_steps,
        preview=settings.max_preview_rows,
        memory_bytes=int(settings.task_memory_mb * _MEBIBYTE * _SHARE_OF_ENGINE),
        threads=usable_cores(),
    )


def make_custom_code(settings: Settings) -> HttpCustomCode:
    """Return the line to coderunner."""
    key = settings.coderunner_api_key.get_secret_value()
    return HttpCustomCode(settings.coderunner_url, key, most_bytes=settings.max_custom_mb * _MEBIBYTE)


@dataclass(frozen=True)
class Tables:
    """The use cases on tables."""

    analyze: AnalyzeTable
    transform: TransformTable
    validate: ValidateTable

    def dependencies(self) -> dict[str, Any]:
        """Return what the routes on tables need."""
        return {
            "analyze_table": self.analyze,
            "transform_table": self.transform,
            "validate_table": self.validate,
        }

    def operations(self) -> Mapping[str, Operation]:
        """Return what batches can do with each of their files."""
        return {
            "analyze": Operation(self.analyze.operate, check=_checked(AnalyzeOptions)),
            "transform": Operation(self.transform.operate, check=_checked(TransformOptions)),
            "validate": Operation(self.validate.operate, check=_checked(ValidateOptions)),
        }


def make_tables(settings: Settings, files: StoredFiles, workers: TaskWorkers, custom: CustomCode) -> Tables:
    """Return the use cases on tables; nothing is started."""
    confined, limits = ConfinedTableWorkers(workers), table_limits(settings)
    return Tables(
        AnalyzeTable(files, confined, limits),
        TransformTable(files, confined, custom, limits),
        ValidateTable(files, confined, limits),
    )


def _checked(model: type[TableModel]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return what looks at the options of a job before it is taken."""

    def check(options: Mapping[str, Any]) -> Mapping[str, Any]:
        validate(dict(options), model)
        return options

    return check

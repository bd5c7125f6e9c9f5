"""The work on tables."""

from __future__ import annotations

from typing import Any

from servicekit.machine import usable_cores

from common.settings import Settings
from drivenadapters.tables.custom_code import HttpCustomCode
from drivenadapters.tables.workers import ConfinedTableWorkers
from drivenadapters.workers.tasks import TaskWorkers
from logics.ports import CustomCode, StoredFiles
from logics.tables.analyze import AnalyzeTable
from logics.tables.limits import TableLimits
from logics.tables.transform import TransformTable
from logics.tables.validate import ValidateTable

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


def table_dependencies(
    settings: Settings, files: StoredFiles, workers: TaskWorkers, custom: CustomCode
) -> dict[str, Any]:
    """Return what the routes on tables need."""
    confined, limits = ConfinedTableWorkers(workers), table_limits(settings)
    return {
        "analyze_table": AnalyzeTable(files, confined, limits),
        "transform_table": TransformTable(files, confined, custom, limits),
        "validate_table": ValidateTable(files, confined, limits),
    }

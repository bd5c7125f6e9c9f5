"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

from dataclasses import dataclass

from sandboxkit.admission import Admission
from sandboxkit.layers import Layer
from servicekit import (
    Closer,
    HealthRegistry,
    Metrics,
    Route,
    ServiceApplication,
    ServiceInfo,
    Starter,
    build_application,
)
from servicekit.machine import usable_cores, usable_memory_bytes

from common.settings import Settings
from composition.tables import make_custom_code, table_dependencies
from drivenadapters.tables.workers import TABLES
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from driveradapters import data_analysis
from logics.ports import StoredFiles

VERSION = "0.1.0"
_SHARE_OF_MEMORY = 0.75
_MEBIBYTE = 1 << 20
_DESCRIPTION = "Documents, tables, images and codes for workflow engines."
_KINDS: tuple[WorkerKind, ...] = (TABLES,)
_ROUTES: tuple[Route, ...] = (*data_analysis.ROUTES,)


@dataclass(frozen=True)
class Service:
    """A composed service: its application, what to start, what to close."""

    application: ServiceApplication
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


def build(settings: Settings, *, files: StoredFiles | None = None) -> Service:
    """Put the service together; tests override what they need. Without stored files there are no routes on them."""
    metrics = Metrics("dataflowtools", VERSION)
    workers = TaskWorkers(_KINDS, worker_settings(settings), admission(settings))
    custom_code = make_custom_code(settings)
    health = HealthRegistry()
    application = build_application(
        ServiceInfo("dataflowtools", VERSION, title="DataFlowTools", description=_DESCRIPTION),
        _ROUTES if files is not None else (),
        table_dependencies(settings, files, workers, custom_code) if files is not None else {},
        settings,
        health=health,
        metrics=metrics,
    )
    return Service(application, (workers.start,), (workers.close, custom_code.close))


def worker_settings(settings: Settings) -> WorkerSettings:
    """Translate the settings to those of the workers."""
    return WorkerSettings(
        packages=find_packages(settings.site_packages_dir),
        seconds=settings.task_seconds,
        memory_bytes=settings.task_memory_mb * _MEBIBYTE,
        file_bytes=settings.task_disk_mb * _MEBIBYTE,
        required=frozenset(Layer(name) for name in settings.sandbox_required_layers),
        user=settings.sandbox_user,
    )


def admission(settings: Settings) -> Admission:
    """Bound what runs at once by cores and by memory: all tasks at their limit must fit."""
    fitting = max(1, int(usable_memory_bytes() * _SHARE_OF_MEMORY / (settings.task_memory_mb * _MEBIBYTE)))
    concurrent = settings.max_concurrent_tasks or min(usable_cores(), fitting)
    return Admission(concurrent, settings.queue_limit, settings.queue_seconds)

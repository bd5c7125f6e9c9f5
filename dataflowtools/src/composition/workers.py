"""The confined workers: their budget, and how many tasks run at a time."""

from __future__ import annotations

from sandboxkit.admission import Admission
from sandboxkit.layers import Layer
from servicekit.machine import usable_cores, usable_memory_bytes

from common.settings import Settings
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings

_SHARE_OF_MEMORY = 0.75
_MEBIBYTE = 1 << 20


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

"""What the workers are made of: packages, confinement and limits by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandboxkit.confinement import Confinement
from sandboxkit.layers import ALL_LAYERS, KERNEL_LAYERS, Layer
from sandboxkit.readable import SYSTEM_PATHS, interpreter_paths
from sandboxkit.supervisor import WorkerSpec

_GUEST = "drivenadapters.workers.guest.program:TaskGuest"
_STANDING_GUEST = "drivenadapters.workers.guest.standing:StandingGuest"
_SOURCE = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class WorkerSettings:
    """Everything that the workers of all kinds share.

    Attributes:
        packages: folders of the libraries that tasks use.
        seconds: of wall clock that a task may take.
        memory_bytes: that a task may take beyond what its worker holds already.
        file_bytes: of each file that a task writes.
        workdir_bytes: of a task's own folder.
        required: layers of confinement without which nothing starts.
        user: id of the workers' user and group when the service is root.
        enabled: fewer layers only to test the others alone.
    """

    packages: tuple[str, ...]
    seconds: float = 120
    memory_bytes: int = 1 << 30
    file_bytes: int = 1 << 30
    workdir_bytes: int = 256 << 20
    required: frozenset[Layer] = KERNEL_LAYERS
    user: int = 65534
    enabled: frozenset[Layer] = ALL_LAYERS


@dataclass(frozen=True)
class WorkerKind:
    """One kind of worker.

    Attributes:
        name: for logs, metrics and the health page.
        modules: that hold its tasks, imported beforehand.
        ready: workers kept ready.
        read_only: further files and folders that its tasks read.
        executable: files and folders whose programs its tasks start; none means that they start none.
        environment: variables of the workers.
        largest_result: bytes of the JSON of a result.
    """

    name: str
    modules: tuple[str, ...]
    ready: int = 1
    read_only: tuple[str, ...] = ()
    executable: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    largest_result: int = 64 << 20


def specify(kind: WorkerKind, settings: WorkerSettings) -> WorkerSpec:
    """Return the specification of one kind of worker."""
    return _specification(kind, settings, _GUEST, {"modules": list(kind.modules)})


def specify_standing(kind: WorkerKind, settings: WorkerSettings, maker: str, options: dict[str, Any]) -> WorkerSpec:
    """Return the specification of a worker that serves many jobs.

    Args:
        maker: see :class:`drivenadapters.workers.guest.standing.StandingGuest`.
        options: keyword arguments of the maker.
    """
    return _specification(kind, settings, _STANDING_GUEST, {"maker": maker, "options": options})


def _specification(kind: WorkerKind, settings: WorkerSettings, guest: str, options: dict[str, Any]) -> WorkerSpec:
    return WorkerSpec(
        name=kind.name,
        guest=guest,
        guest_paths=(_SOURCE,),
        package_paths=(*settings.packages, _SOURCE),  # the guests of tables share the pure models of logics
        options=options,
        environment={**_chart_environment(settings.packages), **kind.environment},
        confinement=_confine(kind, settings),
        largest_result=kind.largest_result,
    )


def _chart_environment(packages: tuple[str, ...]) -> dict[str, str]:
    caches = [folder for folder in packages if Path(folder, ".cache", "matplotlib").is_dir()]
    return {"MPLBACKEND": "Agg", **({"MPLCONFIGDIR": f"{caches[0]}/.cache/matplotlib"} if caches else {})}


def _confine(kind: WorkerKind, settings: WorkerSettings) -> Confinement:
    paths = (*interpreter_paths(), *settings.packages, _SOURCE, *SYSTEM_PATHS, *kind.read_only)
    return Confinement(
        read_only=tuple(dict.fromkeys(paths)),
        executable=kind.executable,
        processes=bool(kind.executable),
        uid=settings.user,
        gid=settings.user,
        file_bytes=max(settings.file_bytes, settings.workdir_bytes),
        workdir_bytes=settings.workdir_bytes,
        enabled=settings.enabled,
        required=settings.required,
    )

"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sandboxkit.files import CollectLimits
from sandboxkit.layers import Layer
from servicekit import (
    Closer,
    HealthRegistry,
    Metrics,
    ServiceApplication,
    ServiceInfo,
    Starter,
    build_application,
)
from servicekit.machine import usable_cores, usable_memory_bytes

from common.settings import Settings
from drivenadapters.sandbox.egress import Egress
from drivenadapters.sandbox.measures import RunMeasures
from drivenadapters.sandbox.packages import find_base
from drivenadapters.sandbox.runner import Capacity, WorkerSandbox
from drivenadapters.sandbox.specification import SandboxSettings, WorkerLimits
from driveradapters import runner
from driveradapters.runner import ExecuteLimits
from logics.ports import Sandbox
from logics.run_code import RunCode, RunPolicy

VERSION = "0.1.0"
_RUNS_PER_CORE = 4
_SHARE_OF_MEMORY = 0.75
_HEADROOM_MB = 128  # of a run beyond its limits: the worker itself, its job, its result
_MEBIBYTE = 1 << 20
_DESCRIPTION = "Runs untrusted Python safely, in milliseconds."


@dataclass(frozen=True)
class Service:
    """A composed service: its application, what to start, what to close."""

    application: ServiceApplication
    starters: tuple[Starter, ...]
    closers: tuple[Closer, ...]


class StartedSandbox(Sandbox, Protocol):
    """A sandbox with the life that the service gives it."""

    async def start(self) -> None:
        """Get ready to run programs."""

    async def close(self) -> None:
        """End whatever runs."""

    async def health(self) -> Mapping[str, Any]:
        """Return details for the health page; raises Unavailable when programs cannot run."""


def build(settings: Settings, *, sandbox: StartedSandbox | None = None) -> Service:
    """Put the service together; tests override what they need."""
    metrics = Metrics("coderunner", VERSION)
    sandbox = sandbox or make_sandbox(settings, RunMeasures(metrics.registry))
    health = HealthRegistry()
    health.add("sandbox", sandbox.health)
    policy = RunPolicy(settings.max_execution_time, settings.max_memory_mb, settings.allow_network)
    limits = ExecuteLimits(
        settings.max_execution_time, settings.max_memory_mb, settings.max_code_kb, settings.max_input_files
    )
    application = build_application(
        ServiceInfo("coderunner", VERSION, title="CodeRunner", description=_DESCRIPTION),
        runner.ROUTES,
        {"run_code": RunCode(sandbox, policy), "execute_limits": limits},
        settings,
        health=health,
        metrics=metrics,
    )
    return Service(application, (sandbox.start,), (sandbox.close,))


def make_sandbox(settings: Settings, measures: RunMeasures) -> WorkerSandbox:
    """Return the sandbox that the settings describe, not yet started."""
    return WorkerSandbox(
        sandbox_settings(settings),
        capacity(settings, usable_cores(), usable_memory_bytes()),
        allow_network=settings.allow_network,
        egress=Egress(),
        measures=measures,
    )


def sandbox_settings(settings: Settings) -> SandboxSettings:
    """Translate the settings to those of the workers."""
    return SandboxSettings(
        packages=find_base(settings.site_packages_dir),
        limits=WorkerLimits(
            output_bytes=settings.max_output_kb << 10,
            result_bytes=settings.max_result_mb * _MEBIBYTE,
            job_bytes=int(settings.max_body_mb * _MEBIBYTE) * 2,
            workdir_bytes=settings.workdir_mb * _MEBIBYTE,
            workdir_entries=settings.workdir_entries,
            collect=CollectLimits(settings.max_artifacts, settings.max_artifacts_mb * _MEBIBYTE),
        ),
        adjustments=settings.allowed_modules,
        required=frozenset(Layer(name) for name in settings.sandbox_required_layers),
        user=settings.sandbox_user,
    )


def capacity(settings: Settings, cores: int, memory_bytes: int) -> Capacity:
    """Bound what runs at once by cores and by memory.

    All runs at their limit together must stay below the memory of the container, since its
    out-of-memory killer may take the service with them. A run's working directory is memory too.
    """
    budget_mb = settings.max_memory_mb + settings.workdir_mb + _HEADROOM_MB
    fitting = max(1, int(memory_bytes * _SHARE_OF_MEMORY / (budget_mb * _MEBIBYTE)))
    concurrent = settings.max_concurrent_runs or min(_RUNS_PER_CORE * cores, fitting)
    ready = settings.ready_workers or min(_RUNS_PER_CORE * cores, concurrent)
    return Capacity(
        concurrent=concurrent,
        queue_limit=settings.queue_limit,
        queue_seconds=settings.queue_seconds,
        ready=ready,
        ready_full=min(2, ready),
    )

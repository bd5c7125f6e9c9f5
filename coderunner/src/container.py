"""The composition root: the one place where use cases meet what they drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
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

from common.settings import Settings, installer_environment
from drivenadapters.packages.base_set import BaseSet
from drivenadapters.packages.collector import Collector
from drivenadapters.packages.environment_files import EnvironmentFiles
from drivenadapters.packages.folders import StoreFolders
from drivenadapters.packages.processes import Bounds
from drivenadapters.packages.request_files import RequestFiles
from drivenadapters.packages.set_files import SetFiles
from drivenadapters.packages.sources import PackageSource
from drivenadapters.packages.wheel_installer import WheelInstaller
from drivenadapters.sandbox.egress import Egress
from drivenadapters.sandbox.import_graph import ImportGraph
from drivenadapters.sandbox.measures import RunMeasures
from drivenadapters.sandbox.packages import CHECKOUT, find_base
from drivenadapters.sandbox.runner import WorkerSandbox
from drivenadapters.sandbox.specification import SandboxSettings, WorkerLimits
from drivenadapters.sandbox.warm_groups import WarmLimits, no_lease
from drivenadapters.sandbox.worker_group import Capacity
from driveradapters import pypkg, runner
from driveradapters.runner import ExecuteLimits
from logics.environments import (
    CurrentEnvironment,
    DeleteEnvironment,
    InstallPackages,
    ListEnvironments,
    ListPackages,
    PackagePolicy,
    UninstallPackages,
)
from logics.ports import EnvironmentStore, PackageInstaller, RequestedSets, Sandbox
from logics.provide_packages import ProvidePackages
from logics.requirements import RequirementRules
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


@dataclass(frozen=True)
class Packages:
    """The parts that keep and fill package sets, as the use cases need them, and their life.

    Attributes:
        environments, installer, requested: the ports.
        sets: the store, for leases; None where nothing is on disk.
        graph_file: where the import graph of the base is kept.
        start, close: of the collector.
    """

    environments: EnvironmentStore
    installer: PackageInstaller
    requested: RequestedSets
    sets: SetFiles | None = None
    graph_file: Callable[[str], Path] | None = None
    start: Starter | None = None
    close: Closer | None = None


def build(settings: Settings, *, sandbox: StartedSandbox | None = None, packages: Packages | None = None) -> Service:
    """Put the service together; tests override what they need."""
    metrics = Metrics("coderunner", VERSION)
    packages = packages or make_packages(settings)
    sandbox = sandbox or make_sandbox(settings, RunMeasures(metrics.registry), packages)
    health = HealthRegistry()
    health.add("sandbox", sandbox.health)
    use_cases, provide = _package_use_cases(settings, packages)
    policy = RunPolicy(settings.max_execution_time, settings.max_memory_mb, settings.allow_network)
    limits = ExecuteLimits(
        settings.max_execution_time, settings.max_memory_mb, settings.max_code_kb, settings.max_input_files
    )
    application = build_application(
        ServiceInfo("coderunner", VERSION, title="CodeRunner", description=_DESCRIPTION),
        (*runner.ROUTES, *pypkg.ROUTES),
        {"run_code": RunCode(sandbox, provide, policy), "execute_limits": limits, **use_cases},
        settings,
        health=health,
        metrics=metrics,
    )
    starters = (sandbox.start, *filter(None, [packages.start]))
    return Service(application, starters, (sandbox.close, *filter(None, [packages.close]), provide.close))


def _package_use_cases(settings: Settings, packages: Packages) -> tuple[dict[str, object], ProvidePackages]:
    """Return the use cases of /api/pypkg by the names that handlers take them by, and that of runs."""
    store, installer = packages.environments, packages.installer
    rules = RequirementRules(find_base(settings.site_packages_dir).providers, settings.max_packages)
    policy = PackagePolicy(settings.allow_package_install, settings.max_environments, rules)
    current = CurrentEnvironment(store, installer)
    use_cases: dict[str, object] = {
        "install_packages": InstallPackages(store, installer, policy),
        "uninstall_packages": UninstallPackages(store, installer, policy),
        "list_packages": ListPackages(current, installer),
        "list_environments": ListEnvironments(store),
        "delete_environment": DeleteEnvironment(store, policy),
    }
    return use_cases, ProvidePackages(current, installer, packages.requested, policy)


def make_packages(settings: Settings) -> Packages:
    """Return the package store that the settings describe."""
    folders = StoreFolders(settings.packages_dir or CHECKOUT / ".state" / "packages")
    sets = SetFiles(folders, settings.max_store_mb * _MEBIBYTE)
    base = BaseSet(find_base(settings.site_packages_dir))
    url = settings.package_index_url
    source = PackageSource(url.get_secret_value() if url else "", installer_environment())
    bounds = Bounds(settings.package_install_seconds, settings.max_install_mb * _MEBIBYTE, settings.max_install_files)
    collector = Collector(sets, settings.package_keep_hours * 3600, 2 * bounds.install_bytes)
    return Packages(
        EnvironmentFiles(sets, base, settings.package_install_seconds),
        WheelInstaller(
            sets, base, source, bounds, at_once=settings.max_concurrent_installs, cores=min(4, usable_cores())
        ),
        RequestFiles(sets, base, source, settings.package_refresh_minutes * 60),
        sets,
        lambda kind: sets.folders.root / f"import-graph-{kind}-{base.identity}.json",
        collector.start,
        collector.close,
    )


def make_sandbox(settings: Settings, measures: RunMeasures, packages: Packages) -> WorkerSandbox:
    """Return the sandbox that the settings describe, not yet started."""
    described = sandbox_settings(settings)
    return WorkerSandbox(
        described,
        capacity(settings, usable_cores(), usable_memory_bytes()),
        allow_network=settings.allow_network,
        egress=Egress(),
        measures=measures,
        warm=WarmLimits(settings.max_warm_environments, settings.environment_idle_seconds),
        hold=packages.sets.hold if packages.sets is not None else no_lease,
        graph=None if packages.graph_file is None else ImportGraph(described, packages.graph_file),
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

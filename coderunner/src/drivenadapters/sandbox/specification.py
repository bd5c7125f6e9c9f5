"""What the runner's workers are made of: packages, confinement and limits by kind."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from sandboxkit.confinement import Confinement
from sandboxkit.files import CollectLimits
from sandboxkit.layers import ALL_LAYERS, KERNEL_LAYERS, Layer
from sandboxkit.readable import SYSTEM_PATHS, TRUST_STORES, interpreter_paths
from sandboxkit.supervisor import WorkerSpec

from drivenadapters.sandbox.flavours import Flavour
from drivenadapters.sandbox.packages import BasePackages, policy_folder
from logics.packages import BASE_SET, PackageSet

_GUEST = "guest.program:ProgramGuest"
GUEST_FOLDER = str(Path(__file__).resolve().parent)
_FRAME_OVERHEAD = 1 << 20
_RESULT_OVERHEAD = 64 << 10  # an error with its traceback, where there is no value
_OWN_MODULES = frozenset({"guest", "sandboxkit", "RestrictedPython"})


@dataclass(frozen=True)
class WorkerLimits:
    """Limits that every run of this service has.

    Attributes:
        output_bytes: of standard output and of standard error, each.
        result_bytes: of the JSON of a return value.
        job_bytes: of a request's code and inputs.
        workdir_bytes, workdir_entries: of the working directory.
        collect: what is taken out of it.
    """

    output_bytes: int = 1 << 20
    result_bytes: int = 8 << 20
    job_bytes: int = 32 << 20
    workdir_bytes: int = 64 << 20
    workdir_entries: int = 512
    collect: CollectLimits = field(default_factory=CollectLimits)


@dataclass(frozen=True)
class SandboxSettings:
    """Everything that the workers of all kinds share.

    Attributes:
        packages: the base environment.
        limits: of every run.
        adjustments: changes to the importable modules.
        required: layers without which nothing starts.
        user: id of the workers' user and group when the service is root.
        enabled, language_layer: fewer layers only to test the others alone.
    """

    packages: BasePackages
    limits: WorkerLimits = field(default_factory=WorkerLimits)
    adjustments: tuple[str, ...] = ()
    required: frozenset[Layer] = KERNEL_LAYERS
    user: int = 65534
    enabled: frozenset[Layer] = ALL_LAYERS
    language_layer: bool = True


def specify(
    flavour: Flavour,
    settings: SandboxSettings,
    *,
    network: bool = False,
    packages: PackageSet = BASE_SET,
    leave_out: tuple[str, ...] = (),
) -> WorkerSpec:
    """Return the specification of one kind of worker.

    Args:
        flavour: what is imported beforehand.
        settings: what all kinds share.
        network: whether programs may connect out.
        packages: what programs find beside the base.
        leave_out: packages not to be imported beforehand.
    """
    installed = (packages.folder,) if packages.folder else ()
    return WorkerSpec(
        name=_name(flavour, packages, network=network),
        guest=_GUEST,
        guest_paths=(GUEST_FOLDER, policy_folder()),
        package_paths=settings.packages.folders,
        options={
            "flavour": str(flavour),
            "modules": [*settings.packages.modules, *importable(packages)],
            "packages": settings.packages.providers,
            "adjustments": list(settings.adjustments),
            "readable": [*installed, *settings.packages.folders, *SYSTEM_PATHS, *(TRUST_STORES if network else ())],
            "largest_value": settings.limits.result_bytes,
            "network": network,
            "packages_path": [*installed, *settings.packages.folders] if installed else [],
            "leave_out": list(leave_out),
            "language_layer": settings.language_layer,
        },
        environment=worker_environment(settings.packages),
        confinement=_confine(settings, installed, network=network),
        largest_frame=settings.limits.job_bytes + _FRAME_OVERHEAD,
        largest_result=settings.limits.result_bytes + _RESULT_OVERHEAD,
    )


def importable(packages: PackageSet) -> list[str]:
    """Return the modules of a set that programs may import: none that is the standard library's or the service's.

    Those come first on the path anyway; allowing their names would open what is closed.
    """
    names = (*packages.modules, *packages.opened_modules)
    return [name for name in names if name not in sys.stdlib_module_names | _OWN_MODULES]


def _name(flavour: Flavour, packages: PackageSet, *, network: bool) -> str:
    kind = f"{flavour}+network" if network else str(flavour)
    return f"{kind}@{packages.key[:12]}" if packages.key else kind


def worker_environment(packages: BasePackages) -> dict[str, str]:
    """Return the variables that libraries of the base want."""
    caches = [folder for folder in packages.folders if Path(folder, ".cache", "matplotlib").is_dir()]
    return {"MPLBACKEND": "Agg", **({"MPLCONFIGDIR": f"{caches[0]}/.cache/matplotlib"} if caches else {})}


def _confine(settings: SandboxSettings, installed: tuple[str, ...], *, network: bool) -> Confinement:
    limits = settings.limits
    paths = (*interpreter_paths(), *installed, *settings.packages.folders, *SYSTEM_PATHS)
    return Confinement(
        read_only=tuple(dict.fromkeys((*paths, *TRUST_STORES) if network else paths)),
        sockets=network,
        uid=settings.user,
        gid=settings.user,
        file_bytes=limits.workdir_bytes,
        workdir_bytes=limits.workdir_bytes,
        workdir_entries=limits.workdir_entries,
        output_bytes=limits.output_bytes,
        enabled=settings.enabled,
        required=settings.required,
    )

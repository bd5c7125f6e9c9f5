"""What the runner's workers are made of: packages, confinement and limits by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sandboxkit.confinement import Confinement
from sandboxkit.files import CollectLimits
from sandboxkit.layers import ALL_LAYERS, KERNEL_LAYERS, Layer
from sandboxkit.readable import SYSTEM_PATHS, TRUST_STORES, interpreter_paths
from sandboxkit.supervisor import WorkerSpec

from drivenadapters.sandbox.flavours import Flavour
from drivenadapters.sandbox.packages import BasePackages, policy_folder

_GUEST = "guest.program:ProgramGuest"
_GUEST_FOLDER = str(Path(__file__).resolve().parent)
_FRAME_OVERHEAD = 1 << 20
_RESULT_OVERHEAD = 64 << 10  # an error with its traceback, where there is no value


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


def specify(flavour: Flavour, settings: SandboxSettings, *, network: bool = False) -> WorkerSpec:
    """Return the specification of one kind of worker."""
    return WorkerSpec(
        name=f"{flavour}+network" if network else str(flavour),
        guest=_GUEST,
        guest_paths=(_GUEST_FOLDER, policy_folder()),
        package_paths=settings.packages.folders,
        options={
            "flavour": str(flavour),
            "modules": list(settings.packages.modules),
            "packages": settings.packages.providers,
            "adjustments": list(settings.adjustments),
            "readable": [*settings.packages.folders, *SYSTEM_PATHS, *(TRUST_STORES if network else ())],
            "largest_value": settings.limits.result_bytes,
            "network": network,
            "language_layer": settings.language_layer,
        },
        environment=_environment(settings.packages),
        confinement=_confine(settings, network=network),
        largest_frame=settings.limits.job_bytes + _FRAME_OVERHEAD,
        largest_result=settings.limits.result_bytes + _RESULT_OVERHEAD,
    )


def _environment(packages: BasePackages) -> dict[str, str]:
    caches = [folder for folder in packages.folders if Path(folder, ".cache", "matplotlib").is_dir()]
    return {"MPLBACKEND": "Agg", **({"MPLCONFIGDIR": f"{caches[0]}/.cache/matplotlib"} if caches else {})}


def _confine(settings: SandboxSettings, *, network: bool) -> Confinement:
    limits = settings.limits
    paths = (*interpreter_paths(), *settings.packages.folders, *SYSTEM_PATHS)
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

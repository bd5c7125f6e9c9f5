"""Worker specifications of the tests: every layer, what containers grant, one layer alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sandboxkit.confinement import Confinement
from sandboxkit.files import InputFile
from sandboxkit.layers import ALL_LAYERS, Layer
from sandboxkit.run import Errand, RunLimits
from sandboxkit.supervisor import WorkerSpec

TESTS = Path(__file__).resolve().parent.parent
SOURCE = TESTS.parent / "src"
STRANGER = 65534  # a user that owns nothing
IN_CONTAINERS = ALL_LAYERS - {Layer.NAMESPACES, Layer.VIEW}
MEGABYTE = 1 << 20

_DESCRIBE = "import sys, sysconfig; print(*sys.version_info[:2], sys.base_prefix, sysconfig.get_path('stdlib'))"
_SYSTEM_PATHS = ("/usr/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/usr/share/fonts", "/etc/ld.so.cache")


@cache
def interpreter() -> tuple[str, tuple[str, ...]]:
    """An interpreter of this version that any user can start, and the folders it reads.

    Falls back to the running one, which children of another user may not be able to read.
    """
    for candidate in _candidates():
        words = _described(candidate)
        if words[:2] == [str(part) for part in sys.version_info[:2]]:
            return candidate, tuple(words[2:])
    return sys.executable, (sys.base_prefix, sysconfig.get_path("stdlib"))


def anyone_can_start(python: str) -> bool:
    """Whether a user who owns nothing can start the interpreter."""
    return bool(_described(python))


def _described(python: str) -> list[str]:
    command = [python, "-I", "-S", "-c", _DESCRIBE]
    try:
        answer: str = subprocess.run(command, capture_output=True, text=True, check=True, **as_stranger()).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return answer.split()


def as_stranger() -> dict[str, Any]:
    """Arguments of subprocess that give up root; none are needed by who is not root."""
    if os.geteuid() != 0:
        return {}
    return {"user": STRANGER, "group": STRANGER, "extra_groups": []}


def _candidates() -> Iterator[str]:
    yield os.path.realpath(sys.executable)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = (shutil.which(version, path=folder) for folder in ("/usr/local/bin", "/usr/bin"))
    yield from (path for path in found if path is not None)


def own_packages() -> str:
    """The folder of the packages that the tests were started with: where numpy is, if it is."""
    found = find_spec("numpy")
    if found is None or found.origin is None:
        return sysconfig.get_path("purelib")
    return str(Path(found.origin).resolve().parent.parent)


def spec(
    name: str = "raw",
    *,
    preload: tuple[str, ...] = (),
    guest: str = "RawExecution",
    packages: str | None = None,
    environment: dict[str, str] | None = None,
    **changes: Any,
) -> WorkerSpec:
    """A specification whose guest executes whatever it is given.

    ``changes`` are attributes of its confinement.
    """
    packages = packages or own_packages()
    readable = (*interpreter()[1], packages, *_SYSTEM_PATHS)
    return WorkerSpec(
        name=name,
        guest=guest if ":" in guest else f"hostile.guest:{guest}",
        guest_paths=(str(TESTS),),
        package_paths=(packages,),
        options={"preload": preload},
        confinement=Confinement(read_only=readable, **changes),
        python=interpreter()[0],
        environment=environment or {},
    )


def alone(*layers: Layer) -> WorkerSpec:
    """A specification that applies only the given layers."""
    return spec("-".join(layers) or "bare", enabled=frozenset(layers), required=frozenset())


def errand(code: str, *, wall: float = 10.0, memory: int = 256 * MEGABYTE, cpu: int = 5, **extra: Any) -> Errand:
    """An errand that executes the code."""
    return Errand(code.encode(), RunLimits(wall, memory, cpu), **extra)


def input_file(name: str, content: bytes) -> InputFile:
    """A file for the work folder."""
    return InputFile(name, content)

"""uv and pip, driven as processes: resolve against what is installed, install exact versions into a folder."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from packaging.utils import canonicalize_name
from packaging.version import Version

from drivenadapters.packages.processes import Bounds, Completed, run
from drivenadapters.packages.reasons import explain
from drivenadapters.packages.sources import PackageSource
from errors import StoreUnavailable
from utils.pip_settings import parse_config_list

_WHEELS_ONLY = ("--only-binary", ":all:")
_PLANNED = re.compile(r"^\s*([+~-]) ([A-Za-z0-9][\w.-]*)==(\S+)", re.MULTILINE)
# Without `site` neither the service's packages nor their .pth files are seen: the view alone is "installed".
_PIP_ALONE = (
    "import sys, runpy; sys.path += sys.argv[1:3]; del sys.argv[1:3]; "
    "runpy.run_module('pip', run_name='__main__', alter_sys=True)"
)

Pins = dict[str, str]


@dataclass(frozen=True)
class Workplace:
    """The folders of one installation.

    Attributes:
        root: everything else lies in it; it is removed at the end.
        view: metadata of what counts as installed.
        target: what is to be installed goes there.
        cache: kept between installations.
    """

    root: Path
    view: Path
    target: Path
    cache: Path


class Installer(Protocol):
    """Resolves and installs; failures are the service's own errors."""

    async def resolve(self, requirements: Sequence[str], place: Workplace) -> Pins:
        """Return the versions that have to be installed beside or instead of what is in the view."""

    async def install(self, pins: Pins, place: Workplace) -> None:
        """Install exact versions, without what they need, into the target."""


class UvInstaller:
    """uv, where it sees what pip sees."""

    def __init__(self, program: str, variables: dict[str, str], bounds: Bounds) -> None:
        self._program = program
        self._variables = variables
        self._bounds = bounds

    async def resolve(self, requirements: Sequence[str], place: Workplace) -> Pins:
        """See the protocol."""
        done = await self._run(place, place.view, ["--dry-run", *requirements])
        planned = _PLANNED.findall(done.stderr)
        return {canonicalize_name(name): str(Version(version)) for sign, name, version in planned if sign != "-"}

    async def install(self, pins: Pins, place: Workplace) -> None:
        """See the protocol."""
        wanted = [f"{name}=={version}" for name, version in pins.items()]
        await self._run(place, place.target, ["--no-deps", *wanted])

    async def _run(self, place: Workplace, target: Path, arguments: list[str]) -> Completed:
        how = ["--target", str(target), "--python", sys.executable, "--color", "never", "--no-progress", *_WHEELS_ONLY]
        variables = {
            "UV_HTTP_RETRIES": "1",  # of three, with their pauses, a broken wheel takes ten seconds
            **self._variables,
            # Copies, not links into the cache: what is installed must not change with the cache.
            "UV_LINK_MODE": "copy",
            "UV_CACHE_DIR": str(place.cache / "uv"),
            "TMPDIR": str(place.root),
        }
        command = [self._program, "pip", "install", *how, *arguments]
        done = await run(command, env=variables, folder=place.root, bounds=self._bounds, watch=place.target)
        if done.status != 0:
            raise explain(done.stdout, done.stderr)
        return done


class PipInstaller:
    """pip of the service's interpreter, which knows every setting of the user."""

    def __init__(self, variables: dict[str, str], bounds: Bounds) -> None:
        self._variables = variables
        self._bounds = bounds

    async def resolve(self, requirements: Sequence[str], place: Workplace) -> Pins:
        """See the protocol."""
        report = place.root / "report.json"
        await self._run(place, ["--dry-run", "--report", str(report), *requirements])
        planned = json.loads(await asyncio.to_thread(report.read_bytes))["install"]
        found = [item["metadata"] for item in planned]
        return {canonicalize_name(item["name"]): str(Version(item["version"])) for item in found}

    async def install(self, pins: Pins, place: Workplace) -> None:
        """See the protocol."""
        wanted = [f"{name}=={version}" for name, version in pins.items()]
        await self._run(place, ["--no-deps", "--no-compile", "--target", str(place.target), *wanted])

    async def _run(self, place: Workplace, arguments: list[str]) -> Completed:
        variables = {
            **self._variables,
            "PIP_CACHE_DIR": str(place.cache / "pip"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "TMPDIR": str(place.root),
        }
        tool = await asyncio.to_thread(pip_alone, place.root)
        alone = [sys.executable, "-I", "-S", "-c", _PIP_ALONE, str(tool), str(place.view)]
        command = [*alone, "install", "--no-input", "--no-color", "--progress-bar", "off", *_WHEELS_ONLY, *arguments]
        done = await run(command, env=variables, folder=place.root, bounds=self._bounds, watch=place.target)
        if done.status != 0:
            raise explain(done.stdout, done.stderr)
        return done


def pip_alone(root: Path) -> Path:
    """Return a folder that holds pip and nothing else."""
    folder = root / "tool"
    if not folder.is_dir():
        spec = importlib.util.find_spec("pip")
        if spec is None or spec.origin is None:
            raise StoreUnavailable("neither uv nor pip is installed beside the service")
        folder.mkdir()
        (folder / "pip").symlink_to(Path(spec.origin).parent)
    return folder


@dataclass(frozen=True)
class InstallerChoice:
    """Chooses once, by what is there and what pip is configured for.

    Attributes:
        source: where packages come from.
        bounds: of one installation.
        uv: the program; empty to do without, None to look for it.
    """

    source: PackageSource
    bounds: Bounds
    uv: str | None = None

    async def choose(self, folder: Path) -> Installer:
        """Return the installer; ``folder`` is a place to work in."""
        options = await self._pip_options(folder)
        return await asyncio.to_thread(self._pick, options)

    def _pick(self, options: dict[str, str]) -> Installer:
        program = find_uv() if self.uv is None else self.uv
        settings = self.source.for_uv(options)
        if program and not settings.unsupported:
            return UvInstaller(program, dict(settings.environment), self.bounds)
        return PipInstaller(self.source.for_pip(options), self.bounds)

    async def _pip_options(self, folder: Path) -> dict[str, str]:
        if importlib.util.find_spec("pip") is None:
            return {}
        command = [sys.executable, "-I", "-m", "pip", "config", "list"]
        inherited = replace(self.source, url="").common()
        done = await run(command, env=inherited, folder=folder, bounds=self.bounds)
        return parse_config_list(done.stdout) if done.status == 0 else {}


def find_uv() -> str:
    """Return the path of uv beside this interpreter or on PATH, empty if there is none."""
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.is_file() else shutil.which("uv") or ""

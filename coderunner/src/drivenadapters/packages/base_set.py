"""The packages that every environment has, as resolvers have to know them."""

from __future__ import annotations

import importlib.metadata
import shutil
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from drivenadapters.packages.examination import module_of
from drivenadapters.sandbox.packages import CHECKOUT, BasePackages
from logics.packages import Available, Distribution
from logics.requirements import applies, name_of

_BASE_INPUT = CHECKOUT / "deps" / "site-packages" / "base.in"


@dataclass(frozen=True)
class BaseSet:
    """The base packages with their metadata, read once: call its properties in a thread.

    Attributes:
        packages: where they are and what they provide.
        ranges: the file with the versions that the base wants of its main packages.
    """

    packages: BasePackages
    ranges: Path = _BASE_INPUT

    @cached_property
    def available(self) -> Available:
        """The distributions by name."""
        modules = _modules_by_package(self.packages)
        found: dict[str, Distribution] = {}
        for item in self._metadata.values():
            name = canonicalize_name(item.metadata["Name"])
            listed = modules.get(name)
            provided = tuple(sorted(_modules_of(item))) if listed is None else listed
            requires = tuple(item.requires or ())
            found[name] = Distribution(name, str(Version(item.version)), provided, requires, listed is not None)
        return found

    @cached_property
    def identity(self) -> str:
        """Names the base and the interpreter in the keys of sets."""
        versions = sorted(f"{item.name}=={item.version}" for item in self.available.values())
        facts = [sysconfig.get_config_var("SOABI") or "", sysconfig.get_platform(), *versions]
        return sha256("\0".join(facts).encode()).hexdigest()[:24]

    @cached_property
    def roots(self) -> Mapping[str, Requirement]:
        """What every environment requires: the main packages in the base's own ranges, by name."""
        found = {}
        lines = self.ranges.read_text(encoding="utf-8").splitlines() if self.ranges.is_file() else []
        for line in lines:
            try:
                item = Requirement(line.partition("#")[0].strip())
            except InvalidRequirement:
                continue
            present = self.available.get(name_of(item))
            if present and applies(item) and item.specifier.contains(present.version, prereleases=True):
                found[name_of(item)] = item
        return found

    def copy_metadata(self, view: Path, over: Path | None, names: frozenset[str]) -> None:
        """Fill ``view`` with the metadata of what counts as installed: the base, and ``names`` of ``over`` above it."""
        chosen = dict(self._metadata)
        if over is not None and over.is_dir():
            above = _metadata_in((str(over),))
            chosen |= {name: item for name, item in above.items() if name in names}
        for item in chosen.values():
            source = Path(str(item.locate_file(""))) / _info_name(item)
            target = view / source.name
            target.mkdir()
            shutil.copyfile(source / "METADATA", target / "METADATA")

    @cached_property
    def _metadata(self) -> dict[str, importlib.metadata.PathDistribution]:
        return _metadata_in(self.packages.folders)


def _metadata_in(folders: tuple[str, ...]) -> dict[str, importlib.metadata.PathDistribution]:
    found: dict[str, importlib.metadata.PathDistribution] = {}
    for folder in folders:
        for info in sorted(Path(folder).glob("*.dist-info")):
            if (info / "METADATA").is_file():
                item = importlib.metadata.PathDistribution(info)
                found.setdefault(canonicalize_name(item.metadata["Name"]), item)
    return found


def _modules_of(item: importlib.metadata.PathDistribution) -> set[str]:
    """Return the import names of a package of the base that the list of modules does not name."""
    names = {module_of(str(path)) for path in item.files or ()}
    return {name for name in names if name and not name.startswith("_")}


def _info_name(item: importlib.metadata.PathDistribution) -> str:
    return item._path.name  # type: ignore[attr-defined, no-any-return]


def _modules_by_package(packages: BasePackages) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for module in packages.modules:
        name = canonicalize_name(packages.providers[module])
        found[name] = (*found.get(name, ()), module)
    return found

"""The packages of each image, read from the locks that it is built from."""

import importlib.metadata
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from provision.layout import BASE, DATAFLOW, SERVICES, Layout

_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\\n]+))?((?:.|\n)*?)(?=^\S|\Z)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# Where the image runs; what a lock holds for other systems only is not shipped.
_PLATFORM = {
    "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64",
    "python_version": "3.11", "python_full_version": "3.11.9", "implementation_name": "cpython",
    "platform_python_implementation": "CPython", "extra": "",
}  # fmt: skip
_SETS = {"coderunner": BASE, "dataflowtools": DATAFLOW}


@dataclass(frozen=True, order=True)
class Package:
    """One locked package.

    Attributes:
        name: as PEP 503 compares names.
        hashes: SHA-256 of each of its files on the index.
    """

    name: str
    version: str
    hashes: tuple[str, ...] = ()


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(lock: Path) -> Iterator[Package]:
    """Yield the packages of a lock that an image gets."""
    for name, version, marker, rest in _ENTRY.findall(lock.read_text(encoding="utf-8")):
        if not marker or Marker(marker.strip()).evaluate(_PLATFORM):
            yield Package(normalised(name), version, tuple(sorted(_HASH.findall(rest))))


def locks_of(layout: Layout, service: str) -> tuple[Path, Path]:
    """Return what the image of a service is built from: its own packages, and those of its workers."""
    return layout.service_lock(service), layout.lock_of(_SETS[service])


def shipped(layout: Layout) -> dict[str, set[str]]:
    """Return the names of the packages of all images, with the images of each."""
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for lock in locks_of(layout, service):
            for package in read_lock(lock):
                found.setdefault(package.name, set()).add(service)
    return found


class Metadata:
    """What installed packages say of themselves: those of this environment and of the store."""

    def __init__(self, layout: Layout) -> None:
        folders = [sysconfig.get_path("purelib"), *(str(layout.store / name) for name in (BASE, DATAFLOW))]
        installed = importlib.metadata.distributions(path=folders)
        self._known = {normalised(one.metadata["Name"]): one.metadata for one in installed}

    def licence(self, name: str) -> str:
        """Return a package's licence: an SPDX expression where it gives one, else its own words; empty: unknown."""
        metadata = self._known.get(name)
        if metadata is None:
            return ""
        for expression in metadata.get_all("License-Expression") or ():
            return str(expression)
        classifiers = metadata.get_all("Classifier") or []
        named = [value.rpartition(" :: ")[2] for value in classifiers if value.startswith("License :: OSI Approved ::")]
        if named:
            return ", ".join(named)
        first_line = str((metadata.get_all("License") or [""])[0]).strip().partition("\n")[0]
        return first_line if len(first_line) <= 80 else ""

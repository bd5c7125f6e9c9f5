"""The kind of worker that converts with Python libraries: tables, text, PDF by WeasyPrint."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distributions
from pathlib import Path

from drivenadapters.workers.specification import WorkerKind

KIND = "writing"
_GUEST = "drivenadapters.conversion.guest"
TABLES = f"{_GUEST}.tables.tasks"
CREATED = f"{_GUEST}.tables.created"
TEMPLATES = f"{_GUEST}.templates.tasks"
CHECKS = f"{_GUEST}.checks"
EXTRACTS = f"{_GUEST}.extracts"
PLAIN = f"{_GUEST}.plain"
PRINTING = f"{_GUEST}.printing"
_MODULES = (TABLES, CREATED, TEMPLATES, CHECKS, EXTRACTS, PLAIN)
_LAYOUT = ("libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0")
_FONT_CACHES = ("/var/cache/fontconfig", "/usr/share/fontconfig")


def missing_layout_library() -> str:
    """Return the first library of the system that WeasyPrint needs and that is not there; empty if all are."""
    return next((library for library in _LAYOUT if not _is_installed(library)), "")


def _is_installed(library: str) -> bool:
    """Look where systems keep their libraries; loading it would leave it in the service."""
    folders = (Path(folder) for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"))
    return any((folder / library).exists() or any(folder.glob(f"*/{library}")) for folder in folders)


def package_version(packages: tuple[str, ...], name: str) -> str:
    """Return the version of one of the workers' packages; empty if it is not among them."""
    try:
        return next(iter(distributions(name=name, path=list(packages)))).version
    except (StopIteration, PackageNotFoundError):
        return ""


def writing_kind(*, printing: bool, ready: int = 1) -> WorkerKind:
    """Return the kind of worker; without ``printing`` where the system's text layout is missing."""
    modules = (*_MODULES, PRINTING) if printing else _MODULES
    return WorkerKind(KIND, modules, ready=ready, read_only=_FONT_CACHES)

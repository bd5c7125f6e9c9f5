"""LibreOffice, where it is installed."""

from __future__ import annotations

import os
from pathlib import Path

from drivenadapters.workers.specification import WorkerKind

KIND = "office"
_TASKS = "drivenadapters.conversion.guest.office"
_USUAL = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice/program",
    "/usr/local/lib/libreoffice/program",
)
_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")
_DATA = ("/usr/share/libreoffice", "/etc/libreoffice", "/usr/share/liblangtag")
_FONT_CACHES = ("/var/cache/fontconfig", "/usr/share/fontconfig", "/usr/share/ghostscript/fonts")


def find_office(named: Path | None = None) -> Path | None:
    """Return LibreOffice's folder ``program``: the named one, else where packages put it; None without."""
    folders = (named,) if named is not None else (Path(folder) for folder in _USUAL)
    for folder in folders:
        resolved = folder.resolve()
        if any((resolved / library).is_file() for library in _LIBRARIES):
            return resolved
    return None


def office_kind(program: Path, *, ready: int = 1) -> WorkerKind:
    """Return the kind of worker that holds LibreOffice."""
    return WorkerKind(
        KIND,
        (_TASKS,),
        ready=ready,
        read_only=(str(program.parent), *_linked(program.parent), *_DATA, *_FONT_CACHES),
        environment={"OFFICE_PROGRAM": str(program), "SAL_USE_VCLPLUGIN": "svp"},
    )


def _linked(installation: Path) -> tuple[str, ...]:
    """Return what the installation links to outside of itself, as distributions arrange it."""
    entries = (Path(folder, name) for folder, folders, files in os.walk(installation) for name in (*folders, *files))
    return tuple(sorted({str(entry.resolve()) for entry in entries if entry.is_symlink() and entry.exists()}))

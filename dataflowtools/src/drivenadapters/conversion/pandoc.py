"""Pandoc, which the package pypandoc-binary carries."""

from __future__ import annotations

import shutil
from pathlib import Path

from drivenadapters.workers.specification import WorkerKind

KIND = "markup"
_TASKS = "drivenadapters.conversion.guest.markup"
_INSIDE_PACKAGE = Path("pypandoc", "files", "pandoc")


def find_pandoc(packages: tuple[str, ...]) -> Path | None:
    """Return the program: the one among the workers' packages, else the machine's; None without."""
    carried = (Path(folder) / _INSIDE_PACKAGE for folder in packages)
    found = next((program for program in carried if program.is_file()), None)
    on_path = shutil.which("pandoc")
    return found or (Path(on_path).resolve() if on_path else None)


def pandoc_kind(program: Path, *, ready: int = 1) -> WorkerKind:
    """Return the kind of worker that may start pandoc, and nothing else."""
    return WorkerKind(
        KIND,
        (_TASKS,),
        ready=ready,
        executable=(str(program),),
        environment={"PANDOC_PROGRAM": str(program)},
    )

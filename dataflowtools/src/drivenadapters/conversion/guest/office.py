"""The tasks that LibreOffice does: old and new office files into one another and into PDF."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from .office_kit import OfficeKit
from .office_mending import end_with_paragraph
from .office_profile import encode_text, installed_version, write_profile

PROGRAM_VARIABLE = "OFFICE_PROGRAM"
_TEXT = {"docx": "MS Word 2007 XML", "doc": "MS Word 97", "odt": "writer8", "rtf": "Rich Text Format"}
_SHEETS = {"xlsx": "Calc MS Excel 2007 XML", "xls": "MS Excel 97", "ods": "calc8"}
_PDF = {**dict.fromkeys(_TEXT, "writer_pdf_Export"), **dict.fromkeys(_SHEETS, "calc_pdf_Export")}
_PDF_VERSIONS = {"": 0, "pdf/a-1b": 1, "pdf/a-2b": 2, "pdf/a-3b": 3}
_NOT_PDF = -1

_kit: OfficeKit | None = None
_version = ""
_broken = "LibreOffice is not loaded in this worker"
_begun = False


def prepare() -> None:
    """Load LibreOffice's libraries, once for all workers."""
    global _kit, _version, _broken
    program = Path(os.environ[PROGRAM_VARIABLE])
    try:
        _kit = OfficeKit(program)
    except OSError as error:
        _broken = f"LibreOffice does not work here: {error}"
    _version = installed_version(program)


def warm() -> None:
    """Start LibreOffice ahead of the task, with a profile in the task's own folder."""
    global _begun
    if _kit is None or _begun:
        return
    profile = Path.cwd() / "profile"
    write_profile(profile, _version)
    _kit.begin(profile)
    _begun = True


def convert(workspace: Workspace, source: str, target: str, options: dict[str, Any]) -> dict[str, Any]:
    """Convert the file ``source`` of one kind into the file ``sink`` of another."""
    warm()
    folder = Path.cwd()
    before, after, report = folder / f"source.{source}", folder / f"result.{target}", folder / "report"
    with workspace.source() as given, before.open("wb") as copy:
        shutil.copyfileobj(given, copy)
    if (source, target) == ("docx", "doc"):
        end_with_paragraph(before)
    complaint = _run(before, after, report, source, options)
    said = report.read_text("utf-8", "replace").strip() if report.exists() else complaint
    if said != "done" or not after.exists():
        raise _failure(said or "it was not written", folder)
    with after.open("rb") as result, workspace.sink() as sink:
        shutil.copyfileobj(result, sink)
    return {}


def _run(before: Path, after: Path, report: Path, source: str, options: dict[str, Any]) -> str:
    target = after.suffix[1:]
    chosen = _PDF[source] if target == "pdf" else (_TEXT | _SHEETS)[target]
    version = _PDF_VERSIONS[options.get("pdf_standard") or ""] if target == "pdf" else _NOT_PDF
    texts = (before.as_uri(), after.as_uri(), str(report), options.get("password", ""), options.get("pages", ""))
    from_, to, note, key, pages = map(encode_text, texts)
    return _started().run_macro(
        f'Standard.Conversion.Run("{from_}","{to}","{note}","{chosen}","{key}","{pages}",{version})'
    )


def _started() -> OfficeKit:
    if _kit is None:
        raise TaskFailed(FailureKind.IMPOSSIBLE, _broken)
    return _kit


def _failure(said: str, folder: Path) -> TaskFailed:
    room = os.statvfs(folder)
    if room.f_bavail * room.f_frsize < 1 << 20:
        return TaskFailed(FailureKind.TOO_LARGE, "the result is larger than a task may write (TASK_DISK_MB)")
    if said.startswith("save"):
        return TaskFailed(FailureKind.IMPOSSIBLE, "LibreOffice cannot write this file in the wanted format")
    return TaskFailed(FailureKind.DAMAGED, "LibreOffice cannot read this file: it is damaged, or encrypted otherwise")

"""The tasks that pandoc does: text documents and markup into one another.

Pandoc is run as a program, always with ``--sandbox``: without it, it reads the files and fetches the addresses that a
document names.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from . import media
from .encoding import to_utf8
from .reference import reference_document

PROGRAM_VARIABLE = "PANDOC_PROGRAM"
_MARKDOWN = "commonmark_x+gfm_auto_identifiers"
_READERS = {"docx": "docx", "odt": "odt", "rtf": "rtf", "html": "html", "md": _MARKDOWN}
_WRITERS = {"docx": "docx", "odt": "odt", "rtf": "rtf", "html": "html5", "md": "gfm", "txt": "plain"}
_TEXTS = frozenset({"html", "md"})
_WHOLE = frozenset({"html", "rtf"})  # written with head and foot, not as fragments
# What the Haskell runtime exits with when -M is passed; and how the kernel ends it where not even it has room.
_OUT_OF_MEMORY = (251, -signal.SIGSEGV)
_MEBIBYTE = 1 << 20
_SHARE_OF_MEMORY = 0.75

_reference = b""


def prepare() -> None:
    """Make the document of styles, once for all workers."""
    global _reference
    _reference = reference_document(os.environ[PROGRAM_VARIABLE])


def convert(
    workspace: Workspace, source: str, target: str, options: dict[str, Any], memory_bytes: int
) -> dict[str, Any]:
    """Convert the file ``source`` of one kind into the file ``sink`` of another."""
    folder = Path.cwd()
    before, after = folder / "source", folder / "result"
    with workspace.source() as given:
        if source in _TEXTS:
            before.write_bytes(to_utf8(given.read(), html=source == "html"))
        else:
            with before.open("wb") as copy:
                shutil.copyfileobj(given, copy)
    _run(_command(before, after, source, target, options, memory_bytes))
    if target == "md":
        embed = options.get("images") == "embed"
        after.write_text(media.settle(after.read_text("utf-8"), before, embed=embed), "utf-8")
    with after.open("rb") as result, workspace.sink() as sink:
        shutil.copyfileobj(result, sink)
    return {}


def _command(
    before: Path, after: Path, source: str, target: str, options: dict[str, Any], memory_bytes: int
) -> list[str]:
    heap = max(64, int(memory_bytes * _SHARE_OF_MEMORY) // _MEBIBYTE)
    command = [os.environ[PROGRAM_VARIABLE], "+RTS", f"-M{heap}m", "-RTS", "--sandbox", "--quiet"]
    command += ["--from", _READERS[source], "--to", _WRITERS[target], "--wrap", "none", "--track-changes", "accept"]
    if target in _WHOLE:
        command += ["--standalone", "--metadata", f"pagetitle={options.get('title') or 'Document'}"]
    if target == "html":
        command += ["--mathml", *(["--embed-resources"] if options.get("images") != "omit" else [])]
    if target == "docx" and _reference:
        styles = before.with_name("reference.docx")
        styles.write_bytes(_reference)
        command += ["--reference-doc", str(styles)]
    return [*command, "--output", str(after), str(before)]


def _run(command: list[str]) -> None:
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as reason:
        raise TaskFailed(FailureKind.IMPOSSIBLE, f"pandoc does not start: {reason.strerror}") from reason
    if ended.returncode == 0:
        return
    if ended.returncode in _OUT_OF_MEMORY or b"heap exhausted" in ended.stderr or b"out of memory" in ended.stderr:
        raise MemoryError
    said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    raise TaskFailed(FailureKind.DAMAGED, f"pandoc cannot read this file: {_public(said)}")


def _public(said: list[str]) -> str:
    """Return the first line of a complaint, without the paths of the worker."""
    line = said[0] if said else "it says nothing"
    return line.replace(str(Path.cwd()) + "/", "")[:300]

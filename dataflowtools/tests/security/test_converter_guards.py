"""What a document asks for beyond itself is refused twice: by the converter's own settings, and by the kernel.

Each guard is tested with the other off, and each attack with both off, where it has to succeed.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sandboxkit.admission import Admission
from sandboxkit.layers import ALL_LAYERS, Layer

from common.settings import Settings
from drivenadapters.conversion.engines import find_engines
from drivenadapters.workers.packages import find_packages
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import ServiceError
from harness.attacks import docx_with_linked_images, html_with_links, listener, secret_picture
from harness.documents import file_with

TESTS = str(Path(__file__).resolve().parents[1])
GUEST = "drivenadapters.conversion.guest"
MEMORY = {"memory_bytes": 1 << 30}
GUARDED = {
    "office": f"{GUEST}.office:convert",
    "markup": f"{GUEST}.markup:convert",
    "writing": f"{GUEST}.printing:convert",
}
UNGUARDED = {
    kind: f"harness.unguarded:convert_{name}"
    for kind, name in (("office", "office"), ("markup", "markup"), ("writing", "printing"))
}
_IMAGE_IN_PDF = re.compile(rb"/Subtype\s*/Image\b")
NO_LAYER: frozenset[Layer] = frozenset()
PACKAGES = find_packages(Settings(_env_file=None).site_packages_dir)
INSTALLED = find_engines(PACKAGES)
MISSING = {engine.name: engine.missing for engine in INSTALLED.engines if engine.missing}
CASES = [
    pytest.param("office", "libreoffice", "docx", "pdf", id="libreoffice"),
    pytest.param("markup", "pandoc", "html", "docx", id="pandoc"),
    pytest.param("writing", "weasyprint", "html", "pdf", id="weasyprint"),
]


@asynccontextmanager
async def workers(kind: str, layers: frozenset[Layer], *, guarded: bool) -> AsyncIterator[TaskWorkers]:
    settings = WorkerSettings((*PACKAGES, TESTS), seconds=60, enabled=layers, required=NO_LAYER)
    kinds = [found for found in INSTALLED.kinds() if found.name == kind]
    if not guarded:  # started by the task itself, so that nothing is begun with the guard on
        kinds = [replace(found, modules=("harness.sample_tasks",)) for found in kinds]
    made = TaskWorkers(tuple(kinds), settings, Admission(1, 8, 60))
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def attack(
    kind: str, source: str, target: str, content: bytes, layers: frozenset[Layer], *, guarded: bool
) -> bytes:
    arguments: dict[str, Any] = {"source": source, "target": target, "options": {}}
    if kind == "markup":
        arguments |= MEMORY
    function = (GUARDED if guarded else UNGUARDED)[kind]
    async with workers(kind, layers, guarded=guarded) as made:
        with file_with(content) as given, file_with() as sink:
            try:
                await made.run(kind, Task(function, arguments, {"source": given}, {"sink": sink}))
            except ServiceError:
                return b""
            return os.pread(sink, os.fstat(sink).st_size, 0)


def document(source: str, *addresses: str) -> bytes:
    return docx_with_linked_images(*addresses) if source == "docx" else html_with_links(*addresses)


def pictures_in(result: bytes) -> int:
    """How many pictures a result has of its own."""
    if zipfile.is_zipfile(io.BytesIO(result)):
        with zipfile.ZipFile(io.BytesIO(result)) as archive:
            return sum(name.startswith(("Pictures/", "word/media/")) for name in archive.namelist())
    return len(_IMAGE_IN_PDF.findall(result))


@pytest.mark.parametrize(("kind", "engine", "source", "target"), CASES)
@pytest.mark.parametrize(
    ("layers", "guarded"),
    [pytest.param(NO_LAYER, True, id="own settings alone"), pytest.param(ALL_LAYERS, False, id="kernel alone")],
)
async def test_either_guard_alone_keeps_the_machine_and_the_network_out(
    tmp_path: Path, kind: str, engine: str, source: str, target: str, layers: frozenset[Layer], guarded: bool
) -> None:
    if engine in MISSING:
        pytest.skip(MISSING[engine])
    with listener() as (address, heard):
        content = document(source, secret_picture(tmp_path).as_uri(), address)
        result = await attack(kind, source, target, content, layers, guarded=guarded)
    assert heard == []
    assert pictures_in(result) == 0


@pytest.mark.parametrize(("kind", "engine", "source", "target"), CASES)
async def test_with_both_guards_off_the_same_document_gets_what_it_asks_for(
    tmp_path: Path, kind: str, engine: str, source: str, target: str
) -> None:
    if engine in MISSING:
        pytest.skip(MISSING[engine])
    with listener() as (address, heard):
        content = document(source, secret_picture(tmp_path).as_uri(), address)
        result = await attack(kind, source, target, content, NO_LAYER, guarded=False)
    assert heard
    assert pictures_in(result) > 0

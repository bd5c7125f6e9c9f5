"""Barcodes read by zxing-cpp and zbar in confined workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivenadapters.workers.specification import WorkerKind
from drivenadapters.workers.tasks import Task, TaskWorkers
from logics.codes import Code, CodeOptions, CodePage, CodeReport
from logics.images import ImageSource
from logics.ports.images import Progress

IMAGES = WorkerKind("images", ("drivenadapters.images.guest.tasks",))
_TASKS = "drivenadapters.images.guest.tasks"


class ZxingCodeReader:
    """Satisfies the port ``CodeReader``.

    Args:
        limits: the fields of :class:`drivenadapters.images.guest.limits.ImageLimits`.
    """

    version = "zxing-zbar 1"

    def __init__(self, workers: TaskWorkers, limits: Mapping[str, int]) -> None:
        self._workers = workers
        self._limits = dict(limits)

    async def read(self, source: ImageSource, options: CodeOptions, progress: Progress | None) -> CodeReport:
        """See the port."""
        arguments = {
            "limits": self._limits,
            "pages": options.reading.pages.wanted,
            "password": options.reading.password,
            "symbologies": list(options.symbologies),
            "thorough": options.mode == "thorough",
        }
        task = Task(f"{_TASKS}:find_codes", arguments, {"source": source.descriptor}, progress=progress)
        return _report(source.name, await self._workers.run(IMAGES.name, task))


def _report(name: str, answer: Mapping[str, Any]) -> CodeReport:
    pages = answer["pages"]
    return CodeReport(
        name=name,
        format=answer["format"],
        page_count=answer["total"],
        pages=tuple(CodePage(page["page"], page["width"], page["height"]) for page in pages),
        codes=tuple(_code(code, page) for page in pages for code in page["codes"]),
    )


def _code(code: Mapping[str, Any], page: Mapping[str, Any]) -> Code:
    right, bottom = page["width"], page["height"]
    polygon = tuple((min(max(x, 0), right), min(max(y, 0), bottom)) for x, y in code["polygon"])
    columns, rows = [x for x, _ in polygon], [y for _, y in polygon]
    return Code(
        symbology=code["symbology"],
        text=code["text"],
        bytes_base64=code["bytes_base64"],
        encoding=code["encoding"],
        gtin=code["gtin"],
        box=(min(columns), min(rows), max(columns), max(rows)),
        polygon=polygon,
        orientation=code["orientation"],
        page=page["page"],
    )

"""Text recognised by the embedded engine: decoded in single-use workers, read in a standing one."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError
from sandboxkit.admission import Admission
from sandboxkit.errors import Saturated

from drivenadapters.images.codes import IMAGES
from drivenadapters.workers.specification import WorkerKind, WorkerSettings, specify_standing
from drivenadapters.workers.standing import StandingJob, StandingLimits, StandingWorker
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import Busy, FileDamaged
from logics.images import ImageSource
from logics.ports.images import Progress
from logics.recognition import RecognisedDocument, RecognisedPage, RecognitionOptions, choose_languages
from utils.languages import is_latin

_TASKS = "drivenadapters.images.guest.tasks"
_ENGINE = WorkerKind("ocr", ())
_MAKER = "drivenadapters.ocr.guest.server:make"
_LARGEST_RESULT = 64 << 20
_PAGES_IN_HAND = 2  # one is read while the next is decoded; decoded pages are large
_PAGES = TypeAdapter(RecognisedPage)


@dataclass(frozen=True)
class EngineSettings:
    """What the engine may take.

    Attributes:
        threads: that it uses.
        limits: of the standing worker.
        queue_limit: pages that may wait for their turn.
        queue_seconds: longest wait for it.
        preload: whether it gets ready before the first page comes.
    """

    threads: int
    limits: StandingLimits
    queue_limit: int
    queue_seconds: float
    preload: bool = True


class EmbeddedRecogniser:
    """Satisfies the port ``TextRecogniser``.

    Bytes of a stranger's file are parsed in a worker of their own, which is gone afterwards. The engine, which takes
    seconds to get ready and therefore reads page after page, is given pixels only; it may see what earlier pages
    left in its memory, and can reach neither files nor network.

    Args:
        image_limits: the fields of :class:`drivenadapters.images.guest.limits.ImageLimits`.
    """

    version = "pp-ocrv6-small 1"

    def __init__(
        self,
        workers: TaskWorkers,
        worker_settings: WorkerSettings,
        settings: EngineSettings,
        image_limits: Mapping[str, int],
    ) -> None:
        self._workers = workers
        self._limits = dict(image_limits)
        spec = specify_standing(_ENGINE, worker_settings, _MAKER, {"threads": settings.threads})
        self._engine = StandingWorker(spec, settings.limits, preload=settings.preload)
        self._turns = Admission(_PAGES_IN_HAND, settings.queue_limit, settings.queue_seconds)

    async def start(self) -> None:
        """Start the engine; it loads its models in the background.

        Raises:
            ConfinementUnavailable, ZygoteFailed: see :meth:`sandboxkit.pool.Pool.start`.
        """
        await self._engine.start()

    async def close(self) -> None:
        """End the engine."""
        await self._engine.close()

    async def health(self) -> Mapping[str, Any]:
        """Return what the health page shows; raises Unavailable when the engine cannot run."""
        return {**self._engine.health(), "pages_waiting": self._turns.waiting}

    async def recognise(
        self, source: ImageSource, options: RecognitionOptions, progress: Progress | None
    ) -> RecognisedDocument:
        """See the port."""
        reading = options.reading
        latin = is_latin(choose_languages(options.languages))
        common = {"limits": self._limits, "password": reading.password}
        survey = await self._workers.run(
            IMAGES.name,
            Task(f"{_TASKS}:survey", {**common, "pages": reading.pages.wanted}, {"source": source.descriptor}),
        )
        how = _page_options(options, latin=latin)
        chosen = survey["chosen"]
        pages = []
        for count, index in enumerate(chosen):
            pages.append(await self._page(source, index, common, how, _part(progress, count, len(chosen))))
            if progress is not None:
                progress(count + 1, len(chosen), "pages")
        return RecognisedDocument(source.name, survey["format"], survey["total"], tuple(pages), self.version)

    async def _page(
        self,
        source: ImageSource,
        index: int,
        common: Mapping[str, Any],
        options: Mapping[str, Any],
        progress: Progress | None,
    ) -> RecognisedPage:
        """Decode and read one page; requests take turns page by page, in the order they ask."""
        try:
            async with self._turns.slot():
                with await _temporary() as pixels, await _temporary() as result:
                    decode = Task(
                        f"{_TASKS}:decode",
                        {**common, "index": index},
                        {"source": source.descriptor},
                        {"sink": pixels.fileno()},
                    )
                    decoded = await self._workers.run(IMAGES.name, decode)
                    arguments = {"page": index + 1, **decoded, "options": dict(options)}
                    files = {"pixels": pixels.fileno()}, {"result": result.fileno()}
                    await self._engine.run(StandingJob(arguments, *files, progress))
                    return await asyncio.to_thread(_result, result.fileno())
        except Saturated as reason:
            raise Busy(str(reason), retry_after=reason.retry_after) from reason


def _page_options(options: RecognitionOptions, *, latin: bool) -> dict[str, Any]:
    return {
        "mode": options.mode,
        "orientation": options.orientation,
        "layout": options.layout,
        "words": options.granularity == "word",
        "min_confidence": options.min_confidence,
        "latin": latin,
    }


async def _temporary() -> BinaryIO:
    return await asyncio.to_thread(tempfile.TemporaryFile)


def _part(progress: Progress | None, count: int, total: int) -> Progress | None:
    """Tell of a page's lines as of a part of the pages."""
    if progress is None:
        return None

    def hear(lines: float, of_lines: float, _: str) -> None:
        progress(count + min(1.0, lines / max(of_lines, 1.0)), total, "pages")

    return hear


def _result(descriptor: int) -> RecognisedPage:
    """Read what the engine wrote. It is checked like anything that comes from outside."""
    if os.fstat(descriptor).st_size > _LARGEST_RESULT:
        raise FileDamaged("the engine broke on this image")
    try:
        return _PAGES.validate_json(os.pread(descriptor, _LARGEST_RESULT, 0))
    except ValidationError as reason:
        raise FileDamaged("the engine broke on this image") from reason

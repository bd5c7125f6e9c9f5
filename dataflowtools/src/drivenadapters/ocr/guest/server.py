"""Serves pages, one after the other, with the models loaded once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from drivenadapters.ocr.guest.engine import Engine
from drivenadapters.ocr.guest.page_reader import PageOptions, read_page
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

Progress = Callable[[float, float, str], None]

_TRIAL = (96, 320, 3)


def make(threads: int) -> Callable[[dict[str, Any], dict[str, BinaryIO], Progress], None]:
    """Load the models, try them on an empty page, and return what serves a job.

    A job has ``page``, ``width``, ``height``, ``warnings`` and ``options`` as arguments, and the files ``pixels`` to
    read and ``result`` to fill.
    """
    engine = Engine(threads)
    engine.detect(np.full(_TRIAL, 255, np.uint8))
    engine.recognise(np.full(_TRIAL, 255, np.uint8))
    engine.orientation(np.full(_TRIAL, 255, np.uint8))

    def serve(arguments: dict[str, Any], files: dict[str, BinaryIO], progress: Progress) -> None:
        pixels = _pixels(files["pixels"], arguments["width"], arguments["height"])
        page = read_page(
            engine,
            pixels,
            PageOptions(**arguments["options"]),
            lambda done, total: progress(done, total, "lines"),
        )
        page["page"] = arguments["page"]
        page["warnings"] += arguments["warnings"]
        files["result"].write(json.dumps(page, allow_nan=False).encode())

    return serve


def _pixels(file: BinaryIO, width: int, height: int) -> Any:
    file.seek(0)
    content = np.fromfile(file, np.uint8)
    if content.size != width * height * 3:
        raise TaskFailed(FailureKind.DAMAGED, "the page's pixels are not complete")
    return content.reshape(height, width, 3)

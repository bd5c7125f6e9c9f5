"""The guest of a worker that serves one job after the other, for libraries that take seconds to get ready."""

from __future__ import annotations

import importlib
import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from sandboxkit.frames import FrameKind

from .failures import TaskFailed

if TYPE_CHECKING:
    from sandboxkit.guest import Channel, Job

_FAULT_CHARACTERS = 4000
_BEGUN = b'{"begun": true}'

Progress = Callable[[float, float, str], None]
Serve = Callable[[dict[str, Any], dict[str, BinaryIO], Progress], None]


class StandingGuest:
    """Serves jobs until told to end.

    Args:
        maker: ``module:function`` that gets ready and returns what serves a job: a function of the job's arguments,
            its files by name, and where to report progress.
        options: keyword arguments of the maker.
    """

    def __init__(self, maker: str, options: dict[str, Any]) -> None:
        self._maker = maker
        self._options = options
        self._serve: Serve | None = None

    def preload(self) -> None:
        """Nothing: what starts threads cannot be forked afterwards."""

    def warm(self) -> None:
        """Get ready."""
        self._serve = self._make()

    def seal(self) -> None:
        """Nothing beyond the kernel's confinement: what serves is the service's own code."""

    def run(self, job: Job, channel: Channel) -> bytes:
        """Ask for a job, do it, and ask for the next, until there is to be none."""
        serve = self._serve or self._make()  # the first job may have come before there was time to get ready
        report: dict[str, Any] = {}
        while True:
            answer, descriptors = channel.request(json.dumps({"resident": _resident_bytes(), **report}).encode())
            order = json.loads(answer)
            if order.get("end"):
                return b"{}"
            report = {"failure": _attempt(serve, order, descriptors, channel)}

    def _make(self) -> Serve:
        module, _, attribute = self._maker.partition(":")
        serve: Serve = getattr(importlib.import_module(module), attribute)(**self._options)
        return serve


def _attempt(serve: Serve, order: dict[str, Any], descriptors: list[int], channel: Channel) -> dict[str, str] | None:
    """Do one job; returns what failed."""

    def progress(done: float, total: float, what: str) -> None:
        channel.note(json.dumps({"done": done, "total": total, "what": what}).encode())

    channel.note(_BEGUN)
    files = _opened(order, descriptors)
    try:
        serve(order["arguments"], files, progress)
    except TaskFailed as failure:
        return _failure(failure.kind, failure.message, failure.field)
    except MemoryError:
        return _failure("out_of_memory", "")
    except Exception as error:  # noqa: BLE001 - a library broke on the job: it ends here and is told
        channel.send(FrameKind.FAULT, traceback.format_exc()[-_FAULT_CHARACTERS:].encode("utf-8", "replace"))
        return _failure("broken", type(error).__name__)
    finally:
        for file in files.values():
            file.close()
    return None


def _opened(order: dict[str, Any], descriptors: list[int]) -> dict[str, BinaryIO]:
    """Return the job's files by name: descriptors come in the order of the names."""
    names = [*order["sources"], *order["sinks"]]
    modes = ["rb"] * len(order["sources"]) + ["r+b"] * len(order["sinks"])
    return {name: cast(BinaryIO, os.fdopen(fd, mode)) for name, fd, mode in zip(names, descriptors, modes, strict=True)}


def _failure(kind: str, message: str, field: str = "") -> dict[str, str]:
    return {"kind": kind, "message": message, "field": field}


def _resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0

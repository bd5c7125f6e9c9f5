"""A guest that executes Python as it comes: the kernel layer is all that confines it."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence

from sandboxkit.guest import Channel, Job


class RawExecution:
    """Executes the job's body with ``channel`` and ``header`` as its only variables."""

    def __init__(self, preload: Sequence[str] = ()) -> None:
        self._preload = preload

    def preload(self) -> None:
        """Import what the jobs will need."""
        for name in self._preload:
            importlib.import_module(name)

    def seal(self) -> None:
        """Nothing to close: the kernel layer stands alone here."""

    def warm(self) -> None:
        """Touch the compiler."""
        exec(compile("sum(n for n in [1])", "<warm>", "exec"), {})  # noqa: S102 - executing code is its purpose

    def run(self, job: Job, channel: Channel) -> bytes:
        """Execute the body; the result names the exception that ended it, or says ok."""
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        ending = _execute(job, channel)
        _flush()
        return json.dumps(ending).encode()


def _execute(job: Job, channel: Channel) -> str:
    variables = {"__name__": "__main__", "channel": channel, "header": job.header}
    try:
        exec(compile(job.body, "<job>", "exec"), variables)  # noqa: S102 - executing code is its purpose
    except BaseException as reason:  # noqa: BLE001 - however the job ended, the test wants to know
        return f"{type(reason).__name__}: {reason}"
    return "ok"


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 1)  # a full output cannot take the rest


class BrokenRun(RawExecution):
    """Fails in its own code, not in the job's."""

    def run(self, job: Job, channel: Channel) -> bytes:
        raise RuntimeError("this guest has a defect")

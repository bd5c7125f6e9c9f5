"""The guest of the workers: one task, a function of a module that is imported beforehand."""

from __future__ import annotations

import importlib
import json
import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandboxkit import font_list
from sandboxkit.frames import FrameKind

import utils  # noqa: F401 - found now, while the source folder is on the path; tasks import its modules later

from .failures import TaskFailed
from .workspace import Workspace

if TYPE_CHECKING:
    from sandboxkit.guest import Channel, Job

_OUT_OF_MEMORY = b'{"failure": {"kind": "out_of_memory", "message": "", "field": ""}}'
_FAULT_CHARACTERS = 4000


class TaskGuest:
    """Runs one task.

    Args:
        modules: imported in the fork server. A module's ``prepare`` function, where it has one, runs there once, for
            what forks well and cannot be made in confinement; its ``warm`` function runs in each worker ahead of its
            task, if there is time before it.
    """

    def __init__(self, modules: list[str]) -> None:
        self._names = modules

    def preload(self) -> None:
        """Import the modules that hold the tasks, and with them their libraries."""
        with font_list.at_hand():
            self._modules = [importlib.import_module(name) for name in self._names]
            self._call("prepare")

    def warm(self) -> None:
        """Touch what the tasks will touch."""
        self._call("warm")

    def seal(self) -> None:
        """Nothing beyond the kernel's confinement: tasks are the service's own code."""

    def run(self, job: Job, channel: Channel) -> bytes:
        """Run the task and return its value, or what failed, as JSON."""
        task = job.header["task"]
        try:
            value = _function(task["function"])(Workspace(channel), **task["arguments"])
            return json.dumps({"value": value}, allow_nan=False).encode()
        except TaskFailed as failure:
            return _failure(failure.kind, failure.message, failure.field)
        except MemoryError:
            return _OUT_OF_MEMORY
        except Exception as error:  # noqa: BLE001 - a library broke on the file: it ends here and is told
            channel.send(FrameKind.FAULT, traceback.format_exc()[-_FAULT_CHARACTERS:].encode("utf-8", "replace"))
            return _failure("broken", type(error).__name__)

    def _call(self, name: str) -> None:
        for module in self._modules:
            function = getattr(module, name, None)
            if function is not None:
                function()


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def _failure(kind: str, message: str, field: str = "") -> bytes:
    failure: Mapping[str, str] = {"kind": kind, "message": message, "field": field}
    return json.dumps({"failure": failure}).encode()

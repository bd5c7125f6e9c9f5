"""Tasks for the tests of the workers."""

from __future__ import annotations

import os
from typing import Any

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace


def copy(workspace: Workspace, shout: bool) -> dict[str, Any]:
    """Copy the source into the sink, in capitals if wanted."""
    with workspace.source() as source, workspace.sink() as sink:
        text = source.read()
        sink.write(text.upper() if shout else text)
    workspace.progress(1, 1, "copied")
    return {"bytes": len(text)}


def fail(_: Workspace, kind: str) -> None:
    """Fail in a way that a task can."""
    raise TaskFailed(FailureKind(kind), "so it is", field="options.pages")


def misbehave(_: Workspace, how: str) -> Any:
    """Break in a way that a reader can."""
    match how:
        case "crash":
            os.abort()
        case "loop":
            while True:
                pass
        case "memory":
            return len(bytearray(1 << 40))
        case "raise":
            raise ZeroDivisionError
        case "exit":
            os._exit(0)
        case "read":
            return open("/etc/passwd").read()
    return None


def ask(workspace: Workspace, name: str) -> None:
    """Ask for a file by a name."""
    workspace.source(name)


def overwrite(workspace: Workspace) -> None:
    """Write to a file that was lent for reading."""
    with workspace.source() as source:
        os.write(source.fileno(), b"xyz")

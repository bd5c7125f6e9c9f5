"""Tasks for the tests of the workers."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
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


def reach_out(_: Workspace, port: int, file: str) -> dict[str, str]:
    """Do what a reader that was taken over would do: call home, read what is not its own, start a program."""
    return {"network": _tried(lambda: _call(port)), "file": _tried(lambda: _read(file)), "program": _tried(_start)}


def _tried(attempt: Callable[[], str]) -> str:
    try:
        return attempt()
    except OSError as error:
        return type(error).__name__


def _call(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(b"GET /taken-over HTTP/1.0\r\n\r\n")
    return "reached"


def _read(file: str) -> str:
    with open(file) as opened:
        return opened.read()


def _start() -> str:
    return subprocess.run(["/bin/echo", "started"], capture_output=True, text=True, check=True).stdout.strip()

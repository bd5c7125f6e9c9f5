"""What standing workers serve in the tests."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any, BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

Progress = Callable[[float, float, str], None]


def make(greeting: str) -> Callable[[dict[str, Any], dict[str, BinaryIO], Progress], None]:
    """Return what writes its answer, and how many jobs there were before, into the file ``answer``."""
    served = 0
    hoard: list[bytes] = []

    def serve(arguments: dict[str, Any], files: dict[str, BinaryIO], progress: Progress) -> None:
        nonlocal served
        served += 1
        misbehave(arguments["do"], hoard)
        progress(1, 2, "half")
        text = files["question"].read().decode() if "question" in files else ""
        files["answer"].write(f"{greeting} {text} {served} {os.getpid()}".encode())

    return serve


def misbehave(do: str, hoard: list[bytes]) -> None:
    """Break in a way that a library can."""
    match do:
        case "fail":
            raise TaskFailed(FailureKind.TOO_LARGE, "so it is", field="pages")
        case "break":
            raise ZeroDivisionError
        case "crash":
            os.abort()
        case "loop":
            while True:
                pass
        case "exhaust":
            hoard.append(b"x" * (1 << 40))
        case "grow":
            hoard.append(os.urandom(64 << 20))
        case "read":
            open("/etc/passwd").close()
        case "connect":
            socket.create_connection(("127.0.0.1", 9), 1)

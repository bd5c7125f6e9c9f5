"""Talks to the warmed worker and tells whether an attack took effect."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivenadapters.sandbox.packages import find_base

SOURCE = Path(__file__).resolve().parents[3] / "src"
WORKER = Path(__file__).with_name("warm_worker.py")
TELLTALES = ("LEAK", "GETATTR", "POISON", "MEMREAD", "SILENTNONE", "root:x:0", "ESCAPED", "PWNED")


@dataclass(frozen=True)
class Outcome:
    """What a program did."""

    output: str
    result: str
    error: str
    status: int

    @property
    def told(self) -> str:
        """All that the program's author gets to see, but for the error."""
        return self.output + self.result


def _packages() -> list[str]:
    """The sandbox's base packages, where the store holds them for this Python."""
    tag = f"base-cp{sys.version_info.major}{sys.version_info.minor}-"
    return [folder for folder in find_base(None).folders if Path(folder).name.startswith(tag)]


class WarmWorker:
    """One warmed process, a fresh child a program."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(SOURCE), *_packages()])
        environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, code: str, workdir: str | None = None, stdin: str = "", **options: bool) -> Outcome:
        """Run ``code`` in a child of its own; ``plain`` and ``traceback`` are options."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"code": code, "workdir": workdir, "stdin": stdin, **options}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return Outcome(**answer)

    def has(self, *modules: str) -> bool:
        """Whether programs can import ``modules``."""
        return not self.run("\n".join(f"import {name}" for name in modules)).error

    def close(self) -> None:
        """End the process that this object started."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Target:
    """What attacks aim at: a folder for markers outside the working directory, a listener."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)

    @property
    def port(self) -> int:
        """Port of the loopback listener."""
        return int(self._listener.getsockname()[1])

    def was_reached(self) -> bool:
        """Whether somebody connected since the last call."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True

    def connect(self) -> None:
        """Reach the listener, to see that it notices."""
        socket.create_connection(("127.0.0.1", self.port)).close()

    def markers(self) -> list[str]:
        """Files that an attack left behind."""
        return sorted(path.name for path in self.folder.iterdir())

    def close(self) -> None:
        """Release the port."""
        self._listener.close()


def effects(
    worker: WarmWorker, target: Target, code: str, identity: str, *, plain: bool = False
) -> tuple[list[str], Outcome]:
    """Run an attack; every effect it had, and what it told."""
    source = code.replace("{PW}", f"{target.folder}/").replace("{ID}", identity).replace("{PORT}", str(target.port))
    with tempfile.TemporaryDirectory() as workdir:
        outcome = worker.run(source, workdir, plain=plain)
    found = [word for word in TELLTALES if word in outcome.told]
    found += [f"marker {name}" for name in target.markers()]
    for path in target.folder.iterdir():
        path.unlink()
    if target.was_reached():
        found.append("listener reached")
    return found, outcome

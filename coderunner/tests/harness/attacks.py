"""What an attack aims at, and how to tell whether it hit."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# In the environment of the service while it is attacked.
ENVIRONMENT_SECRET = os.environ.get("TEST_SECRET", "environment-secret-6f1d2c")

# The value of an attack is in a variable of this name; printing it shows what it got hold of.
_SHOW = "\ntry:\n    print(str(result)[:4000])\nexcept NameError:\n    pass\n"


@dataclass
class Surroundings:
    """Marks and listeners outside of the sandbox.

    Attributes:
        folder: where marker files would appear.
        port: of a listener on loopback.
        reached: what the listener was sent.
    """

    folder: Path
    port: int
    reached: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the folder of another job, with a secret in it."""
        self.other = self.folder / "other-job"
        self.other.mkdir(mode=0o755)
        (self.other / "secret.txt").write_text("OTHER-JOBS-SECRET")

    def listen(self, server: socket.socket) -> None:
        """Accept connections until the server is shut down."""
        while True:
            try:
                connection = server.accept()[0]
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.reached.append(connection.recv(100) or b"connected")
                except OSError:
                    self.reached.append(b"connected")

    def arm(self, attack: dict[str, Any]) -> str:
        """Return the code of an attack, aimed at these surroundings."""
        placeholders = {
            "{PW}": f"{self.folder}/",
            "{ID}": str(attack["id"]),
            "{PORT}": str(self.port),
            "{OTHER}": str(self.other),
            "{SIB}": str(os.getpid()),
        }
        code: str = attack["code"]
        for placeholder, value in placeholders.items():
            code = code.replace(placeholder, value)
        return code + _SHOW

    def marks(self) -> list[str]:
        """Return the files that attacks left."""
        return sorted(path.name for path in self.folder.iterdir() if path != self.other)


def everything(answer: dict[str, Any]) -> str:
    """Return all text that a run gave its caller."""
    return f"{answer['result']}\n{answer['stderr']}\n{answer['return_value']}\n{answer['error']}"

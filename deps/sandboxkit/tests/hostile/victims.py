"""What attacks aim at: files, sockets and processes outside the sandbox, and their state."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hostile import specs

_SECRET = "the secret of another job"
_OWNER_OF_FOREIGN = 12345


@dataclass(frozen=True)
class Traces:
    """What an attack left where it must leave nothing."""

    connections: int
    datagrams: int
    tree: tuple[tuple[str, int, bytes], ...]
    sibling_alive: bool


class Victims:
    """Targets for attacks, all of them owned by the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "other"
        self.markers = folder / "markers"
        for path in (self.folder, self.markers):
            path.mkdir(exist_ok=True)
        self.markers.chmod(0o777)
        self.restore()
        self._tcp = _listener(socket.AF_INET, ("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self.abstract = f"victim-{os.getpid()}"
        self._abstract = _listener(socket.AF_UNIX, "\0" + self.abstract)
        self._stream = _listener(socket.AF_UNIX, str(self.folder / "sup.sock"))
        self._datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._datagram.bind(str(self.folder / "dgram.sock"))
        for name in ("sup.sock", "dgram.sock"):
            (self.folder / name).chmod(0o777)
        for line in self._sockets():
            line.setblocking(False)
        self._sibling = subprocess.Popen(["sleep", "600"], **specs.as_stranger())
        self.untouched = self.traces()

    def restore(self) -> None:
        """Put every file back, and no others."""
        for path in (*self.folder.iterdir(), *self.markers.iterdir()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif not path.is_socket():
                path.unlink()
        for name, mode in (("secret.txt", 0o644), ("writable.txt", 0o666), ("private.txt", 0o600)):
            self._write(name, mode)
        self._write("foreign.txt", 0o600)
        drop = self.folder / "drop"
        drop.mkdir()
        drop.chmod(0o777)
        self._write("drop/deletable.txt", 0o666)
        if os.geteuid() == 0:
            os.chown(self.folder / "foreign.txt", _OWNER_OF_FOREIGN, _OWNER_OF_FOREIGN)

    def fill_in(self, code: str) -> str:
        """Replace the placeholders of an attack."""
        values = {
            "OTHER": str(self.folder),
            "PW": f"{self.markers}/",
            "PORT": str(self.port),
            "SIB": str(self._sibling.pid),
            "HOSTNAME": socket.gethostname(),
            "ABSTRACT": self.abstract,
        }
        for name, value in values.items():
            code = code.replace("{" + name + "}", value)
        return code.replace("attack-test", self.abstract)

    def traces(self) -> Traces:
        """Return what the attacks since the last call left."""
        connections = sum(_accepted(line) for line in (self._tcp, self._abstract, self._stream))
        datagrams = sum(_received(line) for line in (self._udp, self._datagram))
        return Traces(connections, datagrams, tuple(self._tree()), self._sibling.poll() is None)

    @property
    def secret(self) -> bytes:
        """What must never be in an output."""
        return _SECRET.encode()

    def close(self) -> None:
        """End the sibling and close the sockets."""
        self._sibling.kill()
        self._sibling.wait()
        for line in self._sockets():
            line.close()

    def _sockets(self) -> tuple[socket.socket, ...]:
        return self._tcp, self._udp, self._abstract, self._stream, self._datagram

    def _write(self, name: str, mode: int) -> None:
        path = self.folder / name
        path.write_text(_SECRET)
        path.chmod(mode)

    def _tree(self) -> list[tuple[str, int, bytes]]:
        found = []
        for path in sorted((*self.folder.rglob("*"), *self.markers.rglob("*"))):
            info = path.lstat()
            content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
            found.append((str(path), info.st_mode, content))
        return found


def _listener(family: int, address: tuple[str, int] | str) -> socket.socket:
    line = socket.socket(family)
    line.bind(address)
    line.listen()
    return line


def _accepted(line: socket.socket) -> int:
    number = 0
    with suppress(BlockingIOError):
        while True:
            line.accept()[0].close()
            number += 1
    return number


def _received(line: socket.socket) -> int:
    number = 0
    with suppress(BlockingIOError):
        while True:
            line.recv(100)
            number += 1
    return number

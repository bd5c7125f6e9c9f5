"""What the supervisor and a fork server say to each other over their control socket.

The socket is SOCK_SEQPACKET, so that each message is one datagram of JSON; a message
about a new child carries its descriptors by SCM_RIGHTS. Both ends are trusted: no
child ever sees this socket.
"""

from __future__ import annotations

import array
import json
import socket
from dataclasses import asdict, dataclass
from typing import Any

from sandboxkit.confinement import Confinement
from sandboxkit.layers import Layer

LARGEST_MESSAGE = 1 << 17
DESCRIPTORS_OF_A_CHILD = 5


@dataclass(frozen=True)
class ZygoteConfig:
    """Everything a fork server is told at its start; it sees no job and no secret.

    Attributes:
        guest: ``module:attribute`` of the guest's factory.
        guest_paths: folders to import the guest and this library from; they leave
            ``sys.path`` before any job.
        package_paths: folders of packages that jobs may import.
        options: keyword arguments of the guest's factory, JSON-ready.
        environment: the environment variables of every child.
        scratch: an existing private folder of this fork server.
        largest_frame: bytes of the largest job or reply.
        confinement: what children may use.
    """

    guest: str
    guest_paths: tuple[str, ...]
    package_paths: tuple[str, ...]
    options: dict[str, Any]
    environment: dict[str, str]
    scratch: str
    largest_frame: int
    confinement: Confinement

    def encode(self) -> bytes:
        """Return the configuration as one message."""
        values = asdict(self)
        for name in ("enabled", "required"):
            values["confinement"][name] = sorted(values["confinement"][name])
        return json.dumps(values).encode()

    @classmethod
    def decode(cls, data: bytes) -> ZygoteConfig:
        """Return the configuration that :meth:`encode` wrote."""
        values = json.loads(data)
        confinement = values.pop("confinement")
        for name in ("enabled", "required"):
            confinement[name] = frozenset(Layer(layer) for layer in confinement[name])
        for name in ("read_only", "executable"):
            confinement[name] = tuple(confinement[name])
        for name in ("guest_paths", "package_paths"):
            values[name] = tuple(values[name])
        return cls(confinement=Confinement(**confinement), **values)


def send(control: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """Send one message, with descriptors if any."""
    data = json.dumps(message).encode()
    rights = array.array("i", descriptors)
    control.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else [])


def receive(control: socket.socket) -> tuple[dict[str, Any], tuple[int, ...]] | None:
    """Receive one message and its descriptors; None when the peer is gone."""
    room = socket.CMSG_SPACE(DESCRIPTORS_OF_A_CHILD * array.array("i").itemsize)
    data, ancillary, _, _ = control.recvmsg(LARGEST_MESSAGE, room, socket.MSG_CMSG_CLOEXEC)
    if not data:
        return None
    rights = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            rights.frombytes(payload)
    return parse(data), tuple(rights)


def parse(data: bytes) -> dict[str, Any]:
    """Return the message in one datagram."""
    message: dict[str, Any] = json.loads(data)
    return message

"""What runs inside a child: the interface that a guest implements, and its channel.

A guest is named ``package.module:attribute`` in the :class:`~sandboxkit.pool.WorkerSpec`;
the attribute is called with the spec's options and returns an object with these methods.
"""

from __future__ import annotations

import array
import os
import select
import socket
import threading
from dataclasses import dataclass
from typing import Any, Protocol

from sandboxkit import frames
from sandboxkit.frames import FrameKind

_READ_BYTES = 1 << 18
_MOST_DESCRIPTORS = 4


@dataclass(frozen=True)
class Job:
    """One job as the child sees it: the caller's header and its opaque body."""

    header: dict[str, Any]
    body: bytes


class Guest(Protocol):
    """The program that children run."""

    def preload(self) -> None:
        """Import and prepare whatever every job needs; runs once, in the fork server."""

    def warm(self) -> None:
        """Touch what the job will touch; runs in a child that has to wait for its job anyway."""

    def seal(self) -> None:
        """Close what the job must not reach; the last step before it, never left out."""

    def run(self, job: Job, channel: Channel) -> bytes:
        """Do the job and return the payload of the result frame."""


class Channel:
    """The child's end of the line to its supervisor.

    Requests may come from several threads; they are sent one at a time.
    """

    def __init__(self, fd: int, largest: int) -> None:
        self._fd = fd
        self._decoder = frames.Decoder(largest)
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def job_is_waiting(self) -> bool:
        """Whether the job has arrived."""
        return bool(select.select([self._fd], [], [], 0)[0])

    def receive_job(self) -> bytes:
        """Wait for the job and return its payload.

        Raises:
            EOFError: the supervisor is gone, or does not want this child.
        """
        while True:
            data = os.read(self._fd, _READ_BYTES)
            if not data:
                raise EOFError("the supervisor closed the connection")
            for frame in self._decoder.feed(data):
                return frame.payload

    def send(self, kind: FrameKind, payload: bytes) -> None:
        """Send one frame."""
        rest = memoryview(frames.encode(kind, payload))
        with self._writing:
            while rest:
                rest = rest[os.write(self._fd, rest) :]

    def note(self, payload: bytes) -> None:
        """Tell the supervisor something that needs no answer."""
        with self._lock:
            self.send(FrameKind.NOTE, payload)

    def request(self, payload: bytes) -> tuple[bytes, list[int]]:
        """Ask the supervisor for something; returns its answer and descriptors.

        Raises:
            EOFError: the supervisor is gone.
        """
        with self._lock, socket.socket(fileno=os.dup(self._fd)) as line:
            self.send(FrameKind.REQUEST, payload)
            descriptors: list[int] = []
            while True:
                data, received = _receive(line)
                descriptors += received
                for frame in self._decoder.feed(data):
                    return frame.payload, descriptors

    def wait_for_end(self) -> None:
        """Wait to be killed."""
        while os.read(self._fd, _READ_BYTES):
            pass


def _receive(line: socket.socket) -> tuple[bytes, list[int]]:
    room = socket.CMSG_SPACE(_MOST_DESCRIPTORS * array.array("i").itemsize)
    data, ancillary, _, _ = line.recvmsg(_READ_BYTES, room)
    if not data:
        raise EOFError("the supervisor closed the connection")
    return data, _descriptors(ancillary)


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    received = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            received.frombytes(data[: len(data) - len(data) % received.itemsize])
    for fd in received:
        os.set_inheritable(fd, False)
    return list(received)

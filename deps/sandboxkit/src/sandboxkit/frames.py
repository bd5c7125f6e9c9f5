"""The byte protocol between the supervisor and a child: typed, length-prefixed frames.

A frame is one byte of kind, four bytes of length (little endian) and the payload.
The child is not trusted: the supervisor caps every frame and parses payloads as JSON
or hands them on as opaque bytes, and never unpickles or executes any.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

_HEADER = struct.Struct("<BI")
HEADER_BYTES = _HEADER.size


class FrameKind(IntEnum):
    """What a frame carries."""

    JOB = ord("J")
    NOTE = ord("N")
    REQUEST = ord("Q")
    REPLY = ord("A")
    RESULT = ord("R")
    FAULT = ord("F")


class ProtocolViolation(Exception):
    """The peer sent something that is not a frame, or a frame that is too large."""


@dataclass(frozen=True)
class Frame:
    """One message."""

    kind: FrameKind
    payload: bytes


def encode(kind: FrameKind, payload: bytes) -> bytes:
    """Return the bytes of a frame."""
    return _HEADER.pack(kind, len(payload)) + payload


class Decoder:
    """Turns received bytes into frames, refusing any that exceeds its cap.

    ``caps`` bounds each kind on its own, and refuses the kinds that it does not name.
    """

    def __init__(self, largest: int, caps: Mapping[FrameKind, int] | None = None) -> None:
        self._largest = largest
        self._caps = caps
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Add bytes and return the frames that they complete.

        Raises:
            ProtocolViolation: an unknown kind, or a length over the cap.
        """
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if len(self._buffer) < HEADER_BYTES:
            return None
        number, length = _HEADER.unpack_from(self._buffer)
        kind = _known(number)
        cap = self._largest if self._caps is None else self._caps.get(kind, -1)
        if length > cap:
            raise ProtocolViolation(f"a {kind.name} frame of {length} bytes; the limit is {cap}")
        end = HEADER_BYTES + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[HEADER_BYTES:end])
        del self._buffer[:end]
        return Frame(kind, payload)


def _known(number: int) -> FrameKind:
    try:
        return FrameKind(number)
    except ValueError:
        raise ProtocolViolation(f"unknown frame kind {number}") from None

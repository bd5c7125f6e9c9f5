"""An interpreter of the part of classic BPF that seccomp filters use, after the kernel's rules."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MOST_INSTRUCTIONS = 4096  # BPF_MAXINSNS

_LOAD, _AND, _JUMP, _EQUAL, _GREATER_EQUAL, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x06
_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class Call:
    """``struct seccomp_data``."""

    number: int
    arguments: tuple[int, ...] = ()
    architecture: int = 0

    def encode(self) -> bytes:
        """Return the words that the program loads."""
        arguments = (*self.arguments, *([0] * 6))[:6]
        unsigned = [argument & 0xFFFFFFFFFFFFFFFF for argument in arguments]
        return struct.pack("<IIQ6Q", self.number & _MASK, self.architecture, 0, *unsigned)


class InvalidProgram(Exception):
    """The kernel would refuse to load the program."""


def decode(program: bytes) -> list[tuple[int, int, int, int]]:
    """Return the instructions as (code, if true, if false, value).

    Raises:
        InvalidProgram: it is empty, too long, jumps out of itself or may not return.
    """
    instructions = list(struct.iter_unpack("<HBBI", program))
    if not 0 < len(instructions) <= MOST_INSTRUCTIONS:
        raise InvalidProgram(f"{len(instructions)} instructions")
    for at, (code, if_true, if_false, value) in enumerate(instructions):
        offset = {_JUMP: value, _EQUAL: max(if_true, if_false), _GREATER_EQUAL: max(if_true, if_false)}.get(code, 0)
        if code not in (_LOAD, _AND, _JUMP, _EQUAL, _GREATER_EQUAL, _RETURN) or (code == _LOAD and value % 4):
            raise InvalidProgram(f"instruction {at}: {code:#x} {value:#x}")
        if code != _RETURN and at + 1 + offset >= len(instructions):
            raise InvalidProgram(f"instruction {at} leaves the program")
    return instructions


def run(instructions: Sequence[tuple[int, int, int, int]], call: Call) -> tuple[int, int]:
    """Return the verdict on a call, and the number of instructions that it took."""
    data = call.encode()
    accumulator = at = steps = 0
    while True:
        code, if_true, if_false, value = instructions[at]
        at += 1
        steps += 1
        if code == _RETURN:
            return value, steps
        if code == _LOAD:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif code == _AND:
            accumulator &= value
        elif code == _JUMP:
            at += value
        else:
            holds = accumulator == value if code == _EQUAL else accumulator >= value
            at += if_true if holds else if_false

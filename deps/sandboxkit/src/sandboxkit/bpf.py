"""Classic BPF programs over ``struct seccomp_data``.

Source: Documentation/userspace-api/seccomp_filter.rst and linux/bpf_common.h. A
program checks the architecture, then finds the rule of the call by binary search.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LOAD_WORD = 0x20
_JUMP_ALWAYS = 0x05
_JUMP_EQUAL = 0x15
_JUMP_GREATER_EQUAL = 0x35
_AND = 0x54
_RETURN = 0x06

_OFFSET_NUMBER = 0
_OFFSET_ARCHITECTURE = 4
_OFFSET_ARGUMENTS = 16

_MASK_32 = 0xFFFFFFFF
_LONGEST_JUMP = 255


@dataclass(frozen=True)
class Instruction:
    """One ``struct sock_filter``."""

    code: int
    value: int
    if_true: int = 0
    if_false: int = 0

    def encode(self) -> bytes:
        """Return the eight bytes that the kernel reads."""
        return struct.pack("HBBI", self.code, self.if_true, self.if_false, self.value & _MASK_32)


@dataclass(frozen=True)
class Test:
    """``arguments[index] & mask == value``, on the low 32 bits or on all 64."""

    index: int
    value: int
    mask: int = _MASK_32
    wide: bool = False

    __test__ = False  # not a test case, whatever pytest thinks of the name

    def instructions(self, miss: int) -> list[Instruction]:
        """Return the test; ``miss`` instructions after it are skipped on failure."""
        low, high = self._halves()
        words = [(low, self.value & _MASK_32, self.mask & _MASK_32)]
        if self.wide:
            words.append((high, self.value >> 32, self.mask >> 32))
        blocks: list[Instruction] = []
        for offset, value, mask in reversed(words):
            blocks = [*_compare(offset, value, mask, miss + len(blocks)), *blocks]
        return blocks

    def _halves(self) -> tuple[int, int]:
        base = _OFFSET_ARGUMENTS + 8 * self.index
        return (base, base + 4) if sys.byteorder == "little" else (base + 4, base)


def _compare(offset: int, value: int, mask: int, miss: int) -> list[Instruction]:
    load = [Instruction(_LOAD_WORD, offset)]
    if mask != _MASK_32:
        load.append(Instruction(_AND, mask))
    return [*load, Instruction(_JUMP_EQUAL, value, 0, miss)]


def return_(verdict: int) -> Instruction:
    """Return the instruction that ends the program with a verdict."""
    return Instruction(_RETURN, verdict)


def prologue(audit_arch: int, x32_bit: int | None, refuse: int) -> list[Instruction]:
    """Refuse foreign architectures and the x32 call range, then load the number."""
    program = [
        Instruction(_LOAD_WORD, _OFFSET_ARCHITECTURE),
        Instruction(_JUMP_EQUAL, audit_arch, 1, 0),
        return_(refuse),
        Instruction(_LOAD_WORD, _OFFSET_NUMBER),
    ]
    if x32_bit is not None:
        program += [Instruction(_JUMP_GREATER_EQUAL, x32_bit, 0, 1), return_(refuse)]
    return program


@dataclass(frozen=True)
class Case:
    """What happens to the call numbers from ``first`` to ``last``, both included.

    ``body`` must end in a return on every path.
    """

    first: int
    last: int
    body: tuple[Instruction, ...]


def cases(numbers: Iterable[int], verdict: int) -> list[Case]:
    """Give call numbers one unconditional verdict, adjacent ones as one case."""
    collapsed: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if collapsed and number == collapsed[-1][1] + 1:
            collapsed[-1] = (collapsed[-1][0], number)
        else:
            collapsed.append((number, number))
    return [Case(first, last, (return_(verdict),)) for first, last in collapsed]


def conditional(number: int, alternatives: Sequence[Sequence[Test]], allow: int, otherwise: int) -> Case:
    """Allow a call when every test of any alternative holds."""
    body: list[Instruction] = []
    for tests in alternatives:
        body += _alternative(tests, allow)
    body.append(return_(otherwise))
    return Case(number, number, tuple(body))


def _alternative(tests: Sequence[Test], allow: int) -> list[Instruction]:
    block = [return_(allow)]
    for test in reversed(tests):
        block = [*test.instructions(len(block)), *block]
    return block


def dispatch(ordered: Sequence[Case], default: int) -> list[Instruction]:
    """Find the case of the loaded call number by binary search.

    The kernel tries the program on every call number when it is installed, to learn
    which it may skip, so a shallow program makes a confined process start sooner.
    """
    if not ordered:
        return [return_(default)]
    if len(ordered) == 1:
        return _leaf(ordered[0], default)
    middle = len(ordered) // 2
    low = dispatch(ordered[:middle], default)
    high = dispatch(ordered[middle:], default)
    return [*_branch(ordered[middle].first, len(low)), *low, *high]


def _branch(pivot: int, low_length: int) -> list[Instruction]:
    """Jump over the low half when the number is at least the pivot."""
    if low_length <= _LONGEST_JUMP:
        return [Instruction(_JUMP_GREATER_EQUAL, pivot, low_length, 0)]
    return [Instruction(_JUMP_GREATER_EQUAL, pivot, 0, 1), Instruction(_JUMP_ALWAYS, low_length)]


def _leaf(case: Case, default: int) -> list[Instruction]:
    miss = len(case.body)
    if case.first == case.last:
        return [Instruction(_JUMP_EQUAL, case.first, 0, miss), *case.body, return_(default)]
    return [
        Instruction(_JUMP_GREATER_EQUAL, case.first, 0, miss + 1),
        Instruction(_JUMP_GREATER_EQUAL, case.last + 1, miss, 0),
        *case.body,
        return_(default),
    ]


def encode(program: Iterable[Instruction]) -> bytes:
    """Return the program as the kernel reads it."""
    return b"".join(instruction.encode() for instruction in program)

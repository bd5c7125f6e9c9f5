"""An attack is a program that says whether it reached its target."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from sandboxkit.layers import Layer

REACHED = "REACHED"
REFUSED = "REFUSED"

_PROGRAM = """
import ctypes, errno, os, platform, signal, socket, stat, struct

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(number, *arguments):
    whole = [ctypes.c_long(each) if isinstance(each, int) else each for each in (number, *arguments)]
    answer = libc.syscall(*whole)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "")
    return answer

def reach(number, *arguments):
    "Fail only when the call itself is refused, not when its arguments are."
    try:
        call(number, *arguments)
    except OSError as reason:
        if reason.errno in (errno.EPERM, errno.ENOSYS):
            raise

try:
{body}
except OSError as reason:
    print("REFUSED", errno.errorcode.get(reason.errno, reason))
except (MemoryError, ValueError, RuntimeError) as reason:
    print("REFUSED", type(reason).__name__)
else:
    print("REACHED")
"""


@dataclass(frozen=True)
class Attack:
    """One attempt.

    Attributes:
        name: for the test's name.
        code: what to do; an OSError is a refusal, getting to the end is success.
        stopped_by: layers of which each stops it with all the others off.
        bare: it succeeds where nothing confines it, without harm to the machine.
    """

    name: str
    code: str
    stopped_by: tuple[Layer, ...] = ()
    bare: bool = True

    def program(self) -> str:
        """Return the program that makes the attempt and tells its end."""
        return _PROGRAM.replace("{body}", textwrap.indent(textwrap.dedent(self.code).strip(), "    "))

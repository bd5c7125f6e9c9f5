"""Guests that change the fork server before it prepares the confinement, to test its proofs."""

from __future__ import annotations

import signal

from hostile.guest import RawExecution
from sandboxkit import confinement, landlock, linux, seccomp


class BrokenPreload(RawExecution):
    """Fails before any child exists."""

    def preload(self) -> None:
        raise RuntimeError("this guest cannot be prepared")


class EndlessPreload(RawExecution):
    """Never gets ready."""

    def preload(self) -> None:
        signal.pause()


class KernelWithoutLandlock(RawExecution):
    """Makes the kernel look older than Landlock."""

    def preload(self) -> None:
        landlock.abi = lambda: 0


class UnknownMachine(RawExecution):
    """Makes the machine look like one without a table of calls."""

    def preload(self) -> None:
        confinement.machine_name = lambda: "riscv64"


class IneffectiveLayer(RawExecution):
    """Makes one layer do nothing while it claims to hold."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        self._layer = layer

    def preload(self) -> None:
        _DEFECTS[self._layer]()


def _break_landlock() -> None:
    landlock.Ruleset.enforce = lambda _: None  # type: ignore[method-assign]


def _break_seccomp() -> None:
    seccomp.Filter.install = lambda *_: None  # type: ignore[method-assign]


def _break_rlimits() -> None:
    confinement.Prepared._limit_resources = lambda _: None  # type: ignore[method-assign]


def _break_no_new_privs() -> None:
    prctl = linux.prctl

    def without_the_flag(option: int, argument: int = 0, second: int = 0) -> int:
        return 0 if option == linux.PR_SET_NO_NEW_PRIVS else prctl(option, argument, second)

    linux.prctl = without_the_flag


_DEFECTS = {
    "landlock": _break_landlock,
    "seccomp": _break_seccomp,
    "rlimits": _break_rlimits,
    "no_new_privs": _break_no_new_privs,
}

"""Guests that change the fork server before it prepares the confinement, to test its proofs."""

from __future__ import annotations

import signal
from unittest import mock

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
        mock.patch.object(landlock, "abi", return_value=0).start()


class UnknownMachine(RawExecution):
    """Makes the machine look like one without a table of calls."""

    def preload(self) -> None:
        mock.patch.object(confinement, "machine_name", return_value="riscv64").start()


class IneffectiveLayer(RawExecution):
    """Makes one layer do nothing while it claims to hold."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        self._layer = layer

    def preload(self) -> None:
        owner, name = _STEPS[self._layer]
        mock.patch.object(owner, name, side_effect=_without_the_flag if name == "prctl" else None).start()


_prctl = linux.prctl
_STEPS: dict[str, tuple[object, str]] = {
    "landlock": (landlock.Ruleset, "enforce"),
    "seccomp": (seccomp.Filter, "install"),
    "rlimits": (confinement.Prepared, "_limit_resources"),
    "no_new_privs": (linux, "prctl"),
}


def _without_the_flag(option: int, argument: int = 0, second: int = 0) -> int:
    return 0 if option == linux.PR_SET_NO_NEW_PRIVS else _prctl(option, argument, second)

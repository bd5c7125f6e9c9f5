"""Proof, on a throw-away child, that the confinement holds on this very machine."""

from __future__ import annotations

import json
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress

from sandboxkit.confinement import Confinement, Prepared
from sandboxkit.layers import KERNEL_LAYERS, Layer, LayerState, Report
from sandboxkit.messages import ZygoteConfig
from sandboxkit.workdirs import Workdirs

_LARGEST_ANSWER = 1 << 16


def can_become(spec: Confinement, config: ZygoteConfig) -> tuple[bool, str]:
    """Whether children can run as another user, and why not."""
    if Layer.USER not in spec.enabled:
        return False, "switched off"
    if os.geteuid() != 0:
        return False, f"the server is not root: workers share its user {os.getuid()}"
    needed = [path for path in (os.path.dirname(os.__file__), *config.package_paths) if os.path.isdir(path)]

    def attempt() -> str:
        os.setgroups([])
        os.setresgid(spec.gid, spec.gid, spec.gid)
        os.setresuid(spec.uid, spec.uid, spec.uid)
        unreadable = [path for path in needed if not os.access(path, os.R_OK | os.X_OK)]
        return f"user {spec.uid} cannot read {unreadable[0]}" if unreadable else ""

    problem = _in_child(attempt)
    return (False, problem) if problem else (True, f"workers are user {spec.uid}")


def failures(prepared: Prepared, workdirs: Workdirs, report: Report) -> Report:
    """Return the layers that claim to be active and fail their check."""
    workdir = workdirs.take()
    claimed = [layer for layer, state in report.items() if state.active and layer in _CHECKS]

    rules = prepared.grant(workdir.fd)

    def attempt() -> str:
        prepared.apply(rules)
        return json.dumps({layer: problem for layer in claimed if (problem := _CHECKS[layer](prepared.spec))})

    answer = _in_child(attempt)
    if rules is not None:
        rules.close()
    workdirs.release(workdir)
    return {layer: LayerState(False, problem) for layer, problem in _parse(answer).items()}


def _parse(answer: str) -> dict[Layer, str]:
    try:
        return {Layer(name): str(problem) for name, problem in json.loads(answer).items()}
    except ValueError:
        return dict.fromkeys(KERNEL_LAYERS, f"the probe failed: {answer}")


def _in_child(attempt: Callable[[], str]) -> str:
    """Run a function in a forked process and return its answer, or its error."""
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            try:
                answer = attempt()
            except Exception as reason:  # noqa: BLE001 - the answer carries it to the parent
                answer = f"{type(reason).__name__}: {reason}"
            os.write(sending, answer.encode()[:_LARGEST_ANSWER])
        os._exit(0)
    os.close(sending)
    with open(receiving, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(pid, 0)
    return answer


def _own_status(field: str) -> str | None:
    with suppress(OSError), open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return line.split()[1]
    return None


def _check_no_new_privs(_: Confinement) -> str:
    return "" if _own_status("NoNewPrivs") in ("1", None) else "the flag is not set"


def _check_landlock(_: Confinement) -> str:
    try:
        os.listdir("/")
    except PermissionError:
        return ""
    return "the root directory can be listed"


def _check_seccomp(_: Confinement) -> str:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except PermissionError:
        return ""
    return "a socket can be created"


def _check_rlimits(spec: Confinement) -> str:
    bounded = resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= spec.open_files
    return "" if bounded else "descriptors are not limited"


def _check_capabilities(_: Confinement) -> str:
    effective = _own_status("CapEff")
    return "" if effective is None or int(effective, 16) == 0 else f"still holds {effective}"


def _check_user(spec: Confinement) -> str:
    return "" if os.getresuid() == (spec.uid,) * 3 else "still the server's user"


_CHECKS: dict[Layer, Callable[[Confinement], str]] = {
    Layer.NO_NEW_PRIVS: _check_no_new_privs,
    Layer.LANDLOCK: _check_landlock,
    Layer.SECCOMP: _check_seccomp,
    Layer.RLIMITS: _check_rlimits,
    Layer.CAPABILITIES: _check_capabilities,
    Layer.USER: _check_user,
}

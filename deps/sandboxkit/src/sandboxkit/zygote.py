"""The fork server: imports once, confines, and forks single-use children.

It is started by exec with a clean environment, stays single-threaded, and obeys its
supervisor over the control socket:

========  ==========================================================================
receives  ``spawn {id}``, ``release {id}`` (the child's folder may be reused)
sends     ``ready {report, pid}`` or ``failed {reason}`` once; ``spawned {id, pid}``
          with job socket, pidfd, stdout, stderr and work folder, or ``refused {id,
          reason}``; ``exited {id, status, cpu_seconds, peak_kb}``
========  ==========================================================================

When the supervisor is gone it kills its children and exits.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

from sandboxkit import child, linux, messages, namespaces, outputs, probe
from sandboxkit.child import Endowment
from sandboxkit.confinement import Prepared, static_report
from sandboxkit.guest import Guest
from sandboxkit.hugepages import collapse_memory
from sandboxkit.layers import Layer, LayerState, Report, encode, require
from sandboxkit.messages import ZygoteConfig
from sandboxkit.workdirs import Workdir, Workdirs

CONTROL_FD = 3
_ORPHANS_SECONDS = 0.05
_RESERVED_FD = 4  # children put a descriptor of their own there


@dataclass(frozen=True)
class _Child:
    identifier: int
    pid: int


@dataclass
class _Folder:
    """A work folder goes back when its child is dead and the supervisor has read it."""

    workdir: Workdir
    holders: int = 2


class Zygote:
    """The running fork server."""

    def __init__(self, control: socket.socket, config: ZygoteConfig) -> None:
        self._control = control
        self._config = config
        self._children: dict[int, _Child] = {}
        self._folders: dict[int, _Folder] = {}
        self._orphaned: set[int] = set()
        self._poll = select.epoll()
        self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def prepare(self) -> Report:
        """Isolate, load the guest, ready the confinement and prove it on a child.

        Raises:
            ConfinementUnavailable: a required layer does not hold.
        """
        spec = self._config.confinement
        isolation = _isolate(spec.enabled)
        self._guest = load_guest(self._config)
        work_root, view = _arrange_files(self._config, isolation)
        become, why = probe.can_become(spec, self._config)
        self._prepared = Prepared(spec, become_user=become)
        self._prepared.share()
        self._workdirs = Workdirs(
            work_root,
            self._prepared.owner,
            spec.workdir_bytes,
            spec.workdir_entries,
            mounted=isolation.active,
        )
        report = static_report(spec, become_user=become, user_detail=why)
        report[Layer.NAMESPACES] = LayerState(isolation.active, isolation.detail)
        report[Layer.VIEW] = view
        report |= probe.failures(self._prepared, self._workdirs, report)
        require(report, spec.required)
        _settle()
        return report

    def serve(self) -> None:
        """Obey the supervisor until it is gone."""
        self._poll.register(self._control.fileno(), select.EPOLLIN)
        while True:
            for fd, _ in self._poll.poll(_ORPHANS_SECONDS if self._orphaned else None):
                if fd != self._control.fileno():
                    self._reap(fd)
                elif not self._obey():
                    return
            self._orphaned = {group for group in self._orphaned if not _is_reaped(group)}

    def close(self) -> None:
        """Kill every child and destroy every folder."""
        for pidfd in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            self._reap(pidfd, tell=False)
        for folder in self._folders.values():
            self._workdirs.release(folder.workdir)
        self._workdirs.close()

    def _obey(self) -> bool:
        try:
            received = messages.receive(self._control)
        except ConnectionError:
            return False
        if received is None:
            return False
        message = received[0]
        if message["do"] == "spawn":
            self._spawn(message["id"])
        elif message["do"] == "release":
            self._let_go(message["id"])
        return True

    def _spawn(self, identifier: int) -> None:
        try:
            with contextlib.ExitStack() as opened:
                self._fork(identifier, opened)
        except OSError as reason:
            # Short of processes, descriptors or memory. Ending here would end every child as well.
            self._tell({"say": "refused", "id": identifier, "reason": str(reason)})

    def _fork(self, identifier: int, opened: contextlib.ExitStack) -> None:
        """Fork one child; what ``opened`` holds is closed afterwards, in any case."""
        workdir = self._workdirs.take()
        unused = opened.enter_context(contextlib.ExitStack())
        unused.callback(self._workdirs.release, workdir)
        ours, theirs = (opened.enter_context(end) for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
        stdout, stderr = self._output(opened), self._output(opened)
        rules = self._prepared.grant(workdir.fd)
        if rules is not None:
            opened.callback(rules.close)
        pid = os.fork()
        if pid == 0:
            endowment = Endowment(theirs.fileno(), self._null, stdout, stderr, workdir, rules)
            child.live(endowment, self._prepared, self._guest, self._config.largest_frame)
        pidfd = _watchable(pid)
        unused.pop_all()
        self._children[pidfd] = _Child(identifier, pid)
        self._folders[identifier] = _Folder(workdir)
        self._poll.register(pidfd, select.EPOLLIN)
        given = (ours.fileno(), pidfd, stdout, stderr, workdir.fd)
        self._tell({"say": "spawned", "id": identifier, "pid": pid}, given)

    def _output(self, opened: contextlib.ExitStack) -> int:
        fd = outputs.create(self._config.confinement.output_bytes)
        opened.callback(os.close, fd)
        return fd

    def _reap(self, pidfd: int, *, tell: bool = True) -> None:
        dead = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOWAIT)
        if self._prepared.spec.processes:
            _kill_group(dead.pid)  # before the leader is reaped, while its id cannot be reused
            self._orphaned.add(dead.pid)
        _, status, usage = os.wait4(dead.pid, 0)
        os.close(pidfd)
        self._let_go(dead.identifier)
        if tell:
            self._tell(
                {
                    "say": "exited",
                    "id": dead.identifier,
                    "status": status,
                    "cpu_seconds": usage.ru_utime + usage.ru_stime,
                    "peak_kb": usage.ru_maxrss,
                }
            )

    def _let_go(self, identifier: int) -> None:
        folder = self._folders[identifier]
        folder.holders -= 1
        if not folder.holders:
            del self._folders[identifier]
            self._workdirs.release(folder.workdir)

    def _tell(self, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        # A supervisor that just died shows as end-of-file on the next poll.
        with contextlib.suppress(ConnectionError):
            messages.send(self._control, message, descriptors)


def load_guest(config: ZygoteConfig) -> Guest:
    """Import the guest, let it preload, and take its folders off the path again."""
    sys.path[:0] = config.guest_paths
    module, _, attribute = config.guest.partition(":")
    factory = getattr(importlib.import_module(module), attribute)
    sys.path[:] = [path for path in sys.path if path not in config.guest_paths]
    sys.path += config.package_paths
    os.environ.clear()
    os.environ.update(config.environment)
    guest: Guest = factory(**config.options)
    guest.preload()
    return guest


def _isolate(enabled: frozenset[Layer]) -> namespaces.Isolation:
    if Layer.NAMESPACES not in enabled:
        return namespaces.Isolation(False, "switched off")
    return namespaces.isolate()


def _arrange_files(config: ZygoteConfig, isolation: namespaces.Isolation) -> tuple[str, LayerState]:
    """Return the folder to make work folders in, and the state of the private view."""
    if not isolation.active:
        return config.scratch, LayerState(False, isolation.detail)
    if Layer.VIEW in config.confinement.enabled:
        paths = (*config.confinement.read_only, *config.confinement.executable)
        try:
            namespaces.enter_view(paths, config.scratch)
        except OSError as reason:
            namespaces.mount_work_root(config.scratch)
            return config.scratch, LayerState(False, str(reason))
        return namespaces.WORK_MOUNT, LayerState(True, "root directory with the listed paths only")
    namespaces.mount_work_root(config.scratch)
    return config.scratch, LayerState(False, "switched off")


def _settle() -> None:
    """Leave as little as possible for children to copy."""
    gc.collect()
    gc.disable()  # a collection writes to every object it looks at; children turn it on for their job
    linux.trim_heap()
    gc.freeze()
    collapse_memory()


def _kill_group(leader: int) -> None:
    """Kill what the child started; none of it can have left its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _is_reaped(group: int) -> bool:
    """Reap the dead of a killed group; whether none is left to die."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _watchable(pid: int) -> int:
    """Return a descriptor of a child that was just forked; without one it may not live."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def _place(fd: int, target: int) -> None:
    if fd == target:
        os.set_inheritable(fd, False)
    else:
        os.dup2(fd, target, inheritable=False)
        os.close(fd)


def main(control_fd: int) -> int:
    """Run the fork server on the control socket that the supervisor left open."""
    _place(control_fd, CONTROL_FD)
    _place(os.open(os.devnull, os.O_RDONLY), _RESERVED_FD)
    control = socket.socket(fileno=CONTROL_FD)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    zygote = Zygote(control, ZygoteConfig.decode(control.recv(messages.LARGEST_MESSAGE)))
    try:
        report = zygote.prepare()
    except Exception as reason:  # noqa: BLE001 - the supervisor is told, whatever it is
        messages.send(control, {"say": "failed", "reason": f"{type(reason).__name__}: {reason}"})
        return 1
    messages.send(control, {"say": "ready", "report": encode(report), "pid": os.getpid()})
    zygote.serve()
    zygote.close()
    return 0

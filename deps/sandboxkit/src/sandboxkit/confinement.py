"""Confinement of one child: what it may touch, and the steps that take the rest away.

The fork server prepares everything that costs time once (:class:`Prepared`); a child
applies it to itself between ``fork`` and its job, in an order in which no step takes
away what a later one needs.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterable
from dataclasses import dataclass, field
from platform import machine as machine_name

from sandboxkit import landlock, linux
from sandboxkit.layers import ALL_LAYERS, KERNEL_LAYERS, Layer, LayerState, Report
from sandboxkit.seccomp import Filter, SyscallPolicy
from sandboxkit.syscalls import machine

_OWN_PROC_FILES = ("status", "maps", "environ", "cgroup")
_READ_DEVICES = ("/dev/zero", "/dev/urandom", "/dev/random")


@dataclass(frozen=True)
class Confinement:
    """What a worker may use; everything else is refused.

    Attributes:
        read_only: files and folders that may be read.
        executable: files and folders whose programs may be started
            (with ``processes`` only).
        sockets: TCP sockets may be created; connections still come from a broker.
        processes: programs may be started.
        uid, gid: the user that children become when the server runs as root.
        open_files: descriptors a child may hold.
        file_bytes: size of one file.
        stack_bytes: stack of the main thread and default for further ones.
        workdir_bytes, workdir_entries: size and number of files of the work folder.
        output_bytes: size of standard output and of standard error, each.
        enabled: layers to apply; fewer only to test the others alone.
        required: layers without which the server refuses to start.
    """

    read_only: tuple[str, ...] = ()
    executable: tuple[str, ...] = ()
    sockets: bool = False
    processes: bool = False
    uid: int = 65534
    gid: int = 65534
    open_files: int = 128
    file_bytes: int = 64 << 20
    stack_bytes: int = 8 << 20
    workdir_bytes: int = 64 << 20
    workdir_entries: int = 512
    output_bytes: int = 1 << 20
    enabled: frozenset[Layer] = field(default=ALL_LAYERS)
    required: frozenset[Layer] = field(default=KERNEL_LAYERS)


class Prepared:
    """A confinement made ready by the fork server for its children to apply."""

    def __init__(self, spec: Confinement, *, become_user: bool) -> None:
        self.spec = spec
        self._become_user = become_user and Layer.USER in spec.enabled
        self._scope = landlock.Scope(landlock.abi())
        self._rules = [
            *self._encode((*spec.read_only, *_READ_DEVICES), landlock.READ),
            *self._encode((os.devnull,), landlock.READ | landlock.WRITE_FILE),
            *self._encode(spec.executable, landlock.READ_EXECUTE),
        ]
        policy = SyscallPolicy(spec.sockets, spec.processes, path_truncate=self._scope.version >= 3)
        self._filter = Filter.build(policy, machine(machine_name()))

    def _encode(self, paths: Iterable[str], rights: int) -> Iterable[bytes]:
        """Encode the rule of each existing path; its descriptor stays open for the children."""
        for path in _outermost(paths):
            fd = landlock.open_path(path)
            if fd is not None:
                yield landlock.rule(self._scope, fd, rights, folder=os.path.isdir(path))

    def share(self) -> None:
        """Take from the fork server what neither it nor its children may ever use."""
        if Layer.CAPABILITIES in self.spec.enabled:
            linux.bound_capabilities()
        if Layer.NO_NEW_PRIVS in self.spec.enabled:
            linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        if Layer.RLIMITS in self.spec.enabled:
            for limit, value in self._shared_limits():
                _lower(limit, value)

    @property
    def owner(self) -> tuple[int, int]:
        """The user and group that a child runs as."""
        if self._become_user:
            return self.spec.uid, self.spec.gid
        return os.getuid(), os.getgid()

    def grant(self, workdir: int) -> landlock.Ruleset | None:
        """Begin the ruleset of a child that is about to be forked; None without Landlock.

        In the fork server, whose memory is warm, this takes a fifth of the time that it
        would take the child.
        """
        if Layer.LANDLOCK not in self.spec.enabled or not self._scope.version:
            return None
        rules = landlock.Ruleset(self._scope)
        for encoded in self._rules:
            rules.add(encoded)
        rules.add(landlock.rule(self._scope, workdir, landlock.READ_WRITE, folder=True))
        return rules

    def apply(self, rules: landlock.Ruleset | None) -> None:
        """Confine the calling process for good, with the ruleset begun for it."""
        enabled = self.spec.enabled
        if rules is not None:
            self._add_own_files(rules)
        if Layer.RLIMITS in enabled:
            self._limit_resources()
        if self._become_user:
            _become(self.spec.uid, self.spec.gid)
        if Layer.CAPABILITIES in enabled:
            linux.drop_capabilities()
        # Changing the user made the process undumpable, so that it could not read its own /proc.
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        if rules is not None:
            rules.enforce()
        if Layer.SECCOMP in enabled:
            self._filter.install(os.getpid())

    def _add_own_files(self, rules: landlock.Ruleset) -> None:
        for name in _OWN_PROC_FILES:
            fd = landlock.open_path(f"/proc/self/{name}")
            if fd is not None:
                rules.add(landlock.rule(self._scope, fd, landlock.READ, folder=False))

    def _shared_limits(self) -> tuple[tuple[int, int], ...]:
        """The limits that the fork server can live with itself, and children inherit."""
        return (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_STACK, self.spec.stack_bytes),
            (resource.RLIMIT_MEMLOCK, 0),
            (resource.RLIMIT_MSGQUEUE, 0),
        )

    def _limit_resources(self) -> None:
        _lower(resource.RLIMIT_FSIZE, max(self.spec.file_bytes, self.spec.output_bytes))
        _lower(resource.RLIMIT_NOFILE, self.spec.open_files)


def _outermost(paths: Iterable[str]) -> list[str]:
    """Resolve the paths and leave out those beneath another: each rule costs every child time."""
    kept: list[str] = []
    for path in sorted({os.path.realpath(path) for path in paths}):
        if not any(path.startswith(f"{held}/") for held in kept):
            kept.append(path)
    return kept


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    linux.set_limit(limit, bound, bound)


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def limit_run(memory_bytes: int, cpu_seconds: int, mapped_bytes: int) -> None:
    """Set the limits of one job on the calling process; they can only go down later.

    The address space is limited to what is mapped now plus the budget: a limit on
    the data segment alone is bypassed by anonymous mappings. The soft CPU limit
    sends SIGXCPU, the hard one a second later SIGKILL.
    """
    _lower(resource.RLIMIT_AS, mapped_bytes + memory_bytes)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    ceiling = cpu_seconds + 1 if hard == resource.RLIM_INFINITY else min(cpu_seconds + 1, hard)
    linux.set_limit(resource.RLIMIT_CPU, min(cpu_seconds, ceiling), ceiling)


def static_report(spec: Confinement, *, become_user: bool, user_detail: str) -> Report:
    """Say which layers the kernel can give, before a probe has tried them."""
    version = landlock.abi()
    report = {
        Layer.NO_NEW_PRIVS: LayerState(True, "set on every worker"),
        Layer.LANDLOCK: LayerState(version > 0, f"ABI {version}" if version else "the kernel has no Landlock"),
        Layer.SECCOMP: LayerState(True, f"allow-list for {machine_name()}"),
        Layer.RLIMITS: LayerState(True, "memory, cpu, file size, descriptors, stack"),
        Layer.CAPABILITIES: LayerState(True, "all dropped"),
        Layer.USER: LayerState(become_user, user_detail),
    }
    return {
        layer: state if layer in spec.enabled else LayerState(False, "switched off") for layer, state in report.items()
    }

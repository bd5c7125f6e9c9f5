"""Namespaces of the fork server: used where the kernel grants them, never needed.

One ``unshare`` in the fork server serves all of its children. Source:
namespaces(7), user_namespaces(7), pivot_root(2).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandboxkit import linux

_ISOLATED = linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_BIND_FLAGS = linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
WORK_MOUNT = "/box"  # not a name that packages or an interpreter would be installed under


@dataclass(frozen=True)
class Isolation:
    """Whether this process got namespaces of its own, and how or why not."""

    active: bool
    detail: str


def isolate() -> Isolation:
    """Leave the machine's mounts, network, IPC and host name for private ones."""
    try:
        linux.unshare(_ISOLATED)
        detail = "mount, network, ipc and uts namespaces"
    except OSError as reason:
        if not _rehearse(_unshare_with_user):
            return Isolation(False, f"not permitted here ({reason.strerror})")
        _unshare_with_user()
        detail = "user, mount, network, ipc and uts namespaces"
    try:
        linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE)
        linux.set_hostname("sandbox")
    except OSError as reason:
        return Isolation(False, f"incomplete: {reason}")
    return Isolation(True, detail)


def _rehearse(attempt: Callable[[], None]) -> bool:
    """Whether something succeeds, tried on a child.

    Half-way into a user namespace there is no way back: root without CAP_SETFCAP may enter
    one and not map itself (Linux 5.12), and would be nobody for good.
    """
    pid = os.fork()
    if pid == 0:
        status = 1
        with contextlib.suppress(OSError):
            attempt()
            status = 0
        os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def _unshare_with_user() -> None:
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER | _ISOLATED)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def enter_view(paths: tuple[str, ...], scratch: str) -> None:
    """Make a root directory that holds the given paths, read-only, and nothing else.

    Needs private mounts. ``scratch`` is an existing folder to build it on; work
    folders are mounted beneath :data:`WORK_MOUNT` afterwards.

    Raises:
        OSError: a mount was refused; the process keeps the root that it had.
    """
    linux.mount("tmpfs", scratch, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=0755,size=4m")
    grafted: list[str] = []
    for path in sorted(_reachable(paths)):
        if not any(path == held or path.startswith(held + "/") for held in grafted):
            _bind(path, scratch + path, read_only=True)
            grafted.append(path)
    for path in paths:
        _link(path, scratch)
    for path in (*_DEVICES, "/proc"):
        if os.path.exists(path):
            _bind(path, scratch + path, read_only=False)
    os.makedirs(scratch + WORK_MOUNT, 0o755, exist_ok=True)
    mount_work_root(scratch + WORK_MOUNT)
    _pivot(scratch)


def mount_work_root(path: str) -> None:
    """Mount a small file system to make the mount points of work folders on."""
    linux.mount("tmpfs", path, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=0711,size=1m")


def _reachable(paths: tuple[str, ...]) -> set[str]:
    return {os.path.realpath(path) for path in paths if os.path.exists(path)}


def _bind(source: str, target: str, *, read_only: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(target, 0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        Path(target).touch()
    linux.mount(source, target, "", linux.MS_BIND | linux.MS_REC)
    if read_only:
        linux.mount("none", target, "", _BIND_FLAGS)


def _link(path: str, root: str) -> None:
    """Recreate a symbolic link on the way to a path, such as /lib to usr/lib."""
    parts = Path(path).parts
    for depth in range(2, len(parts) + 1):
        prefix = os.path.join(*parts[:depth])
        if os.path.islink(prefix) and not os.path.lexists(root + prefix):
            os.makedirs(os.path.dirname(root + prefix), 0o755, exist_ok=True)
            os.symlink(os.path.realpath(prefix), root + prefix)


def _pivot(root: str) -> None:
    old = root + "/.old"
    os.mkdir(old, 0o700)
    linux.pivot_root(root, old)
    os.chdir("/")
    linux.unmount("/.old")
    os.rmdir("/.old")
    linux.mount("none", "/", "", linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | linux.MS_NOSUID)

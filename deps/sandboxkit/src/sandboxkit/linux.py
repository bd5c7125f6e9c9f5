"""Thin ctypes bindings to the Linux calls that the standard library lacks."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from contextlib import suppress

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_LAST_CAPABILITY = 63
_MADV_COLLAPSE = 25
_CAPSET = _SYS_CAPSET.get(platform.machine(), -1)
_NO_CAPABILITIES_HEADER = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
_NO_CAPABILITIES = bytes(24)


def _fail(call: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{call}: {os.strerror(code)}")


def syscall(number: int, *args: object) -> int:
    """Make a raw system call; raises OSError with the kernel's errno."""
    result = int(_libc.syscall(ctypes.c_long(number), *args))
    if result < 0:
        raise _fail(f"syscall {number}")
    return result


def prctl(option: int, argument: int = 0, second: int = 0) -> int:
    """Operate on this thread's attributes (prctl(2))."""
    result: int = _libc.prctl(option, argument, second, 0, 0)
    if result < 0:
        raise _fail(f"prctl {option}")
    return result


def unshare(flags: int) -> None:
    """Leave the given namespaces for new ones (unshare(2))."""
    if _libc.unshare(ctypes.c_int(flags)):
        raise _fail("unshare")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount a file system (mount(2))."""
    encoded = [os.fsencode(part) for part in (source, target, kind)]
    if _libc.mount(*encoded, ctypes.c_ulong(flags), os.fsencode(data)):
        raise _fail(f"mount {kind or 'bind'} on {target}")


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    """Detach a mount; open files keep it alive (umount2(2))."""
    if _libc.umount2(os.fsencode(target), ctypes.c_int(flags)):
        raise _fail(f"umount {target}")


def pivot_root(new_root: str, put_old: str) -> None:
    """Make another mount the root directory (pivot_root(2))."""
    syscall(_SYS_PIVOT_ROOT[platform.machine()], os.fsencode(new_root), os.fsencode(put_old))


def set_hostname(name: str) -> None:
    """Set the host name of this UTS namespace."""
    encoded = name.encode()
    if _libc.sethostname(encoded, ctypes.c_size_t(len(encoded))):
        raise _fail("sethostname")


def bound_capabilities() -> None:
    """Make sure that no program started later can gain a capability."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # unknown capability, or none held: nothing further to drop
    with suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)


def drop_capabilities() -> None:
    """Give up every capability that this process holds."""
    syscall(_CAPSET, _NO_CAPABILITIES_HEADER, _NO_CAPABILITIES)


def close_from(first: int) -> None:
    """Close every descriptor from ``first`` upward."""
    os.closerange(first, (1 << 31) - 1)


def set_limit(limit: int, soft: int, hard: int) -> None:
    """Set a resource limit of this process (setrlimit(2)).

    Unlike ``resource.setrlimit`` it raises no audit event, which a guest that watches
    its own process would take for the program's doing.
    """
    if _libc.setrlimit(limit, struct.pack("QQ", soft, hard)):
        raise _fail(f"setrlimit {limit}")


def collapse(address: int, length: int) -> None:
    """Ask the kernel to put a range of memory on huge pages now (madvise(2))."""
    if _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(length), _MADV_COLLAPSE):
        raise _fail("madvise")


def trim_heap() -> None:
    """Return free heap pages to the kernel, where the C library can."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)

"""The system call allow-list of a confined process.

Whatever is not named here answers EPERM, never a kill, so that libraries can fall
back to something else. Source: seccomp(2) and the manual page of each call.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from dataclasses import dataclass

from sandboxkit import bpf, linux
from sandboxkit.bpf import Test
from sandboxkit.syscalls import Machine

_RET_KILL_PROCESS = 0x80000000
_RET_ERRNO = 0x00050000
_RET_ALLOW = 0x7FFF0000
_MODE_FILTER = 2
_X32_BIT = 0x40000000
_OWN_PID = 0x7E57FACE  # stands for the process's own id until the filter is installed

_IO = """read write close close_range fstat stat lstat newfstatat statx lseek pread64 pwrite64 readv writev
preadv pwritev access faccessat faccessat2 dup dup2 dup3 pipe pipe2 fcntl flock ftruncate truncate
fsync fdatasync fallocate fadvise64 sendfile copy_file_range getcwd chdir fchdir rename renameat
renameat2 mkdir mkdirat rmdir unlink unlinkat readlink readlinkat umask open openat creat getdents
getdents64 statfs fstatfs poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
epoll_pwait epoll_pwait2 eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime"""
_MEMORY = "mmap mprotect munmap brk mremap madvise msync membarrier"
_PROCESS = """getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups
getpgrp getpgid getsid getrusage getrlimit times uname sysinfo getcpu exit exit_group
set_tid_address set_robust_list get_robust_list futex futex_wait futex_wake rseq restart_syscall
sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
sched_get_priority_min"""
_SIGNALS = """rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend
sigaltstack pause signalfd4 alarm getitimer setitimer"""
_TIME = "time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep"
_RANDOM = "getrandom"
_CONNECTED_SOCKETS = "sendto recvfrom recvmsg recvmmsg getsockname getpeername getsockopt shutdown"

ALLOWED = frozenset(f"{_IO} {_MEMORY} {_PROCESS} {_SIGNALS} {_TIME} {_RANDOM} {_CONNECTED_SOCKETS}".split())

# Modes, owners and times mean nothing in a private scratch folder, and Landlock does
# not rule these calls; saying "done" without doing it keeps shutil.copy and tarfile alive.
IGNORED = frozenset("chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat".split())

# The answer of a file system without extended attributes, which shutil.copystat expects.
UNSUPPORTED = frozenset(
    "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr "
    "removexattr lremovexattr fremovexattr".split()
)

SPAWNING = frozenset("fork vfork execve execveat wait4 waitid".split())

# THREAD | VM | SIGHAND | FS | FILES: with a descriptor table of its own, a thread had limits of its own.
_CLONE_THREAD_FLAGS = 0x00010000 | 0x00000100 | 0x00000800 | 0x00000200 | 0x00000400
_CLONE_NAMESPACE_FLAGS = 0x7E020080  # every CLONE_NEW* flag
_MSG_FASTOPEN = 0x20000000
_SOCKET_TYPE_MASK = 0x0F
_IOCTL_REQUESTS = (0x5450, 0x5451, 0x541B, 0x5421)  # FIONCLEX FIOCLEX FIONREAD FIONBIO
_PRCTL_OPTIONS = (15, 16)  # the name of a thread
_ARCH_SET_FS = 0x1002  # thread-local storage, set by the C library of each started program
# Everything but owners, leases and notifications, which send signals to other processes.
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034)
_SOCKET_OPTIONS = {
    socket.SOL_SOCKET: (2, 4, 7, 8, 9, 13, 20, 21),  # REUSEADDR ERROR SNDBUF RCVBUF KEEPALIVE LINGER *TIMEO
    socket.IPPROTO_TCP: (1, 4, 5, 6, 12, 18),  # NODELAY KEEPIDLE KEEPINTVL KEEPCNT QUICKACK USER_TIMEOUT
    socket.IPPROTO_IPV6: (26,),  # V6ONLY
}

_Alternatives = tuple[tuple[Test, ...], ...]


@dataclass(frozen=True)
class SyscallPolicy:
    """What a kind of worker may ask of the kernel.

    Attributes:
        sockets: TCP sockets may be created and configured, still never bound,
            connected or used for fast open: connections come from a broker.
        processes: programs may be started (for workers that drive converters);
            they stay in the worker's process group.
        path_truncate: truncate(2) may be called; to be refused where Landlock
            cannot rule it (before its ABI 3).
    """

    sockets: bool = False
    processes: bool = False
    path_truncate: bool = True

    def conditions(self) -> dict[str, _Alternatives]:
        """Return the calls that are allowed for some arguments only."""
        rules = _process_rules() if self.processes else _thread_rules()
        rules |= {
            "ioctl": tuple((Test(1, request),) for request in _IOCTL_REQUESTS),
            "fcntl": tuple((Test(1, command),) for command in _FCNTL_COMMANDS),
            "prctl": tuple((Test(0, option),) for option in _PRCTL_OPTIONS),
            "prlimit64": ((Test(0, 0),), (Test(0, _OWN_PID),)),
            "setrlimit": ((),),
            # A datagram pair could be pointed at any socket in the file system.
            "socketpair": ((Test(0, socket.AF_UNIX), Test(1, socket.SOCK_STREAM, _SOCKET_TYPE_MASK)),),
            "sendto": ((Test(3, 0, _MSG_FASTOPEN), Test(4, 0, (1 << 64) - 1, wide=True)),),
            "sendmsg": ((Test(2, 0, _MSG_FASTOPEN),),),
        }
        if self.sockets:
            rules |= _tcp_rules()
        if not self.path_truncate:
            rules |= {"open": _no_truncating_read(1), "openat": _no_truncating_read(2)}
        return rules

    def unconditional(self) -> frozenset[str]:
        """Return the calls that are allowed whatever their arguments."""
        allowed = ALLOWED | SPAWNING if self.processes else ALLOWED
        refused = frozenset() if self.path_truncate else frozenset(["truncate"])
        return allowed - refused - self.conditions().keys()


def _no_truncating_read(flags: int) -> _Alternatives:
    """Opening for reading with O_TRUNC empties a file, which Landlock rules only from its ABI 3."""
    return (
        (Test(flags, 0, os.O_TRUNC),),
        (Test(flags, os.O_WRONLY, os.O_ACCMODE),),
        (Test(flags, os.O_RDWR, os.O_ACCMODE),),
    )


def _thread_rules() -> dict[str, _Alternatives]:
    flags = (Test(0, _CLONE_THREAD_FLAGS, _CLONE_THREAD_FLAGS), Test(0, 0, _CLONE_NAMESPACE_FLAGS))
    own = ((Test(0, _OWN_PID),),)
    return {"clone": (flags,), "kill": own, "tgkill": own}


def _process_rules() -> dict[str, _Alternatives]:
    # Signals go anywhere here; Landlock's scope (ABI 6) keeps them among the worker's own.
    return {
        "clone": ((Test(0, 0, _CLONE_NAMESPACE_FLAGS),),),
        "kill": ((),),
        "tgkill": ((),),
        "arch_prctl": ((Test(0, _ARCH_SET_FS),),),
    }


def _tcp_rules() -> dict[str, _Alternatives]:
    kinds = tuple(
        (
            Test(0, family),
            Test(1, socket.SOCK_STREAM, _SOCKET_TYPE_MASK),
            Test(2, protocol),
        )
        for family in (socket.AF_INET, socket.AF_INET6)
        for protocol in (0, socket.IPPROTO_TCP)
    )
    options = tuple(
        (Test(1, level), Test(2, option)) for level, allowed in _SOCKET_OPTIONS.items() for option in allowed
    )
    return {"socket": kinds, "setsockopt": options}


class Filter:
    """A compiled filter, encoded once; the process's own id is filled in at installation."""

    def __init__(self, program: bytes) -> None:
        self.program = program
        placeholder = struct.pack("I", _OWN_PID)
        self._own_pid_at = [at for at in range(4, len(program), 8) if program[at : at + 4] == placeholder]
        self._buffer = ctypes.create_string_buffer(program, len(program))
        self._header = _Program(len(program) // 8, ctypes.addressof(self._buffer))

    @classmethod
    def build(cls, policy: SyscallPolicy, machine: Machine) -> Filter:
        """Compile a policy for a machine; calls that the machine lacks are left out."""
        deny = _RET_ERRNO | errno.EPERM
        x32 = _X32_BIT if machine.has_x32 else None
        cases = bpf.cases(_numbers(machine, policy.unconditional()), _RET_ALLOW)
        cases += bpf.cases(_numbers(machine, IGNORED), _RET_ERRNO)
        cases += bpf.cases(_numbers(machine, UNSUPPORTED), _RET_ERRNO | errno.EOPNOTSUPP)
        # ENOSYS makes the C library fall back to clone, whose flags can be read.
        cases += bpf.cases(_numbers(machine, frozenset(["clone3"])), _RET_ERRNO | errno.ENOSYS)
        for name, alternatives in policy.conditions().items():
            number = machine.number(name)
            if number is not None:
                cases.append(bpf.conditional(number, alternatives, _RET_ALLOW, deny))
        program = bpf.prologue(machine.audit_arch, x32, _RET_KILL_PROCESS)
        program += bpf.dispatch(sorted(cases, key=lambda case: case.first), deny)
        return cls(bpf.encode(program))

    def install(self, pid: int) -> None:
        """Put the filter on the calling thread, which needs no_new_privs set before."""
        for at in self._own_pid_at:
            struct.pack_into("I", self._buffer, at, pid)
        linux.prctl(linux.PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(self._header))


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _numbers(machine: Machine, names: frozenset[str]) -> list[int]:
    numbers = (machine.number(name) for name in names)
    return [number for number in numbers if number is not None]

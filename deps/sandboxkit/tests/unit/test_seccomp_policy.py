"""The compiled filter against the intended policy, call by call, on both machines."""

from __future__ import annotations

import errno
import re
import signal
import socket
from pathlib import Path

import pytest

from hostile import bpf_machine
from hostile.bpf_machine import Call
from sandboxkit import seccomp
from sandboxkit.errors import UnsupportedMachine
from sandboxkit.seccomp import Filter, SyscallPolicy
from sandboxkit.syscalls import Machine, machine

ALLOW = 0x7FFF0000
DENY = 0x00050000 | errno.EPERM
IGNORE = 0x00050000
KILL = 0x80000000
_OWN_PID = 0x7E57FACE
_MACHINES = [machine("x86_64"), machine("aarch64")]

# Written down a second time, on purpose: a call added to the policy must be added here too.
_NEVER = """
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd pidfd_send_signal
tkill rt_sigqueueinfo rt_tgsigqueueinfo mount umount2 pivot_root chroot move_mount open_tree fsopen
fsmount fspick fsconfig mount_setattr unshare setns bpf perf_event_open userfaultfd io_uring_setup
io_uring_enter io_uring_register io_setup io_submit add_key request_key keyctl init_module finit_module
delete_module kexec_load kexec_file_load reboot swapon swapoff sethostname setdomainname settimeofday
clock_settime adjtimex clock_adjtime acct quotactl syslog personality seccomp landlock_create_ruleset
landlock_add_rule landlock_restrict_self setuid setgid setreuid setregid setresuid setresgid setfsuid
setfsgid setgroups capset setsid setpgid link linkat symlink symlinkat mknod mknodat chown fchown lchown
fchownat memfd_create memfd_secret name_to_handle_at open_by_handle_at fanotify_init inotify_init1
connect bind listen accept accept4 sendmmsg shmget shmat shmctl semget semop msgget msgsnd msgrcv mq_open
mq_unlink modify_ldt iopl ioperm mlock mlockall mbind set_mempolicy migrate_pages move_pages splice tee
vmsplice sched_setaffinity sched_setscheduler sched_setattr setpriority ioprio_set timer_create openat2
""".split()
_NEVER_IN_ONE_PROCESS = "fork vfork execve execveat wait4 waitid setsockopt socket arch_prctl".split()
_ALWAYS = """
read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 pwrite64
readv writev madvise mremap getpid gettid exit exit_group futex clock_gettime clock_nanosleep nanosleep
getrandom openat newfstatat statx getdents64 faccessat faccessat2 readlinkat unlinkat mkdirat renameat2 ftruncate
fsync dup dup3 pipe2 epoll_create1 epoll_ctl epoll_pwait eventfd2 sched_yield sched_getaffinity getcwd
chdir uname sysinfo getrusage times sigaltstack set_robust_list rseq recvfrom recvmsg getsockname shutdown
""".split()

_ARCHITECTURES = pytest.mark.parametrize("where", _MACHINES, ids=lambda where: where.name)


class _Compiled:
    def __init__(self, where: Machine, policy: SyscallPolicy) -> None:
        self._machine = where
        self._program = bpf_machine.decode(Filter.build(policy, where).program)

    def number_verdict(self, number: int, *arguments: int) -> int:
        return bpf_machine.run(self._program, Call(number, arguments, self._machine.audit_arch))[0]

    def __call__(self, name: str, *arguments: int) -> int:
        return self.number_verdict(self._machine.numbers[name], *arguments)


def _plain(where: Machine) -> _Compiled:
    return _Compiled(where, SyscallPolicy())


@_ARCHITECTURES
@pytest.mark.parametrize(
    "policy",
    [SyscallPolicy(), SyscallPolicy(sockets=True), SyscallPolicy(processes=True), SyscallPolicy(path_truncate=False)],
    ids=["plain", "sockets", "processes", "without truncate"],
)
def test_every_number_gets_the_verdict_of_its_call(where: Machine, policy: SyscallPolicy) -> None:
    verdict = _Compiled(where, policy)
    names = {number: name for name, number in where.numbers.items()}
    for number in range(1024):
        expected = _expected(names.get(number, ""), policy)
        if expected is not None:
            assert verdict.number_verdict(number) == expected, names.get(number, number)


def _expected(name: str, policy: SyscallPolicy) -> int | None:
    """The verdict on a call; None where it depends on the arguments."""
    if name in policy.conditions():
        return None
    if name in policy.unconditional():
        return ALLOW
    if name in seccomp.IGNORED:
        return IGNORE
    if name in seccomp.UNSUPPORTED:
        return 0x00050000 | errno.EOPNOTSUPP
    return 0x00050000 | errno.ENOSYS if name == "clone3" else DENY


@_ARCHITECTURES
def test_what_must_never_be_allowed_is_denied_in_every_policy(where: Machine) -> None:
    for policy in (SyscallPolicy(), SyscallPolicy(sockets=True, processes=True)):
        verdict = _Compiled(where, policy)
        for name in (name for name in _NEVER if name in where.numbers):
            assert verdict(name) == DENY, name


@_ARCHITECTURES
def test_what_only_some_policies_allow_is_denied_in_the_plain_one(where: Machine) -> None:
    for name in (name for name in _NEVER_IN_ONE_PROCESS if name in where.numbers):
        assert _plain(where)(name) == DENY, name


@_ARCHITECTURES
def test_what_ordinary_programs_need_is_allowed(where: Machine) -> None:
    for name in (name for name in _ALWAYS if name in where.numbers):
        assert _plain(where)(name) == ALLOW, name


@_ARCHITECTURES
def test_numbers_beyond_the_table_and_the_negative_are_denied(where: Machine) -> None:
    for number in (451, 500, 1023, 4096, 0x3FFFFFFF):
        assert _plain(where).number_verdict(number) == DENY
    assert _plain(where).number_verdict(-1) == (KILL if where.has_x32 else DENY)


@_ARCHITECTURES
def test_clone_makes_threads_only(where: Machine) -> None:
    thread = 0x003D0F00  # what pthread_create passes
    assert _plain(where)("clone", thread) == ALLOW
    assert _plain(where)("clone", signal.SIGCHLD) == DENY  # fork
    assert _plain(where)("clone", 0x4111) == DENY  # vfork: VM, VFORK, SIGCHLD
    for part in (0x00010000, 0x00000100, 0x00000800):
        assert _plain(where)("clone", thread & ~part) == DENY
    for namespace in (0x80, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert _plain(where)("clone", thread | namespace) == DENY


@_ARCHITECTURES
def test_workers_that_start_programs_may_fork_but_make_no_namespace(where: Machine) -> None:
    verdict = _Compiled(where, SyscallPolicy(processes=True))
    assert verdict("clone", signal.SIGCHLD) == ALLOW
    assert verdict("execve") == ALLOW
    for namespace in (0x80, 0x00020000, 0x02000000, 0x10000000, 0x20000000, 0x40000000):
        assert verdict("clone", signal.SIGCHLD | namespace) == DENY


@_ARCHITECTURES
def test_socket_pairs_are_unix_streams_only(where: Machine) -> None:
    unix, inet = socket.AF_UNIX, socket.AF_INET
    flags = socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    assert _plain(where)("socketpair", unix, socket.SOCK_STREAM) == ALLOW
    assert _plain(where)("socketpair", unix, socket.SOCK_STREAM | flags) == ALLOW
    for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW):
        assert _plain(where)("socketpair", unix, kind) == DENY
    assert _plain(where)("socketpair", inet, socket.SOCK_STREAM) == DENY


@_ARCHITECTURES
def test_descriptors_may_be_controlled_but_not_given_owners_leases_or_notifications(where: Machine) -> None:
    for command in (0, 1, 2, 3, 4, 5, 6, 7, 1030):  # DUPFD, flags, locks, DUPFD_CLOEXEC
        assert _plain(where)("fcntl", 1, command) == ALLOW
    # SETOWN SETSIG SETOWN_EX SETLEASE NOTIFY SETPIPE_SZ ADD_SEALS
    for command in (8, 10, 15, 1024, 1026, 1031, 1033):
        assert _plain(where)("fcntl", 1, command) == DENY


@_ARCHITECTURES
def test_ioctl_asks_of_descriptors_only_what_pipes_need(where: Machine) -> None:
    for request in (0x5450, 0x5451, 0x541B, 0x5421):
        assert _plain(where)("ioctl", 0, request) == ALLOW
    for request in (0x5412, 0x8901, 0x8902, 0x5401, 0x541D, 0x4004667E, 0x8912):  # TIOCSTI FIOSETOWN SIOCSPGRP ...
        assert _plain(where)("ioctl", 0, request) == DENY


@_ARCHITECTURES
def test_sending_names_no_receiver_and_opens_no_connection(where: Machine) -> None:
    fast_open = 0x20000000
    assert _plain(where)("sendto", 3, 1, 1, 0, 0, 0) == ALLOW
    assert _plain(where)("sendto", 3, 1, 1, socket.MSG_DONTWAIT, 0, 0) == ALLOW
    for address in (1, 1 << 32, 0x7FFF00000000):
        assert _plain(where)("sendto", 3, 1, 1, 0, address, 16) == DENY
    assert _plain(where)("sendto", 3, 1, 1, fast_open, 0, 0) == DENY
    assert _plain(where)("sendmsg", 3, 1, 0) == ALLOW
    assert _plain(where)("sendmsg", 3, 1, fast_open) == DENY
    assert _plain(where)("sendmsg", 3, 1, fast_open | socket.MSG_DONTWAIT) == DENY


@_ARCHITECTURES
def test_only_thread_names_are_set_by_prctl(where: Machine) -> None:
    allowed = [option for option in range(80) if _plain(where)("prctl", option) == ALLOW]
    assert allowed == [15, 16]


@_ARCHITECTURES
@pytest.mark.parametrize("pid", [2, 0x12345, 0x7FFFFFFF])
def test_signals_and_limits_reach_the_process_itself_only(where: Machine, pid: int) -> None:
    program = _with_pid(where, pid)
    for name in ("kill", "tgkill", "prlimit64"):
        own, others = (pid,), (pid + 1, pid - 1, -1, -pid, 0x7E57FACE)
        assert _verdict(program, where, name, *own) == ALLOW
        for other in others:
            assert _verdict(program, where, name, other) == DENY
    assert _verdict(program, where, "kill", 0) == DENY
    assert _verdict(program, where, "tgkill", 0) == DENY
    assert _verdict(program, where, "prlimit64", 0) == ALLOW


def _with_pid(where: Machine, pid: int) -> list[tuple[int, int, int, int]]:
    """The program with the placeholder of the own process id filled in, as at installation."""
    instructions = bpf_machine.decode(Filter.build(SyscallPolicy(), where).program)
    return [(*rest, pid if value == _OWN_PID else value) for *rest, value in instructions]  # type: ignore[misc]


def _verdict(program: list[tuple[int, int, int, int]], where: Machine, name: str, *arguments: int) -> int:
    return bpf_machine.run(program, Call(where.numbers[name], arguments, where.audit_arch))[0]


@_ARCHITECTURES
def test_sockets_are_tcp_only_and_only_where_asked_for(where: Machine) -> None:
    verdict = _Compiled(where, SyscallPolicy(sockets=True))
    for family in (int(socket.AF_INET), int(socket.AF_INET6)):
        assert verdict("socket", family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0) == ALLOW
        assert verdict("socket", family, socket.SOCK_STREAM, socket.IPPROTO_TCP) == ALLOW
        for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            assert verdict("socket", family, kind, 0) == DENY
        for protocol in (132, 262, socket.IPPROTO_UDP):  # SCTP, MPTCP
            assert verdict("socket", family, socket.SOCK_STREAM, protocol) == DENY
    for family in (int(socket.AF_UNIX), int(socket.AF_NETLINK), 17, 38, 40):
        assert verdict("socket", family, socket.SOCK_STREAM, 0) == DENY
    assert _plain(where)("socket", socket.AF_INET, socket.SOCK_STREAM, 0) == DENY


@_ARCHITECTURES
def test_socket_options_are_those_of_clients(where: Machine) -> None:
    verdict = _Compiled(where, SyscallPolicy(sockets=True))
    assert verdict("setsockopt", 3, socket.IPPROTO_TCP, socket.TCP_NODELAY) == ALLOW
    assert verdict("setsockopt", 3, socket.SOL_SOCKET, socket.SO_KEEPALIVE) == ALLOW
    for level, option in ((socket.SOL_SOCKET, 26), (socket.SOL_SOCKET, 33), (socket.IPPROTO_TCP, 31), (0, 1), (41, 64)):
        assert verdict("setsockopt", 3, level, option) == DENY  # filters, forced buffers, TCP_ULP, IP, iptables


@_ARCHITECTURES
def test_another_architecture_ends_the_process(where: Machine) -> None:
    program = bpf_machine.decode(Filter.build(SyscallPolicy(), where).program)
    for word in (0, 0x40000003, 0x40000028, 0xC000003E, 0xC00000B7):  # i386, arm, x86_64, aarch64
        if word != where.audit_arch:
            assert bpf_machine.run(program, Call(where.numbers["read"], (), word))[0] == KILL


def test_calls_of_the_x32_range_end_the_process() -> None:
    for number in (0, 39, 59, 0x3FFFFFFF):
        assert _plain(machine("x86_64")).number_verdict(0x40000000 | number) == KILL


def test_a_machine_without_a_table_is_unsupported() -> None:
    with pytest.raises(UnsupportedMachine, match="riscv64"):
        machine("riscv64")


@pytest.mark.parametrize(("alias", "name"), [("amd64", "x86_64"), ("arm64", "aarch64")])
def test_machines_are_known_by_their_other_names(alias: str, name: str) -> None:
    assert machine(alias) == machine(name)


@pytest.mark.parametrize(
    ("name", "header"),
    [("x86_64", "x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "asm-generic/unistd.h")],
)
def test_numbers_are_those_of_the_kernel_headers(name: str, header: str) -> None:
    path = Path("/usr/include", header)
    if not path.exists():
        pytest.skip(f"no {path} here")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())
    renamed = {"fstatat": "newfstatat", "fadvise64_64": "fadvise64"}
    official = {renamed.get(call, call): int(number) for call, number in found}
    known = machine(name).numbers
    assert {call: number for call, number in known.items() if official.get(call, number) != number} == {}
    assert len(known.keys() & official.keys()) > 250


@_ARCHITECTURES
def test_every_name_of_the_policy_is_a_call_of_some_machine(where: Machine) -> None:
    names = set().union(*(known.numbers for known in _MACHINES))
    policy = SyscallPolicy(sockets=True, processes=True)
    newer = {"fchmodat2", "futex_wait", "futex_wake"}  # than the tables; refused until they know them
    assert (
        policy.unconditional() | policy.conditions().keys() | seccomp.IGNORED | seccomp.UNSUPPORTED
    ) - names <= newer

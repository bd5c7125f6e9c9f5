"""Attacks on other processes, and attempts to become more than one or someone else."""

from __future__ import annotations

from hostile.attack import Attack
from sandboxkit.layers import Layer

_SECCOMP = (Layer.SECCOMP,)
_SIGNALS = (Layer.SECCOMP, Layer.LANDLOCK)
_TRACE = (Layer.SECCOMP, Layer.LANDLOCK, Layer.USER)
_FORK = """
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
"""
_READ_SERVER = """
target = ctypes.create_string_buffer(b"here", 4)
vector = struct.pack("PN", ctypes.addressof(target), 4)
numbers = {"x86_64": 310, "aarch64": 270}
call(numbers[platform.machine()], os.getppid(), vector, 1, vector, 1, 0)
"""

ATTACKS = (
    Attack("fork", _FORK, _SECCOMP),
    Attack("start a program", 'os.posix_spawn("/bin/true", ["true"], {})', _SECCOMP),
    Attack("become a program", 'os.execv("/nonexistent-program", ["x"])', (), bare=False),
    Attack(
        "run a shell command",
        """
        import subprocess
        subprocess.run(["/bin/sh", "-c", "echo > {PW}shell"], check=True)
        """,
        (Layer.SECCOMP, Layer.LANDLOCK),
    ),
    Attack("make a file in memory to execute", 'os.memfd_create("x")', _SECCOMP),
    Attack("signal the server", "os.kill(os.getppid(), 0)", (*_SIGNALS, Layer.USER)),
    Attack("signal a sibling", "os.kill({SIB}, 0)", _SIGNALS),
    Attack("signal the process group", "os.kill(0, 0)", _SECCOMP),
    Attack("signal everybody", "os.kill(-1, 0)", _SECCOMP),
    Attack("signal the server's group", "os.killpg(os.getpgid(os.getppid()), 0)", _SECCOMP),
    Attack(
        "signal a thread of the server",
        'call({"x86_64": 200, "aarch64": 130}[platform.machine()], os.getppid(), 0)',  # tkill
        (*_SIGNALS, Layer.USER),
    ),
    Attack(
        "queue a signal to the server",
        """
        information = ctypes.create_string_buffer(128)
        struct.pack_into("iii", information, 0, 0, 0, -1)  # SI_QUEUE
        call({"x86_64": 129, "aarch64": 138}[platform.machine()], os.getppid(), 0, information)
        """,
        (*_SIGNALS, Layer.USER),
    ),
    Attack("open a handle of the server", "os.pidfd_open(os.getppid())", _SECCOMP),
    Attack(
        "steal a descriptor of the server",
        "call(438, os.pidfd_open(os.getppid()), 3, 0)",  # pidfd_getfd
        _TRACE,
    ),
    Attack("signal a sibling by its handle", "signal.pidfd_send_signal(os.pidfd_open({SIB}), 0)", _SIGNALS),
    Attack(
        "trace the server",
        "call({'x86_64': 101, 'aarch64': 117}[platform.machine()], 0x4206, os.getppid(), 0, 0)",
        _TRACE,
    ),
    Attack("read the memory of the server", _READ_SERVER, _TRACE),
    Attack("become root", "os.setuid(0)", (Layer.SECCOMP, Layer.USER)),
    Attack("become another user", "os.setresuid(12345, 12345, 12345)", (Layer.SECCOMP, Layer.USER, Layer.CAPABILITIES)),
    Attack("join a group", "os.setgroups([12345])", (Layer.SECCOMP, Layer.USER, Layer.CAPABILITIES)),
    Attack("leave the session", "os.setsid()", _SECCOMP),
    Attack("change the root folder", 'os.chroot(".")', (Layer.SECCOMP, Layer.USER, Layer.CAPABILITIES)),
    Attack(
        "mount",
        """
        number = {"x86_64": 165, "aarch64": 40}[platform.machine()]
        reach(number, b"none", b".", b"no-such-kind", 0, None)
        """,
        (Layer.SECCOMP, Layer.USER, Layer.CAPABILITIES),
    ),
    Attack("make a user namespace", "call({'x86_64': 272, 'aarch64': 97}[platform.machine()], 0x10000000)", _SECCOMP),
    Attack(
        "raise the priority", "os.setpriority(os.PRIO_PROCESS, 0, -5)", (Layer.SECCOMP, Layer.USER, Layer.CAPABILITIES)
    ),
    Attack("choose a processor", "os.sched_setaffinity(0, os.sched_getaffinity(0))", _SECCOMP),
    Attack(
        "attach shared memory of another process",
        "reach({'x86_64': 29, 'aarch64': 194}[platform.machine()], 0x5b0c5, 0, 0)",  # shmget
        _SECCOMP,
    ),
    Attack(
        "open a message queue of another process",
        "reach({'x86_64': 240, 'aarch64': 180}[platform.machine()], b'no-such-queue', 0, 0, None)",  # mq_open
        _SECCOMP,
    ),
    Attack(
        "keep a key",
        "reach({'x86_64': 250, 'aarch64': 219}[platform.machine()], 0, -3, 0)",  # keyctl
        _SECCOMP,
    ),
    Attack("use io_uring", "reach(425, 0, None)", _SECCOMP, bare=False),
    Attack(
        "load a program into the kernel",
        "reach({'x86_64': 321, 'aarch64': 280}[platform.machine()], 0, None, 0)",
        _SECCOMP,
    ),
    Attack("handle page faults", "reach({'x86_64': 323, 'aarch64': 282}[platform.machine()], 0xff)", _SECCOMP),
    Attack("count events", "reach({'x86_64': 298, 'aarch64': 241}[platform.machine()], None, 0, -1, -1, 0)", _SECCOMP),
    Attack("change the personality", "call({'x86_64': 135, 'aarch64': 92}[platform.machine()], 0xffffffff)", _SECCOMP),
    Attack(
        "name a file by its handle",
        "reach({'x86_64': 303, 'aarch64': 264}[platform.machine()], -100, b'.', None, None, 0)",  # name_to_handle_at
        _SECCOMP,
    ),
    Attack(
        "open a file by its handle",
        "reach({'x86_64': 304, 'aarch64': 265}[platform.machine()], -1, None, 0)",  # open_by_handle_at
        _SECCOMP,
    ),
    Attack("enter a namespace", "reach({'x86_64': 308, 'aarch64': 268}[platform.machine()], -1, 0)", _SECCOMP),
    Attack(
        "set an extended attribute",
        "call({'x86_64': 188, 'aarch64': 5}[platform.machine()], b'.', b'user.x', b'y', 1, 0)",
        _SECCOMP,
    ),
    Attack(
        "install another filter", "reach({'x86_64': 317, 'aarch64': 277}[platform.machine()], 9, 0, None)", _SECCOMP
    ),
    Attack(
        "take more than the limits allow",
        """
        import resource
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1))
        """,
        (Layer.CAPABILITIES, Layer.USER),
        bare=False,
    ),
    Attack(
        "limit another process",
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
        (Layer.SECCOMP, Layer.USER),
    ),
    Attack("outlive the server", "reach({'x86_64': 157, 'aarch64': 167}[platform.machine()], 1, 0, 0, 0, 0)", _SECCOMP),
)

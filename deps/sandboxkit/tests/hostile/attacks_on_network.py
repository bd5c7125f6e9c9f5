"""Attacks that talk to somebody."""

from __future__ import annotations

from hostile.attack import Attack
from sandboxkit.layers import Layer

_TCP = (Layer.SECCOMP, Layer.LANDLOCK, Layer.NAMESPACES)
_FAST_OPEN = 0x20000000

ATTACKS = (
    Attack("connect by TCP", 'socket.create_connection(("127.0.0.1", {PORT}), 5)', _TCP),
    Attack(
        "connect by TCP fast open",
        f"""
        line = socket.socket()
        line.sendto(b"x", {_FAST_OPEN}, ("127.0.0.1", {{PORT}}))
        """,
        (Layer.SECCOMP, Layer.NAMESPACES),
    ),
    Attack("listen by TCP", 'socket.create_server(("127.0.0.1", 0))', (Layer.SECCOMP, Layer.LANDLOCK)),
    Attack(
        "send by UDP",
        'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {PORT}))',
        (Layer.SECCOMP, Layer.NAMESPACES),
    ),
    Attack("connect to an abstract socket", 'socket.socket(socket.AF_UNIX).connect("\\0{ABSTRACT}")', _TCP),
    Attack(
        "connect to a socket in the file system",
        'socket.socket(socket.AF_UNIX).connect("{OTHER}/sup.sock")',
        (Layer.SECCOMP, Layer.VIEW),
    ),
    Attack(
        "send a datagram to a socket in the file system",
        'socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", "{OTHER}/dgram.sock")',
        (Layer.SECCOMP, Layer.VIEW),
    ),
    Attack("make a datagram pair", "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)", (Layer.SECCOMP,)),
    Attack(
        "make a sequenced packet pair", "socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)", (Layer.SECCOMP,)
    ),
    Attack("make a unix socket", "socket.socket(socket.AF_UNIX)", (Layer.SECCOMP,)),
    Attack("make an IPv6 socket", "socket.socket(socket.AF_INET6)", (Layer.SECCOMP,), bare=False),
    Attack("make a netlink socket", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", (Layer.SECCOMP,)),
    Attack(
        "make a raw socket",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        (Layer.SECCOMP, Layer.CAPABILITIES, Layer.USER),
    ),
    Attack("make a packet socket", "socket.socket(17, socket.SOCK_RAW, 0)", (Layer.SECCOMP,), bare=False),
    Attack("make a socket of the kernel's ciphers", "socket.socket(38, 5, 0)", (Layer.SECCOMP,), bare=False),
    Attack("make a socket to the host of a machine", "socket.socket(40, 1, 0)", (Layer.SECCOMP,), bare=False),
    Attack(
        "give a socket another owner for its signals",
        "import fcntl; fcntl.fcntl(3, 8, os.getppid())",  # F_SETOWN
        (Layer.SECCOMP,),
    ),
    Attack(
        "give a socket another owner by ioctl",
        'import fcntl; fcntl.ioctl(3, 0x8901, struct.pack("i", os.getppid()))',  # FIOSETOWN
        (Layer.SECCOMP,),
    ),
    Attack(
        "notify another process of a change",
        "import fcntl; fcntl.fcntl(os.open('.', os.O_RDONLY), 1026, 1)",  # F_NOTIFY
        (Layer.SECCOMP,),
    ),
    Attack(
        "learn the host's name",
        """
        if os.uname().nodename != "{HOSTNAME}":
            raise PermissionError(errno.EPERM, "hidden")
        """,
        (Layer.NAMESPACES,),
    ),
)

"""Attacks on files and on what the machine shows of other processes as files."""

from __future__ import annotations

from hostile.attack import Attack
from sandboxkit.layers import Layer

_FILES = (Layer.LANDLOCK, Layer.VIEW)
_NEW_KINDS = (Layer.LANDLOCK, Layer.SECCOMP)

ATTACKS = (
    Attack("read a file", 'open("{OTHER}/secret.txt").read()', _FILES),
    Attack("read a file of root", 'open("{OTHER}/private.txt").read()', (*_FILES, Layer.USER)),
    Attack(
        "read a file of another user",
        'open("{OTHER}/foreign.txt").read()',
        (*_FILES, Layer.USER, Layer.CAPABILITIES),
    ),
    Attack("list a folder", 'os.listdir("{OTHER}")', _FILES),
    Attack("list the root folder", 'os.listdir("/")', (Layer.LANDLOCK,)),
    Attack("append to a file", 'open("{OTHER}/writable.txt", "a").write("x")', _FILES),
    Attack("truncate a file", 'os.truncate("{OTHER}/writable.txt", 0)', _FILES),
    Attack("create a file", 'open("{OTHER}/drop/new", "w")', _FILES),
    Attack("create a folder", 'os.mkdir("{OTHER}/drop/new")', _FILES),
    Attack("delete a file", 'os.unlink("{OTHER}/drop/deletable.txt")', _FILES),
    Attack("rename a file", 'os.rename("{OTHER}/drop/deletable.txt", "{OTHER}/drop/new")', _FILES),
    Attack("take a file away", 'os.rename("{OTHER}/drop/deletable.txt", "taken")', _FILES, bare=False),
    Attack("write beside the work folder", 'open("../beside", "w")', (Layer.LANDLOCK, Layer.USER), bare=False),
    Attack(
        "read through a symbolic link",
        'os.symlink("{OTHER}/secret.txt", "link"); open("link").read()',
        (*_NEW_KINDS, Layer.VIEW),
    ),
    Attack("read through a hard link", 'os.link("{OTHER}/secret.txt", "{OTHER}/drop/link")', (*_NEW_KINDS, Layer.VIEW)),
    Attack("make a symbolic link", 'os.symlink("/", "link")', _NEW_KINDS),
    Attack("make a named pipe", 'os.mkfifo("pipe")', _NEW_KINDS),
    Attack(
        "make a device",
        'os.mknod("{OTHER}/drop/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))',
        (*_NEW_KINDS, Layer.CAPABILITIES, Layer.USER, Layer.VIEW),
    ),
    Attack(
        "change a mode",
        """
        os.chmod("{OTHER}/secret.txt", 0o606)
        if stat.S_IMODE(os.stat("{OTHER}/secret.txt").st_mode) != 0o606:
            raise PermissionError(errno.EPERM, "nothing happened")
        """,
        (Layer.SECCOMP, Layer.USER, Layer.VIEW),
    ),
    Attack(
        "change the time of a file",
        """
        os.utime("{OTHER}/writable.txt", (1, 1))
        if os.stat("{OTHER}/writable.txt").st_mtime != 1:
            raise PermissionError(errno.EPERM, "nothing happened")
        """,
        (Layer.SECCOMP, Layer.USER, Layer.VIEW),
    ),
    Attack(
        "change an owner",
        'os.chown("{OTHER}/secret.txt", 12345, 12345)',
        (Layer.SECCOMP, Layer.USER, Layer.CAPABILITIES, Layer.VIEW),
    ),
    Attack(
        "read the environment of the server",
        'open(f"/proc/{os.getppid()}/environ", "rb").read()',
        (Layer.LANDLOCK, Layer.USER),
    ),
    Attack("open the memory of the server", 'open(f"/proc/{os.getppid()}/mem", "rb")', (Layer.LANDLOCK, Layer.USER)),
    Attack("list descriptors of the server", 'os.listdir(f"/proc/{os.getppid()}/fd")', (Layer.LANDLOCK, Layer.USER)),
    Attack("see the root of the server", 'os.listdir(f"/proc/{os.getppid()}/root/")', (Layer.LANDLOCK, Layer.USER)),
    Attack("read the environment of a sibling", 'open("/proc/{SIB}/environ", "rb").read()', (Layer.LANDLOCK,)),
    Attack("list processes", 'os.listdir("/proc")', (Layer.LANDLOCK,)),
    Attack("read kernel settings", 'open("/proc/sys/kernel/osrelease").read()', (Layer.LANDLOCK,)),
    Attack(
        "write to the interpreter",
        'open(os.path.dirname(os.__file__) + "/sandbox-test.py", "w")',
        (Layer.LANDLOCK, Layer.USER, Layer.VIEW),
        bare=False,
    ),
)

"""Audit events and what is done about each.

The table of events is in the Python documentation, "Audit events table". Events that are not
listed here are allowed.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from .. import names
from ..facades.serialisation import is_acceptable, is_loadable
from .boundaries import Boundaries
from .databases import check_database

Judge = Callable[..., None]

_PROCESSES: Final = """
    os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty os.startfile os.startfile/2
    subprocess.Popen pty.spawn os.kill os.killpg signal.pthread_kill webbrowser.open
""".split()
_SYSTEM: Final = """
    os.link os.symlink os.chown os.lchown os.chflags os.lchflags os.setxattr os.removexattr
    os.lockf resource.setrlimit resource.prlimit syslog.openlog syslog.syslog
    syslog.setlogmask syslog.closelog fcntl.ioctl winreg.OpenKey msvcrt.open_osfhandle
    os.add_dll_directory sethostname socket.sethostname
""".split()
_INTERPRETER: Final = """
    gc.get_objects gc.get_referrers gc.get_referents sys.setprofile sys.settrace sys._current_frames
    sys._current_exceptions sys.addaudithook sys.monitoring.register_callback
    cpython.PyInterpreterState_New cpython.run_command cpython.run_file cpython.run_interactivehook
    cpython.run_module cpython.run_startup cpython.run_stdin setopencodehook sys.remote_exec
    ctypes.seh_exception ctypes.set_errno ctypes.PyObj_FromPtr sqlite3.enable_load_extension
    sqlite3.load_extension builtins.breakpoint pdb.Pdb code.interact ensurepip.bootstrap
""".split()
# What native parts of packages do while they are imported, and nobody later.
_NATIVE: Final = """
    ctypes.dlopen ctypes.dlsym ctypes.dlsym/handle ctypes.call_function ctypes.addressof
    ctypes.string_at ctypes.wstring_at ctypes.cdata ctypes.cdata/buffer
""".split()
_CONNECTIONS: Final = """
    socket.connect socket.bind socket.getaddrinfo socket.gethostbyname socket.gethostbyaddr
    socket.getnameinfo socket.sendto socket.sendmsg http.client.connect ftplib.connect
    imaplib.open poplib.connect smtplib.connect telnetlib.Telnet.open nntplib.connect
""".split()

# Names that code made from text outside the policy has no use for.
_EVASIVE: Final = names.FRAME_ATTRIBUTES | frozenset(
    """
    __subclasses__ __globals__ __builtins__ __import__ __code__ __bases__ __base__ __mro__ mro
    __getattribute__ __closure__ __self__ __func__ __loader__ __spec__ __reduce__ __reduce_ex__
    __array_interface__ __dict__ __init_subclass__ __traceback__ breakpoint
    """.split()
)

# Modules that generate code, from names that they check, and are trusted with special names.
_GENERATORS: Final = (
    *("dataclasses", "collections", "enum", "functools", "attr._make", "importlib._bootstrap"),
    "scipy._lib._bunch",
)


def judges(boundaries: Boundaries) -> Mapping[str, Judge]:
    """The function to call for each event, with the event's own arguments."""
    table: dict[str, Judge] = {
        **dict.fromkeys(_PROCESSES, _refuser("programs and signals are not available here")),
        **dict.fromkeys(_SYSTEM, _refuser("the operating system is not available here")),
        **dict.fromkeys(_INTERPRETER, _refuser("the interpreter's own machinery is not available here")),
        **_path_judges(boundaries),
        **_code_judges(),
    }
    if not boundaries.network:
        refusal = 'the network is off for this run; ask for it with "network": true'
        table.update(dict.fromkeys(_CONNECTIONS, _refuser(refusal)))
    else:
        table["socket.connect"] = table["socket.bind"] = _check_address
    return table


def _refuser(reason: str) -> Judge:
    def refuse(*_arguments: Any) -> NoReturn:
        raise PermissionError(reason)

    return refuse


def _check_address(_socket: Any, address: Any, *_rest: Any) -> None:
    """Network addresses are tuples; others are sockets in the file system."""
    if not isinstance(address, tuple):
        raise PermissionError("only network addresses can be connected to")


# -- files -----------------------------------------------------------------------------


def _path_judges(boundaries: Boundaries) -> dict[str, Judge]:
    entry = boundaries.check_entry

    def moved(source: Any, target: Any, source_directory: Any = -1, target_directory: Any = -1) -> None:
        entry(source, source_directory)
        entry(target, target_directory)

    return {
        "open": boundaries.check_open,
        "os.rename": moved,
        "os.remove": entry,
        "os.rmdir": entry,
        "os.mkdir": lambda path, _mode, directory=-1: entry(path, directory),
        "os.chmod": lambda path, _mode, directory=-1: entry(path, directory),
        "os.truncate": lambda path, _length: boundaries.check_write(path),
        "os.utime": lambda path, *_: boundaries.check_write(path),
        "os.chdir": boundaries.check_read,
        "os.listdir": boundaries.check_read,
        "os.scandir": boundaries.check_read,
        "os.getxattr": lambda path, _name: boundaries.check_read(path),
        "os.listxattr": boundaries.check_read,
        "sqlite3.connect": lambda path: check_database(boundaries, path),
    }


# -- code ------------------------------------------------------------------------------


def _code_judges() -> dict[str, Judge]:
    return {
        "exec": _check_code,
        "code.__new__": _refuse_users,
        "function.__new__": _refuse_users,
        "object.__getattr__": _refuse_users,
        "object.__setattr__": _check_machinery_write,
        "object.__delattr__": _check_machinery_write,
        "marshal.loads": _check_marshal,
        "marshal.load": _check_marshal,
        "pickle.find_class": _check_pickled,
        **dict.fromkeys(_NATIVE, _check_loading),
    }


def _caller() -> types.FrameType:
    """The frame that raised the event: above it are the judge, and the hook that called it."""
    return sys._getframe(3)


def _is_users(frame: types.FrameType) -> bool:
    return names.LOAD in frame.f_globals


def _refuse_users(*_arguments: Any) -> None:
    if _is_users(_caller()):
        raise PermissionError("the interpreter's own machinery is not available here")


def _check_machinery_write(_target: Any, name: str, *_rest: Any) -> None:
    """Libraries may give functions of their own other code (networkx does), but not by a name they were given."""
    caller = _caller()
    if _is_users(caller) or (name == "__code__" and "__code__" not in caller.f_code.co_names):
        raise PermissionError(f"{name} may not be changed")


def _check_marshal(*_arguments: Any) -> None:
    if not _caller().f_globals.get("__name__", "").startswith("importlib._bootstrap"):
        raise PermissionError("marshalled code cannot be loaded here")


def _check_pickled(module: str, name: str) -> None:
    if not (is_loadable(module, name) and is_acceptable(module, name)):
        raise PermissionError(f"{module}.{name} may not be loaded from a pickle here")


def _check_loading(*_arguments: Any) -> None:
    """Shared libraries are loaded, and their functions looked up, while packages are imported."""
    frame: types.FrameType | None = _caller()
    while frame is not None and not _is_users(frame):
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return
        frame = frame.f_back
    raise PermissionError("shared libraries cannot be loaded here")


def _check_code(code: Any) -> None:
    """Code that a library makes from text may not look behind the scenes."""
    caller = _caller()
    module = caller.f_globals.get("__name__", "")
    if isinstance(code, types.CodeType) and not module.startswith(_GENERATORS) and names.LOAD not in code.co_names:
        for found in _names_of(code):
            if found in _EVASIVE and not _is_library_file(code):
                raise PermissionError(f"code made from text may not use {found!r}")


def _is_library_file(code: types.CodeType) -> bool:
    return code.co_filename.endswith((".py", ".pyc")) and not code.co_filename.startswith("<")


def _names_of(code: types.CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names_of(constant)
    return found

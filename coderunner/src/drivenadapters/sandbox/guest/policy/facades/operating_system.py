"""``os``: paths and the working directory; no processes, no descriptors, no environment."""

from __future__ import annotations

import os
import posixpath
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..facade import Facade, chosen
from ..tools import Tools, labelled

_NAMES = """
    name sep altsep extsep pathsep linesep curdir pardir devnull defpath error fspath fsencode
    fsdecode PathLike urandom cpu_count getpid strerror get_exec_path stat_result DirEntry
    F_OK R_OK W_OK X_OK SEEK_SET SEEK_CUR SEEK_END O_RDONLY O_WRONLY O_RDWR terminal_size times
    process_cpu_count
""".split()

# Functions whose first argument, or first two, are paths.
_ON_ONE_PATH = """
    access chmod listdir lstat makedirs mkdir remove removedirs rmdir scandir stat truncate
    unlink utime walk
""".split()
_ON_TWO_PATHS = ("rename", "renames", "replace")
_DEFAULTS_TO_HERE = frozenset({"listdir", "scandir"})

_OF_ENTRIES = ("is_dir", "is_file", "is_symlink", "is_junction", "inode", "stat")

_SIGNALS = "SIGINT SIGTERM SIGALRM SIGKILL SIGUSR1 SIGUSR2 Signals strsignal".split()


def install(tools: Tools) -> None:
    """Register ``os``, ``os.path`` and ``signal``."""
    values = tools.attributes.values
    values.add_facade("os", lambda: _os(tools))
    values.add_rules("posix", dict.fromkeys(_OF_ENTRIES, _of_entry))
    values.add_facade("os.path", lambda: posixpath)
    values.add_facade("signal", lambda: chosen(signal, _SIGNALS))


def _of_entry(method: Any) -> Any:
    """A method of what ``os.scandir`` found; functions of ``posix`` bear the same names."""
    if isinstance(getattr(method, "__self__", None), os.DirEntry):
        return method
    raise AttributeError("use the os module")


def _os(tools: Tools) -> ModuleType:
    own: dict[str, Any] = {"path": posixpath, "getcwd": lambda: _current(tools), "environ": dict[str, str]()}
    own["getenv"] = own["environ"].get
    own["get_terminal_size"] = lambda *_: os.terminal_size((80, 24))
    for name in _ON_ONE_PATH:
        own[name] = _checked(tools, name, 1)
    for name in _ON_TWO_PATHS:
        own[name] = _checked(tools, name, 2)
    return _OperatingSystem.of(own)


class _OperatingSystem(Facade):
    """``os``; says of what it lacks why."""

    @classmethod
    def of(cls, own: dict[str, Any]) -> _OperatingSystem:
        """Build it from the harmless names and ``own`` ones."""
        facade = cls("os", os.__doc__)
        for name in _NAMES:
            if hasattr(os, name):
                setattr(facade, name, getattr(os, name))
        for name, value in own.items():
            setattr(facade, name, value)
        return facade

    def __getattr__(self, name: str) -> Any:
        if hasattr(os, name):
            raise AttributeError(f"os.{name} is not allowed here: it reaches the operating system")
        raise AttributeError(f"module 'os' has no attribute {name!r}")


def _current(tools: Tools) -> str:
    return tools.files.root or "/"


def _checked(tools: Tools, name: str, paths: int) -> Callable[..., Any]:
    real = getattr(os, name)

    def call(*arguments: Any, **keywords: Any) -> Any:
        if not arguments and name in _DEFAULTS_TO_HERE:
            arguments = (_current(tools),)
        for path in arguments[:paths]:
            tools.files.check(path)
        for unwanted in ("dir_fd", "src_dir_fd", "dst_dir_fd"):
            if keywords.pop(unwanted, None) is not None:
                raise PermissionError(f"{unwanted} is not available here")
        named = [keywords[key] for key in ("path", "name", "top", "src", "dst") if key in keywords]
        for path in named:
            tools.files.check(path)
        return real(*arguments, **keywords)

    return labelled(call, real)

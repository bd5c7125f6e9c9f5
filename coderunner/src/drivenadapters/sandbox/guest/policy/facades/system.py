"""``sys``: streams, versions and limits; not the modules, the frames or the hooks."""

from __future__ import annotations

import platform
import sys
from types import ModuleType
from typing import Any, NoReturn

from ..facade import Facade, chosen
from ..tools import Tools

_FACTS = """
    byteorder copyright float_info float_repr_style hash_info hexversion implementation int_info
    maxsize maxunicode platform version version_info api_version thread_info getdefaultencoding
    getfilesystemencoding getrecursionlimit setrecursionlimit getsizeof getrefcount intern
    getswitchinterval getallocatedblocks get_int_max_str_digits set_int_max_str_digits
    is_finalizing exc_info exception builtin_module_names stdlib_module_names
""".split()

_PLATFORM = """
    architecture libc_ver machine platform python_branch python_build python_compiler
    python_implementation python_revision python_version python_version_tuple release system version
""".split()


class SystemFacade(Facade):
    """``sys`` whose streams are the real ones, so that redirection works as everywhere."""

    writable = frozenset({"stdin", "stdout", "stderr"})

    @property
    def stdin(self) -> Any:
        """Standard input."""
        return sys.stdin

    @stdin.setter
    def stdin(self, stream: Any) -> None:
        sys.stdin = stream

    @property
    def stdout(self) -> Any:
        """Standard output."""
        return sys.stdout

    @stdout.setter
    def stdout(self, stream: Any) -> None:
        sys.stdout = stream

    @property
    def stderr(self) -> Any:
        """Standard error."""
        return sys.stderr

    @stderr.setter
    def stderr(self, stream: Any) -> None:
        sys.stderr = stream


def install(tools: Tools) -> None:
    """Register ``sys`` and ``platform``."""
    tools.attributes.values.add_facade("sys", _sys)
    tools.attributes.values.add_facade("platform", _platform)


def _sys() -> ModuleType:
    facade = SystemFacade("sys", sys.__doc__)
    for name in _FACTS:
        if hasattr(sys, name):
            setattr(facade, name, getattr(sys, name))
    own = {"argv": ["main.py"], "path": [], "flags": sys.flags, "exit": leave, "executable": "", "modules": {}}
    for name, value in own.items():
        setattr(facade, name, value)
    return facade


def leave(code: Any = None) -> NoReturn:
    """``sys.exit``, ``exit`` and ``quit``."""
    raise SystemExit(code)


def _platform() -> ModuleType:
    return chosen(platform, _PLATFORM, {"node": lambda: "localhost", "processor": platform.machine})

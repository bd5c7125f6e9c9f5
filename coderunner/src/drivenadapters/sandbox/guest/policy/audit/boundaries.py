"""What a run may touch."""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ..files import NO_DIRECTORY, OUTSIDE

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Read by libraries on their own account: MIME types, time zones, fonts, certificates, CPU counts.
_SYSTEM_FILES: Final = (
    *("/etc/mime.types", "/etc/localtime", "/etc/timezone", "/etc/fonts", "/etc/ssl", "/etc/pki"),
    *("/etc/httpd/mime.types", "/etc/apache2/mime.types", "/etc/nginx/mime.types"),
    *("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/fonts", "/usr/local/share/fonts"),
    *("/usr/share/fontconfig", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
    *("/dev/null", "/dev/urandom", "/dev/zero", "/sys/fs/cgroup/cpu.max", "/usr/share/mime"),
)
_WRITABLE_DEVICES: Final = frozenset({"/dev/null"})


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Resolved roots; every path is judged with its symbolic links followed."""

    workdir: str | None
    readable: tuple[str, ...]
    network: bool

    @classmethod
    def of(cls, workdir: str | None, readable: Iterable[str], *, network: bool) -> Boundaries:
        """Python's own directories, the system's data and ``readable`` may be read."""
        return cls(workdir and os.path.realpath(workdir), resolve_readable(tuple(readable)), network)

    def check_read(self, path: Any) -> None:
        """Raise PermissionError unless ``path`` may be read."""
        resolved = self._resolve(path)
        if resolved is not None and not (self._in_workdir(resolved) or self._is_readable(resolved)):
            raise self._outside(path)

    def check_write(self, path: Any) -> None:
        """Raise PermissionError unless ``path`` may be written, made, renamed or removed."""
        resolved = self._resolve(path)
        if resolved is not None and not (self._in_workdir(resolved) or resolved in _WRITABLE_DEVICES):
            raise self._outside(path)

    def check_open(self, path: Any, mode: Any, flags: Any) -> None:
        """Judge the ``open`` event: ``mode`` is None where ``os.open`` was called."""
        writing = isinstance(flags, int) and flags & _WRITING
        writing = writing or (isinstance(mode, str) and any(letter in mode for letter in "wax+"))
        if writing:
            self.check_write(path)
        else:
            self.check_read(path)

    def check_entry(self, path: Any, directory: Any = -1) -> None:
        """As ``check_write`` for the name itself: a link is not followed, its folder is.

        ``directory`` is the descriptor that the path is relative to, -1 for none.
        """
        text = self._text(path)
        if text is None:
            return
        if isinstance(directory, int) and directory >= 0:
            text = os.path.join(os.readlink(f"/proc/self/fd/{directory}"), text)
        head, tail = os.path.split(text.rstrip("/"))
        if tail in ("", ".", ".."):
            self.check_write(text)
            return
        if not self._in_workdir(os.path.realpath(head or ".")):
            raise self._outside(path)

    def _in_workdir(self, resolved: str) -> bool:
        return self.workdir is not None and _below(resolved, self.workdir)

    def _is_readable(self, resolved: str) -> bool:
        return any(_below(resolved, root) for root in self.readable)

    def _resolve(self, path: Any) -> str | None:
        text = self._text(path)
        return None if text is None else os.path.realpath(text)

    @staticmethod
    def _text(path: Any) -> str | None:
        """The path as text; None for a descriptor, which was judged when it was opened."""
        if path is None:
            return "."
        if isinstance(path, int):
            return None
        return os.fsdecode(path)

    def _outside(self, path: Any) -> PermissionError:
        advice = OUTSIDE if self.workdir is not None else NO_DIRECTORY
        shown = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else path
        return PermissionError(f"{shown!r}: {advice}")


@functools.cache
def resolve_readable(readable: tuple[str, ...]) -> tuple[str, ...]:
    """Resolve the readable directories; a fork server does it once for all of its workers."""
    roots = {os.path.realpath(path) for path in (*_python_roots(), *_SYSTEM_FILES, *readable) if path}
    return tuple(sorted(roots - {"/"}))


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def _python_roots() -> list[str]:
    """Directories of the interpreter's library and of installed packages."""
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages", ".zip", "lib-dynload"))]
    return [*paths, *packages, *site.getsitepackages()]

"""SQLite opens files by itself: by path, by URI, and from within SQL."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .boundaries import Boundaries

_ATTACH, _ALLOW, _REFUSE = 24, 0, 1  # SQLITE_ATTACH, SQLITE_OK, SQLITE_DENY


def check_database(boundaries: Boundaries, path: Any) -> None:
    """Raise PermissionError unless the database is in memory or in the working directory."""
    if isinstance(path, str) and (path in ("", ":memory:") or path.startswith("file::memory:")):
        return
    if isinstance(path, str) and path.startswith("file:"):
        raise PermissionError("databases are opened by path, not by URI")
    boundaries.check_write(path)


def guard_connections(boundaries: Boundaries) -> None:
    """Give each connection made from now on an authorizer that judges ATTACH and VACUUM INTO.

    The audit event of a new connection comes too early to set one.
    """
    for name in ("sqlite3", "sqlite3.dbapi2", "_sqlite3"):
        module = sys.modules.get(name)
        if module is not None:
            module.connect = _guarded(module.connect, boundaries)  # type: ignore[attr-defined]


def _guarded(connect: Callable[..., Any], boundaries: Boundaries) -> Callable[..., Any]:
    def guarded(*arguments: Any, **keywords: Any) -> Any:
        connection = connect(*arguments, **keywords)
        connection.set_authorizer(lambda action, target, *_: _authorized(boundaries, action, target))
        return connection

    guarded.__name__ = "connect"
    guarded.__module__ = "sqlite3"
    guarded.__doc__ = connect.__doc__
    return guarded


def _authorized(boundaries: Boundaries, action: int, target: Any) -> int:
    if action != _ATTACH:
        return _ALLOW
    try:
        check_database(boundaries, "file:" if target is None else target)
    except PermissionError:
        return _REFUSE
    return _ALLOW

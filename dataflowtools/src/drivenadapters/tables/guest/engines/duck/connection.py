"""An in-process database that reaches nothing outside itself."""

from __future__ import annotations

from typing import Any

import duckdb

from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.engines.sql_functions import MACROS

_SAFE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "python_enable_replacements": "false",  # no table is looked for among Python's variables
    "error_on_division_by_zero": "false",
    "ieee_floating_point_ops": "true",
    "preserve_insertion_order": "true",
    "temp_directory": "",
}


class Database:
    """One database of this process, which every connection shares; tables of a connection are its own.

    A confined worker cannot make one, since DuckDB looks at the machine's limits when it does. So the fork server makes
    it, with a single thread, which is what may be forked; the worker gives it threads and closes it off.
    """

    def __init__(self) -> None:
        self._first: Any = None
        self._closed_off = False

    def prepare(self) -> None:
        """Make the database, without any further thread."""
        if self._first is None:
            # Neither workers nor threads that wait for files: with a thread it could not be forked.
            self._first = duckdb.connect(":memory:", config={**_SAFE, "threads": "1", "async_threads": "0"})
            self._first.execute("SELECT 1").fetchall()

    def connect(self, limits: Limits) -> Any:
        """Return a new connection; the limits of the first one hold."""
        self.prepare()
        if not self._closed_off:
            self._first.execute(f"SET memory_limit = '{max(limits.memory_bytes >> 20, 32)}MiB'")
            self._first.execute(f"SET threads = {limits.threads}")
            self._first.execute("SET GLOBAL TimeZone = 'UTC'")
            self._first.execute("SET enable_external_access = false")
            self._first.execute("SET lock_configuration = true")
            self._closed_off = True
        connection = self._first.cursor()
        for macro in MACROS:
            connection.execute(macro)
        return connection


DATABASE = Database()


def connect(limits: Limits) -> Any:
    """Return a connection to an empty database whose configuration can no longer be changed."""
    return DATABASE.connect(limits)

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


def connect(limits: Limits) -> Any:
    """Return a connection to an empty database whose configuration can no longer be changed."""
    connection = duckdb.connect(":memory:", config=dict(_SAFE))
    connection.execute(f"SET memory_limit = '{max(limits.memory_bytes >> 20, 32)}MiB'")
    connection.execute(f"SET threads = {limits.threads}")
    connection.execute("SET TimeZone = 'UTC'")
    for macro in MACROS:
        connection.execute(macro)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection

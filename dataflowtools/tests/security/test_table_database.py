"""The database that workers are forked with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[2] / "src"
_LOOK = """
import os, sys
from drivenadapters.tables.guest.engines.duck.connection import Database
from drivenadapters.tables.guest.engines.limits import Limits
database = Database()
before = len(os.listdir("/proc/self/task"))
database.prepare()
print(len(os.listdir("/proc/self/task")) - before)
child = os.fork()
if child == 0:
    found = database.connect(Limits()).execute("SELECT sum(range) FROM range(1000000)").fetchall()
    os._exit(0 if found == [(499999500000,)] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_it_is_made_without_a_thread_and_works_after_a_fork() -> None:
    done = subprocess.run([sys.executable, "-c", _LOOK], cwd=_SOURCE, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]

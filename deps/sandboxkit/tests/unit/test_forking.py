"""Calls at a fork: those of the standard library are declined, others and what they are needed for stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOURCE = str(Path(__file__).resolve().parents[2] / "src")

_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from sandboxkit import forking
forking.decline_needless_calls()
import logging, os, random, threading
called = []
os.register_at_fork(after_in_child=lambda: called.append("own"))
before = random.getstate()
pid = os.fork()
if pid == 0:
    unchanged = random.getstate() == before
    forking.begin_child()
    started = threading.Thread(target=called.append, args=("thread",))
    started.start()
    started.join()
    good = unchanged and random.getstate() != before and called == ["own", "thread"]
    os._exit(0 if good else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_children_run_others_calls_only_and_have_random_numbers_and_threads_of_their_own() -> None:
    done = subprocess.run([sys.executable, "-I", "-c", _PROGRAM, SOURCE], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n", done.stderr

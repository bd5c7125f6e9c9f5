"""Fork and exit without any confinement: the least that a process of its own can take.

A script: ``forking.py COUNT [MODULE ...]`` imports the modules, forks so many children that
write one line and exit, and prints the seconds of each as JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time

_PIPE_BYTES = 16


def fork_once(reading: int, writing: int) -> float:
    """Return the seconds from fork to the exit of a child that wrote its line."""
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.write(writing, b"1\n")
        os._exit(0)
    os.read(reading, _PIPE_BYTES)
    os.waitpid(pid, 0)
    return time.perf_counter() - started


def main(count: int, modules: list[str]) -> None:
    """Import, fork, print."""
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    reading, writing = os.pipe()
    print(json.dumps([fork_once(reading, writing) for _ in range(count)]))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

"""Telling a process that ends from one that only looks like it."""

from __future__ import annotations

import os
import subprocess
import sys

from sandboxkit import kernel_usage

# Ends its first thread as a system call, which leaves the second one running behind a leader that looks dead.
_LEADERLESS = """
import ctypes, os, sys, threading
gone = threading.Event()
def work():
    stat = f"/proc/{os.getpid()}/task/{os.getpid()}/stat"
    while open(stat).read().rpartition(")")[2].split()[0] != "Z":
        pass
    os.write(1, b"alone")
    os.read(0, 1)
    os._exit(0)
threading.Thread(target=work).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)
"""


def test_a_living_process_is_not_exiting() -> None:
    assert not kernel_usage.is_exiting(os.getpid())


def test_a_process_that_is_gone_is_exiting() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert kernel_usage.is_exiting(ended.pid)


def test_a_process_that_ended_and_was_not_asked_for_its_status_is_exiting() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert kernel_usage.is_exiting(ended.pid)


def test_a_process_that_only_ended_its_first_thread_is_not_exiting() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _LEADERLESS], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(5) == b"alone"
        assert not kernel_usage.is_exiting(process.pid)
        process.stdin.write(b"x")

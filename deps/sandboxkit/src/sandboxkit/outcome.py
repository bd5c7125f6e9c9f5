"""What became of a run: verdicts come from the kernel and the supervisor, not the child."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from enum import StrEnum

from sandboxkit.files import OutputFile


class Verdict(StrEnum):
    """Why a run ended."""

    COMPLETED = "completed"
    WALL_TIME_EXCEEDED = "wall_time_exceeded"
    CPU_TIME_EXCEEDED = "cpu_time_exceeded"
    MEMORY_EXCEEDED = "memory_exceeded"
    FILES_EXCEEDED = "files_exceeded"
    POLICY_KILLED = "policy_killed"
    CRASHED = "crashed"
    EXITED = "exited"
    PROTOCOL_VIOLATED = "protocol_violated"
    LOST = "lost"


@dataclass(frozen=True)
class ExitReport:
    """What the kernel told the fork server about a dead child.

    Attributes:
        status: the wait status; None when the fork server died first.
        cpu_seconds: user and system time.
        peak_bytes: the largest resident set.
    """

    status: int | None
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Usage:
    """What a run consumed, as the kernel counted it.

    Attributes:
        wall_seconds: from handing over the job to its end.
        cpu_seconds: user and system time of the job alone.
        peak_bytes: the resident set at its largest, beyond what the ready worker held.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Attributes:
        verdict: why it ended.
        detail: the signal or exit code in words, for a message or a log.
        result: payload of the result frame, present if the verdict is COMPLETED.
        stdout, stderr: what was written, up to the cap.
        output_full: either of them reached its cap.
        files: what the run left in its work folder.
        files_left_out: names that were not collected, with the reason.
        usage: what it consumed.
    """

    verdict: Verdict
    detail: str
    result: bytes | None
    stdout: bytes
    stderr: bytes
    output_full: bool
    files: tuple[OutputFile, ...]
    files_left_out: tuple[tuple[str, str], ...]
    usage: Usage


_CRASH_SIGNALS = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP}
)


def judge_exit(report: ExitReport, cpu_limit: float) -> tuple[Verdict, str]:
    """Say why a child died that nobody killed and that left no result."""
    if report.status is None:
        return Verdict.LOST, "the fork server died"
    if os.WIFEXITED(report.status):
        return Verdict.EXITED, f"exit code {os.WEXITSTATUS(report.status)}"
    number = os.WTERMSIG(report.status)
    return _judge_signal(number, report.cpu_seconds >= cpu_limit), _name(number)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have none
        return f"signal {number}"


def _judge_signal(number: int, out_of_cpu: bool) -> Verdict:
    if number == signal.SIGXCPU or (number == signal.SIGKILL and out_of_cpu):
        return Verdict.CPU_TIME_EXCEEDED
    if number == signal.SIGKILL:
        # Not ours and not the CPU limit: children cannot signal each other, so it
        # was the kernel's out-of-memory killer.
        return Verdict.MEMORY_EXCEEDED
    if number == signal.SIGSYS:
        return Verdict.POLICY_KILLED
    return Verdict.CRASHED if number in _CRASH_SIGNALS else Verdict.EXITED

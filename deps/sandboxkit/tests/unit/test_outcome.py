"""The verdict that follows from how the kernel says a child ended."""

from __future__ import annotations

import signal

import pytest

from sandboxkit.outcome import ExitReport, Verdict, judge_exit

_LIMIT = 5.0


def _judge(status: int | None, cpu_seconds: float = 0.0) -> tuple[Verdict, str]:
    return judge_exit(ExitReport(status, cpu_seconds, 0), _LIMIT)


@pytest.mark.parametrize("code", [0, 1, 3, 70, 255])
def test_an_exit_without_a_result_is_named_by_its_code(code: int) -> None:
    assert _judge(code << 8) == (Verdict.EXITED, f"exit code {code}")


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (signal.SIGXCPU, Verdict.CPU_TIME_EXCEEDED),
        (signal.SIGSYS, Verdict.POLICY_KILLED),
        (signal.SIGSEGV, Verdict.CRASHED),
        (signal.SIGBUS, Verdict.CRASHED),
        (signal.SIGABRT, Verdict.CRASHED),
        (signal.SIGFPE, Verdict.CRASHED),
        (signal.SIGILL, Verdict.CRASHED),
        (signal.SIGTRAP, Verdict.CRASHED),
        (signal.SIGTERM, Verdict.EXITED),
        (signal.SIGALRM, Verdict.EXITED),
        (signal.SIGPIPE, Verdict.EXITED),
    ],
)
def test_a_signal_is_judged_and_named(number: signal.Signals, verdict: Verdict) -> None:
    assert _judge(int(number)) == (verdict, number.name)


def test_the_flag_of_a_core_dump_does_not_change_the_verdict() -> None:
    assert _judge(signal.SIGSEGV | 0x80) == (Verdict.CRASHED, "SIGSEGV")


@pytest.mark.parametrize("spent", [5.0, 5.5, 100.0])
def test_a_kill_at_the_processor_limit_is_that_limit(spent: float) -> None:
    assert _judge(signal.SIGKILL, spent) == (Verdict.CPU_TIME_EXCEEDED, "SIGKILL")


@pytest.mark.parametrize("spent", [0.0, 1.0, 4.9])
def test_a_kill_before_the_processor_limit_is_the_memory(spent: float) -> None:
    assert _judge(signal.SIGKILL, spent) == (Verdict.MEMORY_EXCEEDED, "SIGKILL")


def test_no_report_at_all_is_a_lost_run() -> None:
    assert _judge(None) == (Verdict.LOST, "the fork server died")


@pytest.mark.parametrize("number", sorted(set(range(1, 65)) - {32, 33}))
def test_every_signal_has_a_verdict(number: int) -> None:
    verdict, detail = _judge(number)
    assert isinstance(verdict, Verdict)
    assert detail

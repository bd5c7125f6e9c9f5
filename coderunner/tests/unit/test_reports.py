"""From a worker's end to a report; the result frame may be forged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json
from sandboxkit.files import OutputFile
from sandboxkit.outcome import Outcome, Usage, Verdict

from drivenadapters.sandbox.guest.results import MOST_CONTAINERS
from drivenadapters.sandbox.reports import report
from logics.domain import NamedFile, Program, RunReport, RunStatus

PROGRAM = Program(code="", timeout_s=2.5, memory_mb=64)
ERROR = {"type": "E", "message": "m", "line": 1, "column": 2, "traceback": "t", "hint": None}


def outcome(verdict: Verdict = Verdict.COMPLETED, **values: Any) -> Outcome:
    fields: dict[str, Any] = {
        "detail": "",
        "result": None,
        "stdout": b"",
        "stderr": b"",
        "output_full": False,
        "files": (),
        "files_left_out": (),
        "usage": Usage(0.0015, 0.0005, 3 << 19),
    }
    return Outcome(verdict=verdict, **{**fields, **values})


def frame(**values: Any) -> bytes:
    return json.dumps({"status": "success", "return_value": None, "error": None, **values}).encode()


def reported(result: bytes) -> RunReport:
    return report(outcome(result=result), PROGRAM, 0.0)


def test_a_success_has_its_value_output_files_and_usage() -> None:
    end = outcome(
        result=frame(return_value={"a": [1]}),
        stdout="é\n".encode(),
        stderr=b"\xff!",
        files=(OutputFile("a/b.txt", b"x"),),
    )
    told = report(end, PROGRAM, 0.25)
    assert (told.status, told.return_value, told.error) == (RunStatus.SUCCESS, {"a": [1]}, None)
    assert (told.stdout, told.stderr) == ("é\n", "\ufffd!")
    assert told.artifacts == (NamedFile("a/b.txt", b"x"),)
    assert not told.truncated
    assert vars(told.usage) == {"wall_ms": 1.5, "cpu_ms": 0.5, "peak_memory_mb": 1.5, "queued_ms": 250.0}


def test_an_error_keeps_what_the_guest_said() -> None:
    told = reported(frame(status="error", error=ERROR))
    assert told.status is RunStatus.ERROR
    assert told.error is not None
    assert vars(told.error) == ERROR


@pytest.mark.parametrize("status", ["success", "error", "memory_exceeded", "output_exceeded", "rejected"])
def test_a_guest_may_report_what_it_can_know(status: str) -> None:
    assert reported(frame(status=status)).status == status


@pytest.mark.parametrize(
    "status", ["timeout", "crashed", "completed", "", "SUCCESS", None, 1, True, [], {}, ["success"]]
)
def test_a_status_that_is_not_the_guest_s_to_say_is_a_crash(status: Any) -> None:
    told = reported(frame(status=status))
    assert told.status is RunStatus.CRASHED
    assert told.error is not None
    assert told.error.type == "ProtocolViolated"


@pytest.mark.parametrize(
    "result",
    [
        b"",
        b"x",
        b"\xff\xfe",
        b"null",
        b"1",
        b"[]",
        b'"success"',
        b"{}",
        b'{"status": "success"}',
        b'{"status": "success", "error": null}',
        frame(error="text"),
        frame(error=[]),
        frame(error=1),
        frame(error={}),
        frame(error={key: value for key, value in ERROR.items() if key != "hint"}),
        frame(return_value=0).replace(b"0", b"1" * 5000),
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"status": "success", "error": null, "return_value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda result: result[:40].decode("latin-1"),
)
def test_a_frame_that_no_guest_sends_is_a_crash(result: bytes) -> None:
    assert reported(result).status is RunStatus.CRASHED


@pytest.mark.parametrize("levels", [202, 300, 500, 900])
def test_a_value_nested_deeper_than_any_guest_sends_is_a_crash(levels: int) -> None:
    """Such a value could be parsed, but not written again."""
    told = reported(frame(return_value=0).replace(b"0", b"[" * levels + b"]" * levels))
    assert told.status is RunStatus.CRASHED


@pytest.mark.parametrize("levels", [1, 100, 200])
def test_a_value_nested_as_deep_as_a_guest_may_is_kept(levels: int) -> None:
    told = reported(frame(return_value=0).replace(b"0", b"[" * levels + b"]" * levels))
    assert told.status is RunStatus.SUCCESS
    assert to_json(told.return_value).count(b"[") == levels


@pytest.mark.parametrize("brackets", [b"[", b"{", b"[{", b'"["'])
def test_a_frame_of_too_many_lists_and_objects_is_refused_unread(brackets: bytes) -> None:
    told = reported(brackets * (MOST_CONTAINERS + 1))
    assert (told.status, told.return_value) == (RunStatus.OUTPUT_EXCEEDED, None)
    assert told.error is not None
    assert told.error.type == "ReturnValueTooLarge"
    assert str(MOST_CONTAINERS) in told.error.message
    assert "artifact" in (told.error.hint or "")


def test_as_many_lists_and_objects_as_there_may_be_are_kept() -> None:
    told = reported(frame(return_value=[[]] * (MOST_CONTAINERS - 2)))
    assert told.status is RunStatus.SUCCESS


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_written_as_null(number: str) -> None:
    told = reported(frame(return_value=[0]).replace(b"[0]", f"[{number}]".encode()))
    assert json.loads(to_json(told.return_value, inf_nan_mode="null")) == [None]


@pytest.mark.parametrize("position", [True, False, 0, -1, 1.5, "1", [], {}, None])
def test_a_line_that_is_no_positive_integer_is_none(position: Any) -> None:
    told = reported(frame(status="error", error={**ERROR, "line": position, "column": position}))
    assert told.error is not None
    assert (told.error.line, told.error.column) == (None, None)


@pytest.mark.parametrize("field", ["type", "message", "traceback", "hint"])
@pytest.mark.parametrize("value", [1, True, [1], {"a": 1}, 1e308])
def test_text_of_a_forged_error_is_text(field: str, value: Any) -> None:
    told = reported(frame(status="error", error={**ERROR, field: value}))
    assert told.error is not None
    assert getattr(told.error, field) == str(value)


@given(st.binary() | st.text().map(str.encode))
def test_no_frame_breaks_the_supervisor(result: bytes) -> None:
    assert isinstance(reported(result), RunReport)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ERROR, "status", "error"]), inner),
    )
)
def test_no_json_breaks_the_supervisor(value: Any) -> None:
    for message in (value, {"status": "error", "return_value": value, "error": value}):
        told = reported(json.dumps(message).encode())
        to_json(told.return_value, inf_nan_mode="null") if not has_surrogates(told.return_value) else None


def has_surrogates(value: Any) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize(
    ("verdict", "status", "error"),
    [
        (Verdict.WALL_TIME_EXCEEDED, "timeout", "TimeoutError"),
        (Verdict.CPU_TIME_EXCEEDED, "timeout", "TimeoutError"),
        (Verdict.MEMORY_EXCEEDED, "memory_exceeded", "MemoryError"),
        (Verdict.FILES_EXCEEDED, "output_exceeded", "WorkingDirectoryFull"),
        (Verdict.POLICY_KILLED, "rejected", "ProtocolViolated"),
        (Verdict.CRASHED, "crashed", "InterpreterCrashed"),
        (Verdict.EXITED, "crashed", "ProcessExited"),
        (Verdict.LOST, "crashed", "WorkerLost"),
        (Verdict.PROTOCOL_VIOLATED, "crashed", "ProtocolViolated"),
    ],
)
def test_each_verdict_has_its_status_and_explanation(verdict: Verdict, status: str, error: str) -> None:
    told = report(outcome(verdict, detail="SIGSEGV", stdout=b"kept"), PROGRAM, 0.0)
    assert (told.status, told.stdout, told.return_value) == (status, "kept", None)
    assert told.error is not None
    assert told.error.type == error


def test_the_verdict_of_the_supervisor_is_above_what_the_guest_says() -> None:
    told = report(outcome(Verdict.WALL_TIME_EXCEEDED, result=frame(return_value=1)), PROGRAM, 0.0)
    assert (told.status, told.return_value) == (RunStatus.TIMEOUT, None)


@pytest.mark.parametrize(
    ("verdict", "detail", "words"),
    [
        (Verdict.WALL_TIME_EXCEEDED, "", "after 2.5 seconds"),
        (Verdict.CPU_TIME_EXCEEDED, "", "seconds of processor time"),
        (Verdict.MEMORY_EXCEEDED, "", "more than 64 MiB"),
        (Verdict.CRASHED, "SIGBUS", "SIGBUS"),
        (Verdict.EXITED, "exit code 3", "exit code 3"),
    ],
)
def test_an_explanation_tells_the_limit_or_the_reason(verdict: Verdict, detail: str, words: str) -> None:
    told = report(outcome(verdict, detail=detail), PROGRAM, 0.0)
    assert told.error is not None
    assert words in told.error.message


def test_a_failure_of_the_worker_itself_is_not_the_program_s() -> None:
    told = report(outcome(Verdict.EXITED, detail="exit code 70"), PROGRAM, 0.0)
    assert told.status is RunStatus.CRASHED
    assert told.error is not None
    assert told.error.type == "WorkerFailed"
    assert told.error.message == "the worker itself failed; the operator's log has the reason"


def test_full_output_names_the_setting() -> None:
    told = report(outcome(result=frame(status="output_exceeded"), output_full=True), PROGRAM, 0.0)
    assert told.truncated
    assert told.error is not None
    assert "MAX_OUTPUT_KB" in (told.error.hint or "")


def test_files_that_were_left_out_are_told_and_count_as_truncation() -> None:
    told = report(outcome(result=frame(), files_left_out=(("a", "too big"),)), PROGRAM, 0.0)
    assert told.truncated
    assert told.left_out == (("a", "too big"),)

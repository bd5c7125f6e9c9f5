"""What a worker does around the program itself; in this process, without the language layer."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from drivenadapters.sandbox.guest import figures
from drivenadapters.sandbox.guest.program import ProgramGuest, _Execution
from drivenadapters.sandbox.guest.results import MOST_CONTAINERS
from drivenadapters.sandbox.guest.streams import Streams


class Interruption(BaseException):
    """No Exception, as a program's own class may be."""


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))  # put back afterwards
    return Streams(io.StringIO(), io.StringIO(), io.StringIO())


def result(streams: Streams, code: str) -> dict[str, Any]:
    return _Execution(None, {"code": code, "inputs": {}}, streams, lambda _: None).result(b"")


def encoded(value: Any, largest: int = 1 << 24) -> bytes:
    guest = ProgramGuest("light", [], {}, [], [], largest)
    return guest._encode({"status": "success", "return_value": value, "error": None})


@pytest.mark.parametrize("reason", [ValueError("no font"), Interruption("no font"), SystemExit("no font")])
def test_a_figure_that_cannot_be_saved_leaves_the_result_and_is_told(
    monkeypatch: pytest.MonkeyPatch, streams: Streams, reason: BaseException
) -> None:
    def fail() -> None:
        raise reason

    monkeypatch.setattr(figures, "save_open_figures", fail)
    told = result(streams, "def main():\n    return 7")
    assert (told["status"], told["return_value"]) == ("success", 7)
    assert isinstance(streams.stderr, io.StringIO)
    assert streams.stderr.getvalue() == "a figure could not be saved: no font\n"


def test_a_closed_stream_does_not_turn_an_unsaved_figure_into_a_failure(
    monkeypatch: pytest.MonkeyPatch, streams: Streams
) -> None:
    def fail() -> None:
        raise ValueError

    monkeypatch.setattr(figures, "save_open_figures", fail)
    told = result(streams, "import sys\nsys.stderr.close()\ndef main():\n    return 7")
    assert told["return_value"] == 7


def test_a_value_within_both_limits_is_sent_as_it_is() -> None:
    assert encoded([[]] * (MOST_CONTAINERS - 2)).count(b"[") == MOST_CONTAINERS - 1


def test_a_value_of_more_lists_and_objects_than_its_supervisor_reads_is_refused_by_the_worker() -> None:
    answer = encoded([[]] * MOST_CONTAINERS)
    assert b'"output_exceeded"' in answer
    assert b"ReturnValueTooLarge" in answer
    assert b"200002 lists and objects" in answer


def test_a_value_of_too_many_bytes_names_the_setting() -> None:
    answer = encoded("x" * 2000, largest=1000)
    assert b"ReturnValueTooLarge" in answer
    assert b"MAX_RESULT_MB" in answer

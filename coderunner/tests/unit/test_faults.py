"""Errors told in terms of the user's lines."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from drivenadapters.sandbox.guest.faults import FILENAME, describe, is_out_of_memory


def fault_of(source: str) -> dict[str, Any]:
    """Run a program under the guest's file name and describe what it raises."""
    try:
        code = compile(source, FILENAME, "exec", dont_inherit=True)
        exec(code, {"__name__": "__main__"})  # noqa: S102 - the tests' own programs
    except BaseException as error:  # noqa: BLE001 - SystemExit too
        return describe(error, source)
    raise AssertionError("the program did not fail")


def test_line_and_column_are_those_of_the_failing_expression() -> None:
    fault = fault_of("x = 1\ny = 0\nz = 3 + x / y\n")
    assert (fault["type"], fault["message"]) == ("ZeroDivisionError", "division by zero")
    assert (fault["line"], fault["column"]) == (3, 9)


def test_the_innermost_line_of_the_user_is_the_one_told() -> None:
    fault = fault_of("def f(x):\n    return 1 / x\n\nf(0)\n")
    assert fault["line"] == 2
    assert fault["traceback"] == (
        "Traceback (most recent call last):\n"
        '  File "<code>", line 4, in <module>\n'
        "    f(0)\n"
        '  File "<code>", line 2, in f\n'
        "    return 1 / x\n"
        "ZeroDivisionError: division by zero"
    )


def test_frames_of_libraries_are_left_out() -> None:
    fault = fault_of("import json\njson.loads('{')\n")
    assert fault["line"] == 2
    assert "json/decoder" not in fault["traceback"]
    assert fault["traceback"].count("File ") == 1


def test_frames_of_the_service_are_left_out() -> None:
    assert __file__ not in fault_of("1 / 0")["traceback"]


def test_methods_are_named_with_their_class() -> None:
    assert "in A.run" in fault_of("class A:\n    def run(self):\n        1 / 0\nA().run()\n")["traceback"]


def test_a_cause_is_told_before_the_error_it_led_to() -> None:
    text = fault_of("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e\n")["traceback"]
    first, second = text.split("The above exception was the direct cause of the following exception:")
    assert "ZeroDivisionError" in first
    assert second.endswith("ValueError: no")


def test_an_error_during_handling_is_told_with_what_was_handled() -> None:
    text = fault_of("try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['x']\n")["traceback"]
    assert "During handling of the above exception, another exception occurred:" in text
    assert text.index("ZeroDivisionError") < text.index("KeyError")


def test_a_suppressed_context_is_left_out() -> None:
    source = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no') from None\n"
    assert "ZeroDivisionError:" not in fault_of(source)["traceback"]


def test_errors_that_cause_each_other_end() -> None:
    source = "a = ValueError('a')\nb = ValueError('b')\na.__cause__ = b\nb.__cause__ = a\nraise a\n"
    assert fault_of(source)["traceback"].count("ValueError: ") == 2


def test_a_very_long_chain_is_cut() -> None:
    source = (
        "e = ValueError('first')\n"
        "for i in range(2000):\n"
        "    n = ValueError(i)\n"
        "    n.__cause__ = e\n"
        "    e = n\n"
        "raise e\n"
    )
    assert fault_of(source)["traceback"].count("direct cause") < 25


@pytest.mark.parametrize(
    ("source", "kind", "line", "column"),
    [
        ("x = (\n", "SyntaxError", 1, 5),
        ("a = 1\nb = = 2\n", "SyntaxError", 2, 5),
        ("if True:\nx = 1\n", "IndentationError", 2, 1),
        ("if True:\n    x = 1\n\ty = 2\n", "TabError", 3, None),
        ("return = 1", "SyntaxError", 1, 8),
    ],
)
def test_a_syntax_error_has_its_place(source: str, kind: str, line: int, column: int | None) -> None:
    fault = fault_of(source)
    assert (fault["type"], fault["line"]) == (kind, line)
    assert column is None or fault["column"] == column
    assert kind in fault["traceback"]


def test_a_syntax_error_in_text_that_the_program_evaluates_is_placed_at_the_call() -> None:
    assert fault_of("x = 1\neval('1 +')\n")["line"] == 2


def test_recursion_without_end_is_told_once_with_a_hint() -> None:
    fault = fault_of("def f(n):\n    return f(n + 1)\nf(0)\n")
    assert (fault["type"], fault["line"]) == ("RecursionError", 2)
    assert "calls itself" in fault["hint"]
    assert "more ..." in fault["traceback"]
    assert len(fault["traceback"]) < 3000


def test_missing_standard_input_has_a_hint() -> None:
    assert "stdin" in fault_of("raise EOFError")["hint"]


def test_an_error_without_hint_has_none() -> None:
    assert fault_of("1 / 0")["hint"] is None


@pytest.mark.parametrize("raised", ["KeyError", "SystemExit", "KeyboardInterrupt"])
def test_an_error_whose_text_raises_is_described_all_the_same(raised: str) -> None:
    fault = fault_of(f"class Odd(Exception):\n    def __str__(self):\n        raise {raised}\nraise Odd\n")
    assert (fault["type"], fault["message"]) == ("Odd", "<unprintable>")


def test_a_very_long_message_is_cut() -> None:
    assert len(fault_of("raise ValueError('x' * 10**6)")["message"]) == 4000


def test_a_very_long_line_is_cut() -> None:
    assert len(fault_of("1 / 0 #" + "x" * 10_000)["traceback"]) < 500


def test_an_error_of_no_line_of_the_user_has_no_place() -> None:
    fault = describe(ValueError("odd"), "")
    assert (fault["line"], fault["column"]) == (None, None)
    assert fault["traceback"] == "ValueError: odd"


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory"), RuntimeError("can't start new thread")],
)
def test_the_memory_limit_is_recognised_in_each_disguise(error: BaseException) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "no"), RuntimeError("no"), ValueError("memory")])
def test_other_errors_are_not_taken_for_the_memory_limit(error: BaseException) -> None:
    assert not is_out_of_memory(error)

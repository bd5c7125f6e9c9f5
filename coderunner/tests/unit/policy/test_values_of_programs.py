"""What a program gives back: a top-level return, or its last expression."""

from __future__ import annotations

import io

import pytest

from drivenadapters.sandbox.guest.policy import Policy, Returned, running
from unit.policy.conftest import Run


def test_the_last_expression_is_the_value(execute: Run) -> None:
    assert execute("x = 2\nx * 3") == Returned(6, present=True)


@pytest.mark.parametrize("source", ["x = 1", "", "print('x')", "def f(): return 1", "None"])
def test_without_one_there_is_no_value(source: str, execute: Run) -> None:
    assert execute(source) == Returned(present=False)


def test_a_top_level_return_ends_the_program(execute: Run) -> None:
    output = io.StringIO()
    assert execute("print(1)\nif True:\n    return {'a': 1}\nprint(2)", output) == Returned({"a": 1}, present=True)
    assert output.getvalue() == "1\n"


def test_a_return_in_try_runs_finally_and_no_handler(execute: Run) -> None:
    source = """
log = []
try:
    return log
except BaseException:
    log.append('caught')
finally:
    log.append('end')
"""
    assert execute(source).value == ["end"]


def test_variables_of_a_returning_program_are_global(execute: Run) -> None:
    source = """
count: int = 0
from math import *
import json as j
def step():
    global count
    count += 1
    return helper() + sqrt(4)
def helper(): return 1
class A:
    total = count
for i in range(2):
    n: int = i
try:
    1 / 0
except ZeroDivisionError as e:
    kind = type(e).__name__
with __import__('contextlib').nullcontext(5) as s:
    pass
squares = [k * k for k in range(3) if (last := k) >= 0]
match (1, 2):
    case (p, *q):
        pass
return step(), count, A.total, i, n, kind, s, squares, last, p, q, j.dumps(1), globals()['n']
"""
    assert execute(source).value == (3.0, 1, 0, 1, 1, "ZeroDivisionError", 5, [0, 1, 4], 2, 1, [2], "1", 1)


def test_return_and_await_go_together(execute: Run) -> None:
    source = (
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 3\nx = await f()\nreturn x + await f()"
    )
    assert execute(source).value == 6


def test_the_last_expression_may_await(execute: Run) -> None:
    assert execute("import asyncio\nasync def f(): return 3\nawait f()").value == 3


def test_a_return_after_a_last_expression_is_the_same_function(execute: Run) -> None:
    assert execute("if False:\n    return 1\n2 + 3").value == 5


def test_functions_of_the_program_can_be_called_afterwards(policy: Policy) -> None:
    from drivenadapters.sandbox.guest.policy import run

    output = io.StringIO()
    namespace = policy.namespace(stdin=io.StringIO(), stdout=output, stderr=output, workdir=None)
    run(policy.compile("def main(x):\n    print(x)\n    return x * 2"), namespace)
    with running(namespace):
        assert namespace["main"](4) == 8
    assert output.getvalue() == "4\n"


def test_runs_do_not_share_variables(execute: Run) -> None:
    execute("leftover = 1")
    with pytest.raises(NameError):
        execute("leftover")


def test_what_a_program_raises_passes_through(execute: Run) -> None:
    with pytest.raises(ZeroDivisionError):
        execute("1 / 0")
    with pytest.raises(SystemExit):
        execute("exit(2)")


def test_the_streams_of_the_process_come_back(execute: Run) -> None:
    import sys

    before = sys.stdout, sys.stderr, sys.stdin, sys.modules["__main__"]
    with pytest.raises(ZeroDivisionError):
        execute("import sys\nsys.stdout = None\n1 / 0")
    assert (sys.stdout, sys.stderr, sys.stdin, sys.modules["__main__"]) == before

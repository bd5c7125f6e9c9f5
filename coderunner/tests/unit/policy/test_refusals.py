"""What is refused while compiling, where, and with which advice."""

from __future__ import annotations

import pytest

from drivenadapters.sandbox.guest.policy import Policy, PolicyViolation, Problem


def problems(policy: Policy, source: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyViolation) as caught:
        policy.compile(source)
    return caught.value.problems


def test_a_problem_says_where_and_how_else(policy: Policy) -> None:
    [problem] = problems(policy, "x = 1\ny = x.__globals__")
    assert (problem.line, problem.column) == (2, 5)
    assert problem.message == "the attribute '__globals__' is not available"
    assert "arguments" in problem.hint


def test_all_problems_are_told_in_source_order(policy: Policy) -> None:
    source = "a.__globals__\nclass A:\n    __prepare__ = 1\nb = __builtins__\nc.f_back"
    assert [problem.line for problem in problems(policy, source)] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    "source",
    [
        "f.__code__",
        "f.__closure__",
        "f.__globals__ = {}",
        "del f.__code__",
        "x.__bases__ = ()",
        "x.__self__",
        "g.gi_frame",
        "t.tb_frame",
        "__builtins__",
        "__loader__",
        "__spec__ = 1",
        "def f(__builtins__): pass",
        "import json as __builtins__",
        "for __build_class__ in []: pass",
        "global __builtins__",
        "class A:\n    __array_interface__ = {}",
        "class A:\n    def __getnewargs_ex__(self): pass",
        "class A:\n    for __class__ in []: pass",
        "class A:\n    import json as __prepare__",
        "class A:\n    __annotations__['x'] = 1",
        "class A:\n    class __dict__: pass",
        "match x:\n    case object(__globals__=g): pass",
        "match x:\n    case object(f_globals=g): pass",
        "x.__subclasses__ += 1",
        "with a as b.__code__: pass",
        "[y for x.__bases__ in z]",
        "f'{x.__globals__}'",
        "lambda: x.__globals__",
        "@x.__globals__\ndef f(): pass",
        "def f(a: x.__globals__): pass",
        "x: y.__globals__ = 1",
        "async def f():\n    async for a.__code__ in b: pass",
        "del x.__code__",
        "(x.__code__ for y in z)",
        "type A = x.__globals__" if __import__("sys").version_info >= (3, 12) else "x.__globals__",
    ],
)
def test_what_leads_to_the_machinery_is_refused(source: str, policy: Policy) -> None:
    assert problems(policy, source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("(" * 300 + ")" * 300, "nested"),
        ("x = '\ud800'", "surrogate"),
        ("a\0b", "null"),
        ("-" * 200_000 + "1", "deep"),
    ],
)
def test_what_no_compiler_takes_is_refused_with_a_reason(source: str, words: str, policy: Policy) -> None:
    with pytest.raises((PolicyViolation, SyntaxError)) as caught:
        policy.compile(source)
    assert any(word in str(caught.value).lower() for word in (words, "complex", "parenthes"))


def test_a_syntax_error_is_cpythons_own(policy: Policy) -> None:
    with pytest.raises(SyntaxError) as caught:
        policy.compile("x = 1\nif x\n    pass", "main.py")
    assert (caught.value.lineno, caught.value.filename, caught.value.msg) == (2, "main.py", "expected ':'")
    for source in ("break", "nonlocal x", "def f():\n    x = 1\n    global x", "class A:\n    return 1", "yield 1"):
        with pytest.raises(SyntaxError):
            policy.compile(source)


def test_a_traceback_points_at_the_users_line(policy: Policy) -> None:
    import io
    import traceback

    from drivenadapters.sandbox.guest.policy import run

    namespace = policy.namespace(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO(), workdir=None)
    code = policy.compile("import math\n\ndef f(x):\n    return (x +\n            x.missing)\nf(math)", "main.py")
    with pytest.raises(AttributeError) as caught:
        run(code, namespace)
    frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == "main.py"]
    assert [(frame.name, frame.lineno) for frame in frames] == [("<module>", 6), ("f", 5)]

"""``doctest`` for a program's own docstrings: the examples run under the policy."""

from __future__ import annotations

import contextlib
import doctest
import io
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from ..evaluation import Evaluation, visible
from ..facade import chosen
from ..ownership import is_own_class, is_own_function, namespace_of
from ..tools import Tools

_PUBLIC = """
    TestResults OutputChecker ELLIPSIS NORMALIZE_WHITESPACE IGNORE_EXCEPTION_DETAIL SKIP REPORT_NDIFF
    DONT_ACCEPT_TRUE_FOR_1 DONT_ACCEPT_BLANKLINE FAIL_FAST REPORT_UDIFF REPORT_CDIFF
    REPORT_ONLY_FIRST_FAILURE
""".split()
_LINE = "*" * 70


def install(tools: Tools) -> None:
    """Register ``doctest``."""
    tools.attributes.values.add_facade("doctest", lambda: _doctest(tools.evaluation))


def _doctest(evaluation: Evaluation) -> ModuleType:
    def testmod(
        m: Any = None, name: Any = None, globs: Any = None, verbose: bool = False, optionflags: int = 0, **_options: Any
    ) -> Any:
        """Run the examples of the program's functions, classes and methods."""
        variables = visible(sys._getframe(1).f_globals if globs is None else globs)
        return _run(evaluation, _docstrings(variables), variables, optionflags, verbose=bool(verbose))

    def run_docstring_examples(
        f: Any, globs: Any, verbose: bool = False, name: str = "NoName", compileflags: Any = None, optionflags: int = 0
    ) -> None:
        """Run the examples of one object."""
        found = [(name, str(f if isinstance(f, str) else f.__doc__ or ""))]
        _run(evaluation, iter(found), visible(globs), optionflags, verbose=bool(verbose))

    return chosen(doctest, _PUBLIC, {"testmod": testmod, "run_docstring_examples": run_docstring_examples})


def _docstrings(variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and docstrings of the program and what it defines."""
    yield "__main__", str(variables.get("__doc__") or "")
    for name, value in variables.items():
        if is_own_function(value):
            yield f"__main__.{name}", value.__doc__ or ""
        elif isinstance(value, type) and is_own_class(value):
            yield from _of_class(f"__main__.{name}", value)


def _of_class(name: str, cls: type) -> Iterator[tuple[str, str]]:
    yield name, str(namespace_of(cls).get("__doc__") or "")
    for member, value in namespace_of(cls).items():
        function = getattr(value, "fget", None) if isinstance(value, property) else getattr(value, "__func__", value)
        if is_own_function(function):
            yield f"{name}.{member}", str(getattr(function, "__doc__", None) or "")


def _run(
    evaluation: Evaluation, found: Iterator[tuple[str, str]], variables: dict[str, Any], flags: int, *, verbose: bool
) -> Any:
    failed = attempted = 0
    for name, text in found:
        namespace = dict(variables)
        for example in doctest.DocTestParser().get_examples(text, name):
            options = _options(flags, example)
            if options & doctest.SKIP:
                continue
            attempted += 1
            got = _output(evaluation, example, namespace)
            passed = _passes(example, got, options)
            failed += not passed
            if verbose or not passed:
                sys.stdout.write(_report(name, example, got, passed=passed))
    return doctest.TestResults(failed, attempted)


def _options(flags: int, example: doctest.Example) -> int:
    for flag, is_set in example.options.items():
        flags = flags | flag if is_set else flags & ~flag
    return flags


def _output(evaluation: Evaluation, example: doctest.Example, namespace: dict[str, Any]) -> str:
    """What the example prints, its value included, or the last line of what it raises."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        try:
            value = evaluation.interactive(example.source, namespace)
            if value is not None:
                stream.write(f"{value!r}\n")
        except Exception as error:  # noqa: BLE001 - an example may be meant to fail
            return traceback.format_exception_only(error)[-1]
    return stream.getvalue()


def _passes(example: doctest.Example, got: str, options: int) -> bool:
    want = example.want if example.exc_msg is None else example.exc_msg
    if example.exc_msg is not None and options & doctest.IGNORE_EXCEPTION_DETAIL:
        want, got = (text.partition(":")[0].rpartition(".")[2].strip() for text in (want, got))
    return doctest.OutputChecker().check_output(want, got, options)


def _report(name: str, example: doctest.Example, got: str, *, passed: bool) -> str:
    source, want = (_indented(text) for text in (example.source, example.want))
    if passed:
        return f"Trying:\n{source}Expecting:\n{want or '    nothing' + chr(10)}ok\n"
    told = f"Expected:\n{want}" if want else "Expected nothing\n"
    heading = f"{_LINE}\nline {example.lineno + 1}, in {name}\nFailed example:\n"
    return f"{heading}{source}{told}Got:\n{_indented(got)}" if got else f"{heading}{source}{told}Got nothing\n"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())

"""Running compiled code in its namespace."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TextIO

from . import names

CONTEXT: Final = "<context>"
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Returned:
    """What a program gave back: the value of its top-level ``return`` or last expression.

    ``present`` is False where there was neither, or where the last expression was None.
    """

    value: Any = None
    present: bool = False


@dataclass(frozen=True, slots=True)
class RunContext:
    """What belongs to one run beside its variables."""

    module: types.ModuleType
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO


@contextmanager
def running(namespace: dict[str, Any]) -> Iterator[None]:
    """While user code of ``namespace`` runs: its streams are the process's, its module is main.

    Libraries find classes of the program in ``sys.modules["__main__"]``, and write to
    ``sys.stdout``. Nests; wrap later calls of functions of the program in it, too.
    """
    context: RunContext = namespace[CONTEXT]
    before = (sys.stdin, sys.stdout, sys.stderr, sys.modules.get("__main__"))
    if before[3] is context.module:
        yield
        return
    sys.stdin, sys.stdout, sys.stderr = context.stdin, context.stdout, context.stderr
    sys.modules["__main__"] = context.module
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before[:3]
        if before[3] is not None:
            sys.modules["__main__"] = before[3]


def run(code: types.CodeType, namespace: dict[str, Any]) -> Returned:
    """Execute ``code`` in ``namespace``; whatever the program raises passes through."""
    with running(namespace):
        coroutine = eval(code, namespace)  # noqa: S307 - compiled by the policy
        if isinstance(coroutine, types.CoroutineType):
            asyncio.run(coroutine)
    value = namespace.pop(names.RESULT, _ABSENT)
    if value is _ABSENT or value is None:
        return Returned(present=False)
    return Returned(value, present=True)

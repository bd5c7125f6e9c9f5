"""Source text to code object, or the reasons why not."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from . import toplevel
from .problems import PolicyViolation, Problem
from .transformer import Transformer

# The visitor takes a few frames a level; a sum of 500 terms is 500 levels deep.
_NESTING: Final = 10_000


@dataclass(frozen=True, slots=True)
class CompiledExpression:
    """An expression that passed the policy; opaque to user code that holds one."""

    code: types.CodeType


def compile_program(source: str, filename: str) -> types.CodeType:
    """Compile a whole program.

    Raises SyntaxError as CPython words it, and PolicyViolation for what is refused and for
    source that no compiler can take (null bytes, lone surrogates, absurd nesting).
    """
    return _limited(_program, source, filename)


def compile_expression(source: str, filename: str = "<expression>") -> CompiledExpression:
    """Compile one expression, raising as ``compile_program`` does."""
    return CompiledExpression(_limited(_expression, source, filename))


@contextmanager
def _deep_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _NESTING))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _limited(build: Callable[[str, str], types.CodeType], source: str, filename: str) -> types.CodeType:
    try:
        with _deep_recursion():
            return build(source, filename)
    except RecursionError:
        raise _unusable("the code is nested too deeply", "split long expressions") from None
    except MemoryError:
        raise _unusable("the code is too complex to compile", "split it into smaller parts") from None
    except UnicodeEncodeError as exc:
        line = source.count("\n", 0, exc.start) + 1
        raise _unusable("the code holds a lone surrogate", "send it as UTF-8", line) from None
    except SyntaxError:
        raise
    except ValueError as exc:
        raise _unusable(str(exc), "") from None


def _unusable(message: str, hint: str, line: int = 0) -> PolicyViolation:
    return PolicyViolation((Problem(line, 0, message, hint),))


def _program(source: str, filename: str) -> types.CodeType:
    tree = ast.parse(source, filename)
    shape = toplevel.Shape.of(tree)
    visitor = Transformer(lazy_annotations=shape.lazy_annotations, returning=shape.returns)
    visitor.visit(tree)
    _raise_problems(visitor)
    toplevel.rewrite(tree, shape)
    code: types.CodeType = compile(tree, filename, "exec", shape.flags, dont_inherit=True)
    return code


def _expression(source: str, filename: str) -> types.CodeType:
    tree = ast.parse(source.strip(), filename, mode="eval")
    visitor = Transformer()
    visitor.visit(tree)
    _raise_problems(visitor)
    code: types.CodeType = compile(ast.fix_missing_locations(tree), filename, "eval", dont_inherit=True)
    return code


def _raise_problems(visitor: Transformer) -> None:
    if visitor.problems:
        ordered = sorted(visitor.problems, key=lambda problem: (problem.line, problem.column))
        raise PolicyViolation(tuple(ordered))

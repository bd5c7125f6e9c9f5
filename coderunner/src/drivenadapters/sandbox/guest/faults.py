"""Errors of the user's program, told with the user's lines and nobody else's."""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType
from typing import Any

FILENAME = "<code>"
_LONGEST_MESSAGE = 4000
_LONGEST_CHAIN = 20
_EDGE_FRAMES = 8
_LONGEST_LINE = 200


@dataclass(frozen=True)
class _Place:
    line: int
    column: int | None
    function: str


def describe(error: BaseException, source: str, hint: str | None = None) -> dict[str, Any]:
    """Return type, message, line, column, traceback and hint of an error.

    Lines count from 1, columns too; both are None where no line of the user's took part.
    """
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        return _syntax_error(error, source, hint)
    places = _places(error.__traceback__)
    last = places[-1] if places else None
    return {
        "type": type(error).__name__,
        "message": message(error),
        "line": last.line if last else None,
        "column": last.column if last else None,
        "traceback": _chain(error, source.splitlines(), set()),
        "hint": hint or _hint(error),
    }


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error is the memory limit in one of its disguises."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and "can't start new thread" in str(error)


def message(error: BaseException) -> str:
    """Return an error's own text, cut to 4000 characters.

    Raises:
        MemoryError: there is none left for the text.
    """
    try:
        text = str(error)
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - a stranger's __str__ may raise anything
        text = "<unprintable>"
    return text[:_LONGEST_MESSAGE]


def _places(trace: TracebackType | None) -> list[_Place]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == FILENAME:
            places.append(_Place(trace.tb_lineno, _column(code, trace.tb_lasti), _function(trace.tb_frame)))
        trace = trace.tb_next
    return places


def _function(frame: FrameType) -> str:
    return frame.f_code.co_qualname


def _column(code: CodeType, instruction: int) -> int | None:
    if instruction < 0:
        return None
    for index, (_, _, column, _) in enumerate(code.co_positions()):
        if index == instruction // 2:
            return None if column is None else column + 1
    return None


def _chain(error: BaseException, lines: list[str], seen: set[int]) -> str:
    """Format an error after those it came from, as CPython does."""
    seen.add(id(error))
    parts = []
    earlier, link = _earlier(error)
    if earlier is not None and id(earlier) not in seen and len(seen) < _LONGEST_CHAIN:
        parts += [_chain(earlier, lines, seen), link]
    parts.append(_single(error, lines))
    return "\n\n".join(parts)


def _earlier(error: BaseException) -> tuple[BaseException | None, str]:
    """Return the error that this one came from, and CPython's words for the link."""
    if error.__cause__ is not None:
        return error.__cause__, "The above exception was the direct cause of the following exception:"
    context = None if error.__suppress_context__ else error.__context__
    return context, "During handling of the above exception, another exception occurred:"


def _single(error: BaseException, lines: list[str]) -> str:
    places = _places(error.__traceback__)
    text = []
    if places:
        text.append("Traceback (most recent call last):")
    text += [line for place in places[:_EDGE_FRAMES] for line in _frame(place, lines)]
    rest = places[_EDGE_FRAMES:]
    if len(rest) > _EDGE_FRAMES:
        text.append(f"  ... {len(rest) - _EDGE_FRAMES} more ...")
    text += [line for place in rest[-_EDGE_FRAMES:] for line in _frame(place, lines)]
    said = message(error)
    text.append(f"{type(error).__name__}: {said}" if said else type(error).__name__)
    return "\n".join(text)


def _frame(place: _Place, lines: list[str]) -> list[str]:
    text = [f'  File "{FILENAME}", line {place.line}, in {place.function}']
    if place.line <= len(lines):
        text.append(f"    {lines[place.line - 1].strip()[:_LONGEST_LINE]}")
    return text


def _syntax_error(error: SyntaxError, source: str, hint: str | None) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "message": error.msg,
        "line": error.lineno,
        "column": error.offset,
        "traceback": "".join(traceback.format_exception_only(error)).rstrip(),
        "hint": hint,
    }


def _hint(error: BaseException) -> str | None:
    if isinstance(error, RecursionError):
        return "A function calls itself without end, or too deep: use a loop, or sys.setrecursionlimit."
    if isinstance(error, EOFError):
        return "The program reads more input than it was given: put it into the field stdin."
    return None

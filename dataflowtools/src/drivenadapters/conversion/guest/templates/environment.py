"""The engine of the templates: Jinja in its sandbox, with bounds on what one expression may build.

The sandbox keeps templates away from Python; the worker's confinement holds where it should not.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

import jinja2
from jinja2 import ChainableUndefined, Template, TemplateError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from ..tables.infer import moment
from ..tables.looks import shown

_LARGEST_POWER = 1000
_LONGEST_REPEAT = 10_000_000
_LONGEST_NUMBER_BITS = 100_000
_LONGEST_WIDTH_DIGITS = 5


class Missing(ChainableUndefined):
    """Stands for what the data do not have: nothing, and so is everything inside it."""

    def __str__(self) -> str:
        self._note()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self._note()
        return iter(())

    def __html__(self) -> str:
        return str(self)

    def _note(self) -> None:
        if issubclass(self._undefined_exception, SecurityError):
            self._fail_with_undefined_error()
        name = self._undefined_name
        if isinstance(name, str) and name not in MISSED:
            MISSED.append(name)


MISSED: list[str] = []  # one worker renders one template


class _Bounded(Template):
    """A template that stops when its output is longer than it may be."""

    most_characters = 64 << 20

    def render(self, *args: Any, **kwargs: Any) -> str:
        pieces, length = [], 0
        for piece in self.generate(*args, **kwargs):
            length += len(piece)
            if length > self.most_characters:
                most = self.most_characters >> 20
                raise TaskFailed(
                    FailureKind.TOO_LARGE, f"the template writes more than {most} million characters (MAX_EXTRACT_MB)"
                )
            pieces.append(piece)
        return "".join(pieces)


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without access to Python, whose single expressions cannot run away."""

    intercepted_binops = frozenset({"**", "*", "%", "<<"})
    template_class = _Bounded

    def __init__(self, *, escape: bool = False, strict: bool = False) -> None:
        super().__init__(
            autoescape=escape,
            undefined=jinja2.StrictUndefined if strict else Missing,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self.filters |= {"date": _date, "number": _number}
        self.finalize = _finalize

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would build a value beyond any use."""
        if operator == "**":
            _refuse(isinstance(right, (int, float)) and abs(right) > _LARGEST_POWER, "a power is too large")
            _refuse(isinstance(left, int) and left.bit_length() > _LARGEST_POWER, "a power is too large")
        elif operator == "*":
            _check_product(left, right)
        elif operator == "%":
            _refuse(isinstance(left, str) and _has_wide_field(left), "a field is too wide")
        return super().call_binop(context, operator, left, right)


def _check_product(left: Any, right: Any) -> None:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (str, list, tuple, bytes)) and isinstance(other, int):
            _refuse(len(one) * other > _LONGEST_REPEAT, "a repetition is too long")
    if isinstance(left, int) and isinstance(right, int):
        _refuse(left.bit_length() + right.bit_length() > _LONGEST_NUMBER_BITS, "a number is too large")


def _has_wide_field(pattern: str) -> bool:
    run = 0
    for letter in pattern:
        run = run + 1 if letter.isdigit() else 0
        if run > _LONGEST_WIDTH_DIGITS:
            return True
    return False


def _refuse(wrong: bool, message: str) -> None:
    if wrong:
        raise SecurityError(message)


def _finalize(value: Any) -> Any:
    """Show nothing for nothing, and for functions, whose names say something of the program."""
    hidden = value is None or (callable(value) and not isinstance(value, Undefined))
    return "" if hidden else value


def _date(value: Any, pattern: str = "yyyy-mm-dd") -> str:
    """Show a date, or a text in ISO 8601, by a spreadsheet's format."""
    read = moment(str(value)) if not isinstance(value, dt.date) else value
    return shown(read, pattern)


def _number(value: Any, pattern: str = "#,##0.00") -> str:
    """Show a number, or a text that is one, by a spreadsheet's format."""
    return shown(value if isinstance(value, (int, float)) else float(value), pattern)


@contextlib.contextmanager
def failures_told(place: str = "") -> Iterator[None]:
    """Turn what Jinja, or an expression, raises into what the caller is told."""
    where = f"{place}: " if place else ""
    try:
        yield
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        at = f"line {line}: " if line and not place else ""
        raise TaskFailed(FailureKind.IMPOSSIBLE, f"the template fails: {where}{at}{error}", field="template") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        message = f"the template fails: {where}{type(error).__name__}: {error}"
        raise TaskFailed(FailureKind.IMPOSSIBLE, message[:500], field="template") from error


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop a template that runs for longer; what does not even listen to that is stopped with its worker."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TaskFailed(
            FailureKind.IMPOSSIBLE, f"the template runs for more than {seconds:g} seconds (TEMPLATE_SECONDS)"
        )

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_missing(value: Any) -> bool:
    """Whether an expression found nothing in the data."""
    return isinstance(value, Undefined)

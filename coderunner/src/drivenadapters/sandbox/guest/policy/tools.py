"""What facades and rules need of the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .attributes import Attributes
from .evaluation import Evaluation
from .files import WorkFiles
from .importing import Importer
from .values import Rule


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """The guarded abilities of one policy."""

    attributes: Attributes
    files: WorkFiles
    importer: Importer
    evaluation: Evaluation
    builtins: dict[str, Any] = field(default_factory=dict)


def refused(reason: str) -> Rule:
    """A rule that refuses, saying why."""

    def refuse(value: Any) -> NoReturn:
        raise AttributeError(f"{getattr(value, '__name__', 'it')!r} is not available here: {reason}")

    return refuse


def replaced(replacement: Any) -> Rule:
    """A rule that hands out something else."""
    return lambda _value: replacement


def wrapped(prepare: Callable[..., None]) -> Rule:
    """A rule that calls ``prepare`` with the arguments before the function itself."""

    def wrap(value: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            prepare(*arguments, **keywords)
            return value(*arguments, **keywords)

        return labelled(call, value)

    return wrap


def labelled(function: Callable[..., Any], original: Any) -> Callable[..., Any]:
    """Give ``function`` the name and documentation of ``original``, and nothing that leads to it."""
    function.__name__ = getattr(original, "__name__", function.__name__)
    function.__qualname__ = getattr(original, "__qualname__", function.__name__)
    function.__doc__ = getattr(original, "__doc__", None)
    return function

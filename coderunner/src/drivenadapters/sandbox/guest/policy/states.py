"""States that ``copy`` and ``pickle`` give to the objects they make.

Both set whatever attributes a state names, on whatever a constructor returned. Here an object
is given one if it is an instance of a class of the program, or of the class that the state
came from, and special names are not among it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from .classes import check_members
from .names import is_dunder
from .ownership import is_own_class


def check_target(target: Any, accepted: Callable[[type], bool]) -> None:
    """Refuse to give a state to a class, a module or a function; raises TypeError.

    ``accepted`` tells of which classes, beside the program's own, instances may be given one.
    """
    kind = type(target)
    if isinstance(target, type) or not (is_own_class(kind) or accepted(kind)):
        raise TypeError(f"the state of {kind.__name__!r} objects may not be set here")


def check_state(state: Any) -> None:
    """Refuse a state that names special attributes; raises TypeError."""
    for part in state if isinstance(state, tuple) and len(state) == 2 else (state,):
        if isinstance(part, dict):
            check_members(part)
            if any(is_dunder(str.__str__(name)) for name in part if isinstance(name, str)):
                raise TypeError("special names may not be set by a state")


def give_state(target: Any, state: Any, accepted: Callable[[type], bool]) -> None:
    """Set the state of a new object, as ``copy`` and ``pickle`` do (pickle documentation)."""
    check_target(target, accepted)
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
        return
    check_state(state)
    namespace, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if namespace:
        target.__dict__.update(namespace)
    for name, value in (slots or {}).items():
        setattr(target, name, value)


def reconstruct(
    original: Any,
    memo: dict[int, Any] | None,
    make: Callable[..., Any],
    arguments: Iterable[Any],
    state: Any = None,
    items: Iterable[Any] | None = None,
    pairs: Iterable[tuple[Any, Any]] | None = None,
    *,
    deepcopy: Callable[..., Any] = copy.deepcopy,
) -> Any:
    """What ``copy`` does with the result of ``__reduce_ex__``; a shallow copy has no memo."""

    def copied(value: Any) -> Any:
        return value if memo is None else deepcopy(value, memo)

    made = make(*[copied(argument) for argument in arguments])
    if memo is not None:
        memo[id(original)] = made
    if state is not None:
        give_state(made, copied(state), lambda kind: kind is type(original))
    for item in items or ():
        made.append(copied(item))
    for key, value in pairs or ():
        made[copied(key)] = copied(value)
    return made

"""Classes that stand for others: they answer for them and check what they are called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class _StandIn(type):
    """Calls, and answers for, a class that it does not derive from.

    Instances are those of the real class: classes made in C need not bear subclasses.
    """

    real: type
    check: Callable[..., None]

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Make an instance of the real class, once the arguments are accepted."""
        cls.check(*arguments, **keywords)
        return cls.real(*arguments, **keywords)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.real, name)


_MADE: dict[type, type] = {}


def stand_in(real: type, check: Callable[..., None]) -> type:
    """What stands for ``real``, one for each class; ``check`` raises for refused arguments."""
    if real not in _MADE:
        members = {"__module__": real.__module__, "__doc__": real.__doc__, "real": real, "check": staticmethod(check)}
        _MADE[real] = _StandIn(real.__name__, (), members)
    return _MADE[real]

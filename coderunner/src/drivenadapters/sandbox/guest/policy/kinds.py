"""Classes that user code may compare with but not call: functions and modules."""

from __future__ import annotations

import types
from typing import Any, Final


class _Kind(type):
    """A class that stands for ``real`` in ``isinstance`` and refuses to be called."""

    real: type
    advice: str

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real)

    def __call__(cls, *_arguments: Any, **_keywords: Any) -> Any:
        raise TypeError(cls.advice)


def _kind(real: type, advice: str) -> type:
    members = {"real": real, "advice": advice, "__module__": "builtins", "__doc__": real.__doc__}
    return _Kind(real.__name__, (), members)


FUNCTION: Final = _kind(types.FunctionType, "functions are made with def and lambda here")
MODULE: Final = _kind(types.ModuleType, "modules cannot be made here; use types.SimpleNamespace")

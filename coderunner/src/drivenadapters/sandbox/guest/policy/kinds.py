"""Classes that user code may compare with, but not make instances of."""

from __future__ import annotations

import types
from typing import Any, Final, NoReturn

from .standin import stand_in


def _refuse_function(*_arguments: Any, **_keywords: Any) -> NoReturn:
    raise TypeError("functions are made with def and lambda here")


def _refuse_module(*_arguments: Any, **_keywords: Any) -> NoReturn:
    raise TypeError("modules cannot be made here; use types.SimpleNamespace")


FUNCTION: Final = stand_in(types.FunctionType, _refuse_function)
MODULE: Final = stand_in(types.ModuleType, _refuse_module)

"""Stand-ins for modules, and rules for functions of libraries, one subject a module."""

from __future__ import annotations

from ..tools import Tools
from . import (
    buffer_rules,
    builtin_rules,
    code_rules,
    examples,
    introspection,
    native_rules,
    numpy_rules,
    operating_system,
    pandas_rules,
    serialisation,
    system,
    text_rules,
)

_PARTS = (
    buffer_rules,
    builtin_rules,
    code_rules,
    examples,
    introspection,
    native_rules,
    numpy_rules,
    operating_system,
    pandas_rules,
    serialisation,
    system,
    text_rules,
)


def install(tools: Tools) -> None:
    """Register every stand-in and every rule."""
    for part in _PARTS:
        part.install(tools)

"""Library classes that answer for any attribute, kept from answering for memory.

numpy asks each object that it converts for ``__array_interface__`` and reads, and writes, at
the address it is told. A ``__getattr__`` that looks names up in a dictionary of the user's
would pass on any address.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from itertools import islice
from types import ModuleType
from typing import Any, Final

from .names import MEMORY_NAMES
from .ownership import namespace_of
from .tools import labelled

_GENERIC = object.__getattribute__
# Their lookups forward to objects, not to entries; and Enum's is asked for every member.
_EXEMPT: Final = frozenset(sys.stdlib_module_names)


class LibraryLookups:
    """Tames the classes of modules, each module once."""

    def __init__(self) -> None:
        self._seen = 0

    def tame(self) -> None:
        """Look at the modules that were loaded since the last call."""
        loaded: list[tuple[str, object]] = list(islice(sys.modules.items(), self._seen, None))
        self._seen = len(sys.modules)
        for name, module in loaded:
            if isinstance(module, ModuleType) and name.partition(".")[0] not in _EXEMPT:
                for cls in _classes_of(module, name):
                    _tame(cls)


def _classes_of(module: ModuleType, name: str) -> Iterator[type]:
    for value in list(vars(module).values()):
        if isinstance(value, type) and namespace_of(value).get("__module__") == name:
            yield value


def _tame(cls: type) -> None:
    for name, build in (("__getattr__", _without_memory), ("__getattribute__", _genuine_memory)):
        function = namespace_of(cls).get(name)
        if type(function) is types.FunctionType:
            type.__setattr__(cls, name, _named(build(function), function))


def _named(function: Any, original: types.FunctionType) -> Callable[..., Any]:
    function.__module__ = original.__module__
    return labelled(function, original)


def _without_memory(function: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def lookup(self: Any, name: str) -> Any:
        if name in MEMORY_NAMES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return function(self, name)

    return lookup


def _genuine_memory(function: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def lookup(self: Any, name: str) -> Any:
        return _GENERIC(self, name) if name in MEMORY_NAMES else function(self, name)

    return lookup

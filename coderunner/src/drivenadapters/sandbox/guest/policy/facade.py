"""Modules of our own that stand for a library's module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any


class Facade(ModuleType):
    """A module made of chosen names; it may not be changed but where it says so."""

    writable: frozenset[str] = frozenset()

    def is_writable(self, name: str) -> bool:
        """Whether user code may assign ``name``."""
        return name in self.writable

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} here")


def chosen(source: ModuleType, public: Iterable[str], own: Mapping[str, Any] | None = None) -> Facade:
    """A stand-in with the ``public`` names of ``source`` that exist, and ``own`` ones.

    Which names a module has differs between versions and platforms of Python.
    """
    facade = Facade(source.__name__, source.__doc__)
    for name in public:
        if hasattr(source, name):
            setattr(facade, name, getattr(source, name))
    for name, value in (own or {}).items():
        setattr(facade, name, value)
    return facade

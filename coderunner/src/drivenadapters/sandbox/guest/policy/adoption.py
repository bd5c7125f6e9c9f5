"""Assignments to ``__dict__`` and ``__class__``: shared state and objects that change class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .ownership import is_own_class, is_plain_class
from .views import NamespaceView, original_of


class Adoptions:
    """Judges both assignments; ``check`` raises AttributeError for a key that may not be set."""

    def __init__(self, check: Callable[[Any], None]) -> None:
        self._check = check
        # A namespace is never the user's own dictionary, whose later entries nobody would
        # judge. Objects that are given the same dictionary share the same namespace all the same.
        self._shared: dict[int, tuple[Any, dict[str, Any]]] = {}

    def target(self, obj: Any) -> Adopter:
        """What the assignment is made to in place of ``obj``."""
        return Adopter(self, obj)

    def namespace(self, obj: Any, value: Any) -> None:
        """``obj.__dict__ = value``."""
        if isinstance(obj, type) or not is_own_class(type(obj)):
            raise AttributeError(f"the namespace of {type(obj).__name__!r} objects may not be replaced")
        if not isinstance(value, dict):
            raise TypeError(f"__dict__ must be set to a dictionary, not a {type(value).__name__!r}")
        for key in dict.keys(value):
            self._check(key)
        object.__setattr__(obj, "__dict__", self._namespace_for(value))

    def _namespace_for(self, value: dict[str, Any]) -> dict[str, Any]:
        original = original_of(value, self._check) if type(value) is NamespaceView else None
        if original is not None:
            return original
        _, namespace = self._shared.setdefault(id(value), (value, {}))
        for key, item in dict.items(value):
            namespace.setdefault(key, item)
        return namespace

    def class_(self, obj: Any, value: Any) -> None:
        """``obj.__class__ = value``."""
        if isinstance(obj, type) or not is_plain_class(type(obj)):
            raise AttributeError(f"the class of {type(obj).__name__!r} objects may not be changed")
        if not isinstance(value, type) or not is_plain_class(value):
            raise TypeError("__class__ must be set to a class of this program that derives from plain classes")
        object.__setattr__(obj, "__class__", value)


class Adopter:
    """Stands for an object while one of the two attributes is assigned."""

    __slots__ = ("_adoptions", "_obj")
    _adoptions: Adoptions
    _obj: Any

    def __init__(self, adoptions: Adoptions, obj: Any) -> None:
        object.__setattr__(self, "_adoptions", adoptions)
        object.__setattr__(self, "_obj", obj)

    def __setattr__(self, name: str, value: Any) -> None:
        adopt = self._adoptions.namespace if name == "__dict__" else self._adoptions.class_
        adopt(self._obj, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"the attribute {name!r} may not be deleted")

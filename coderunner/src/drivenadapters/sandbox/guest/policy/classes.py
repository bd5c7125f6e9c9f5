"""Creating classes: ``class``, ``type(...)`` and metaclasses."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any, Final

from . import names
from .ownership import is_own_class, namespace_of

# What a metaclass may not define.
IDENTITY: Final = frozenset({"__eq__", "__hash__"})

_GENERIC_LOOKUP = object.__getattribute__


def check_members(namespace: Iterable[Any]) -> None:
    """Refuse members that would make instances dangerous; raises TypeError."""
    for name in namespace:
        if not isinstance(name, str) or str.__str__(name) in names.FORBIDDEN_MEMBERS:
            raise TypeError(f"the special name {name!r} may not be set here")


def check_metaclass(metaclass: type) -> None:
    """Refuse to make a class whose own hash or equality user code decides; raises TypeError.

    The guards keep sets of classes: a class that equals ``str`` would be taken for it. A base
    that is no metaclass could be given such a method later.
    """
    for base in type.mro(metaclass):
        if not is_own_class(base):
            continue
        if type not in type.mro(base):
            raise TypeError("a metaclass may only derive from metaclasses here")
        if not IDENTITY.isdisjoint(namespace_of(base)):
            raise TypeError("a metaclass may not define __eq__ or __hash__ here")


def build_class(body: Callable[..., Any], name: str, /, *bases: Any, **keywords: Any) -> Any:
    """What ``class`` statements call; the body's names were judged while compiling."""
    cls = builtins.__build_class__(body, name, *bases, **keywords)
    if isinstance(cls, type):
        tame_lookups(cls)
    return cls


def tame_lookups(cls: type) -> None:
    """Keep a class's ``__getattr__`` from answering for special names.

    Libraries ask objects for names such as ``__array_interface__`` and trust the answer; it
    must not come from code that answers every name.
    """
    namespace = namespace_of(cls)
    for name in ("__getattr__", "__getattribute__"):
        if name in namespace and is_own_class(cls) and type(namespace[name]) is not _Lookup:
            type.__setattr__(cls, name, _Lookup(namespace[name], generic=name == "__getattribute__"))


class _Lookup:
    """A descriptor around a user's ``__getattr__`` or ``__getattribute__``."""

    __slots__ = ("_function", "_generic")

    def __init__(self, function: Any, *, generic: bool) -> None:
        self._function = function
        self._generic = generic

    def __get__(self, instance: object, owner: type | None = None) -> Callable[[str], Any]:
        function = self._function
        bound = function.__get__(instance, owner) if hasattr(type(function), "__get__") else function
        return bound if instance is None else self._tamed(instance, bound)

    def _tamed(self, instance: object, bound: Callable[[str], Any]) -> Callable[[str], Any]:
        def lookup(name: str) -> Any:
            if not names.is_dunder(name):
                return bound(name)
            if self._generic:
                return _GENERIC_LOOKUP(instance, name)
            raise AttributeError(f"{type(instance).__name__!r} object has no attribute {name!r}")

        return lookup


class _TypeOfSafeType(type):
    """Makes the stand-in for ``type`` answer as ``type`` does."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if cls is SafeType and len(arguments) == 1 and not keywords:
            return SafeType.class_of(arguments[0])
        return super().__call__(*arguments, **keywords)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, type) if cls is SafeType else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, type) if cls is SafeType else super().__subclasscheck__(subclass)


class SafeType(type, metaclass=_TypeOfSafeType):
    """Stands for ``type`` in user code: classes it makes pass ``check_members``."""

    # Replaced by the policy: tells the class of an object as user code may see it.
    class_of: Callable[[object], type] = staticmethod(type)

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: Any) -> Any:
        """Make a class, once its members are accepted."""
        check_members(namespace)
        check_metaclass(mcls)
        if mcls is SafeType:
            cls = type(name, bases, {"__module__": "__main__", **namespace}, **keywords)
        else:
            cls = super().__new__(mcls, name, bases, namespace, **keywords)
        tame_lookups(cls)
        return cls

    def __class_getitem__(cls, item: Any) -> Any:
        return type[item]


SafeType.__name__ = SafeType.__qualname__ = "type"
SafeType.__module__ = "builtins"


def guarded_metaclass(metaclass: type) -> type:
    """A metaclass that stands for a library's one and checks what it is given."""
    if SafeType in type.mro(metaclass):  # issubclass would take ``type`` for it, as it should
        return metaclass
    if metaclass is type:
        return SafeType

    def create(mcls: type, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) > 2:
            check_members(arguments[2])
        check_metaclass(mcls)
        maker = metaclass if mcls is guarded else mcls
        cls: Any = metaclass.__new__(maker, *arguments, **keywords)
        tame_lookups(cls)
        return cls

    members = {"__new__": create, "__module__": metaclass.__module__, "__doc__": metaclass.__doc__}
    guarded = type(metaclass.__name__, (metaclass,), members)
    return guarded

"""Reading attributes with special meaning: ``__class__``, ``__dict__``, ``str.format`` ..."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from . import names
from .classes import check_members, check_metaclass, tame_lookups
from .formatting import Formatting
from .ownership import is_own_class, is_own_function

if TYPE_CHECKING:
    from .attributes import Attributes

_BINDING: Final = (types.FunctionType, types.MethodType, property, classmethod, staticmethod)
# A library's would hand out, or take, the real namespace of an object.
_WITH_STATE: Final = ("__setstate__", "__getstate__", "__reduce__", "__reduce_ex__")
_BOUND_SLOT: Final = types.MethodWrapperType


class SpecialAttributes:
    """Answers for the names that the fast path leaves alone; raises AttributeError."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._formatting = Formatting(attributes)
        self._readers: dict[str, Callable[[Any], Any]] = {
            "__class__": lambda obj: attributes.values.class_of(obj),
            "__dict__": attributes.variables,
            "__mro__": lambda obj: self._classes(type.mro(obj)),
            "__bases__": lambda obj: self._classes(obj.__bases__),
            "__base__": lambda obj: attributes.values.class_(obj.__base__),
            "__annotations__": lambda obj: dict(obj.__annotations__),
            "__dataclass_fields__": lambda obj: dict(obj.__dataclass_fields__),
            "__setattr__": self._setter,
            "__delattr__": self._deleter,
            "__getattribute__": self._getter,
            "__new__": self._maker,
            **{name: functools.partial(self._own_only, name=name) for name in _WITH_STATE},
            "__set_name__": lambda obj: self._own_only(obj, "__set_name__"),
            **{name: functools.partial(self._descriptor, name=name) for name in ("__get__", "__set__", "__delete__")},
            "__subclasses__": self._subclasses,
            "__args__": lambda obj: self._arguments(obj.__args__),
        }

    def load(self, obj: Any, name: str) -> Any:
        """``obj.__name__`` and its like."""
        reader = self._readers.get(name)
        if reader is not None and (hasattr(obj, name) or name == "__dict__"):
            return reader(obj)
        if name not in names.READABLE_DUNDERS:
            raise AttributeError(f"the attribute {name!r} is not available here")
        return self._attributes.values.judge(name, getattr(obj, name))

    def load_delicate(self, obj: Any, name: str) -> Any:
        """Public names that must not be answered without a look at the object."""
        value = getattr(obj, name)
        if name in ("format", "format_map"):
            return self._formatting.method(value, name)
        if name == "mro" and isinstance(obj, type):
            return lambda: list(self._classes(type.mro(obj)))
        if name == "obj" and isinstance(obj, (AttributeError, NameError)):
            raise AttributeError("'obj' of exceptions is not available here; use args")
        if name in ("ctypes", "cffi") and not is_own_class(type(obj)):
            raise AttributeError(f"{name!r} reaches raw memory and is not available here")
        return self._attributes.values.judge(name, value)

    def _classes(self, classes: Any) -> tuple[type, ...]:
        return tuple(self._attributes.values.class_(cls) for cls in classes)

    @staticmethod
    def _subclasses(obj: Any) -> Callable[[], list[type]]:
        """Those of a class of the program that are the program's, too."""
        if not isinstance(obj, type) or not is_own_class(obj):
            raise AttributeError("'__subclasses__' is available of the program's own classes only")
        return functools.partial(_own_subclasses, obj)

    def _arguments(self, arguments: Any) -> Any:
        """The arguments of a generic alias, classes among them as user code may see them."""
        values = self._attributes.values
        return tuple(values.class_(item) if isinstance(item, type) else item for item in arguments)

    # -- methods that themselves read and write attributes -----------------------------

    def _setter(self, obj: Any) -> Callable[..., None]:
        """``object.__setattr__(x, name, value)``, ``super().__setattr__(name, value)``."""
        raw, attributes = obj.__setattr__, self._attributes
        owner = getattr(raw, "__self__", None)
        if type(raw) is types.MethodType or type(raw) is _BOUND_SLOT:

            def set_own(name: str, value: Any) -> None:
                attributes.target(owner, _settable(name))
                raw(_exact(name), value)

            return set_own
        if is_own_function(raw):
            return raw  # type: ignore[no-any-return]

        def set_any(target: Any, name: str, value: Any) -> None:
            attributes.target(target, _settable(name))
            raw(target, _exact(name), value)

        return set_any

    def _deleter(self, obj: Any) -> Callable[..., None]:
        raw, attributes = obj.__delattr__, self._attributes
        if type(raw) is types.MethodType or type(raw) is _BOUND_SLOT:
            owner = raw.__self__

            def delete_own(name: str) -> None:
                attributes.target(owner, _settable(name))
                raw(_exact(name))

            return delete_own
        if is_own_function(raw):
            return raw  # type: ignore[no-any-return]

        def delete_any(target: Any, name: str) -> None:
            attributes.target(target, _settable(name))
            raw(target, _exact(name))

        return delete_any

    def _getter(self, obj: Any) -> Callable[..., Any]:
        """``object.__getattribute__(x, name)``, ``super().__getattribute__(name)``."""
        raw, attributes = obj.__getattribute__, self._attributes
        if type(raw) is _BOUND_SLOT:
            return lambda name: attributes.values.judge(name, self._plainly(raw, _exact(name)))
        if type(raw) is types.WrapperDescriptorType:
            return lambda target, name: attributes.values.judge(name, self._plainly(raw.__get__(target), _exact(name)))
        return self._user_getter(raw)

    def _user_getter(self, raw: Any) -> Callable[..., Any]:
        def get(*arguments: Any) -> Any:
            self._check_plain(_exact(arguments[-1]))
            return raw(*arguments)

        return get

    def _plainly(self, raw: Callable[[str], Any], name: str) -> Any:
        self._check_plain(name)
        return raw(name)

    @staticmethod
    def _check_plain(name: str) -> None:
        """Only names that no special reader exists for: those have their own syntax."""
        if name in names.DELICATE or name in names.FRAME_ATTRIBUTES or names.is_dunder(name):
            raise AttributeError(f"{name!r} is not available through __getattribute__ here")

    @staticmethod
    def _own_only(obj: Any, name: str) -> Any:
        """A method of user code; a library's would write what it is told, where it is told."""
        method = getattr(obj, name)
        if not is_own_function(getattr(method, "__func__", method)):
            raise AttributeError(f"{name!r} is not available here")
        return method

    @classmethod
    def _descriptor(cls, obj: Any, name: str) -> Any:
        """Functions and properties may be bound by hand; others write to what they are given."""
        method = getattr(obj, name)
        if isinstance(getattr(method, "__self__", None), _BINDING):
            return method
        return cls._own_only(obj, name)

    def _maker(self, obj: Any) -> Any:
        """``__new__``; that of a metaclass checks the members of the class to make."""
        raw = obj.__new__
        owner = getattr(raw, "__self__", None)
        if not (isinstance(owner, type) and issubclass(owner, type)):
            return raw

        def create(metaclass: type, *arguments: Any, **keywords: Any) -> Any:
            if len(arguments) > 2:
                check_members(arguments[2])
            check_metaclass(metaclass)
            cls = raw(metaclass, *arguments, **keywords)
            tame_lookups(cls)
            return cls

        return create


def _exact(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")
    return str.__str__(name)


def _settable(name: object) -> str:
    """A name that ``object.__setattr__`` may be given: others have an assignment of their own."""
    exact = _exact(name)
    if exact in names.ADOPTED:
        raise AttributeError(f"assign {exact!r} to the object itself")
    return exact


def _own_subclasses(cls: type) -> list[type]:
    found: list[type] = type.__subclasses__(cls)
    return [subclass for subclass in found if is_own_class(subclass)]

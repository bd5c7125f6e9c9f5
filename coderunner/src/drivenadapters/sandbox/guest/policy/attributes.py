"""The guards around attribute access, emitted by the transformer and behind ``getattr``."""

from __future__ import annotations

import copy
import sys
import types
from collections.abc import Mapping
from enum import EnumType
from types import ModuleType
from typing import Any, Final

from . import names
from .adoption import Adoptions
from .classes import IDENTITY
from .facade import Facade
from .ownership import (
    PLAIN_CLASSES,
    is_own_class,
    is_own_function,
    is_plain_class,
    namespace_of,
)
from .special import SpecialAttributes
from .values import Values
from .views import NamespaceView

_FUNCTIONS: Final = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_PLAIN_FUNCTIONS: Final = frozenset({types.FunctionType, types.BuiltinFunctionType})
_LABELS: Final = frozenset(
    "__name__ __qualname__ __doc__ __wrapped__ __module__ __signature__ __isabstractmethod__".split()
)
_CHAIN: Final = frozenset("__cause__ __context__ __suppress_context__ __notes__ __traceback__".split())
_MISSING: Final = object()

# dataclass() sets attributes by the names that its fields have.
_FROZEN: Final = frozenset({("dataclasses", "Field")})

# Class attributes of libraries that programs replace for a good reason and without harm:
# there is no home directory where workflow engines run code.
_REPLACEABLE: Final = frozenset({("pathlib", "Path", "home")})


class Attributes:
    """Reads and writes attributes for user code.

    All methods raise AttributeError: in CPython's own words where the attribute does not
    exist, and with the reason where it may not be used.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._special = SpecialAttributes(self)
        self._adoptions = Adoptions(check_key)
        self._harmless = values.harmless
        self._seen: set[type] = set()
        # Functions that were judged and given out as they are; of methods made in C, which are
        # new objects each time, their class and name.
        self._cleared: set[Any] = set()
        # Classes whose instances need no guard for ordinary names; emitted code asks it first.
        self.plain: set[type] = set(PLAIN_CLASSES)

    @property
    def values(self) -> Values:
        """The judge of values."""
        return self._values

    # -- reading -----------------------------------------------------------------------

    def load(self, obj: Any, name: str) -> Any:
        """``obj.name`` for an ordinary name."""
        value = getattr(obj, name)
        kind = type(value)
        if kind in self._harmless or type(obj) in self.plain:
            return value
        if kind is types.MethodType:
            if type(value.__func__) is types.FunctionType and value.__func__ in self._cleared:
                return value
        elif kind in _PLAIN_FUNCTIONS and (value in self._cleared or (type(obj), name) in self._cleared):
            return value
        return self._load_slowly(obj, name, value)

    def _load_slowly(self, obj: Any, name: str, value: Any) -> Any:
        """Judge a value, and remember what need not be judged again."""
        self.learn(type(obj))
        judged = self._values.judge(name, value)
        if judged is value:
            self._clear(obj, name, value)
        return judged

    def _clear(self, obj: Any, name: str, value: Any) -> None:
        """Remember a library's function; those of user code come and go."""
        kind, owner = type(value), getattr(value, "__self__", None)
        if kind is types.MethodType:
            if type(value.__func__) is types.FunctionType and not is_own_function(value.__func__):
                self._cleared.add(value.__func__)
        elif kind is types.FunctionType:
            if not is_own_function(value):
                self._cleared.add(value)
        elif kind is types.BuiltinFunctionType:
            if owner is None or isinstance(owner, ModuleType):
                self._cleared.add(value)
            elif owner is obj and type(type(obj)) is type and not is_own_class(type(obj)):
                self._cleared.add((type(obj), name))

    def learn(self, cls: type) -> None:
        """See once whether instances of ``cls`` need a guard."""
        if type(cls) is not type and (issubclass(cls, type) or is_own_class(type(cls))):
            return
        if cls in self._seen:
            return
        self._seen.add(cls)
        if is_plain_class(cls):
            self.plain.add(cls)

    def load_private(self, obj: Any, name: str) -> Any:
        """``obj.name`` for a name that starts with an underscore or is otherwise delicate."""
        if name in names.FRAME_ATTRIBUTES:
            raise AttributeError(f"the attribute {name!r} is not available here")
        if names.is_dunder(name):
            return self._special.load(obj, name)
        if name in names.DELICATE:
            return self._special.load_delicate(obj, name)
        return self._load_underscored(obj, name)

    def _load_underscored(self, obj: Any, name: str) -> Any:
        cls = obj if isinstance(obj, type) else type(obj)
        value = getattr(obj, name)
        if cls is super:
            cls = _next_definer(obj, name)
        if name in names.MEMBER_TABLES and isinstance(obj, EnumType):
            return copy.copy(value)
        is_public = name in names.PUBLIC_UNDERSCORED or name in names.CUSTOMARY.get(_package(obj), ())
        if not is_public and not self._is_own_member(cls, name):
            raise AttributeError(f"{name!r} is private to {_owner(obj)}")
        return self._values.judge(name, value)

    @staticmethod
    def _is_own_member(cls: type, name: str) -> bool:
        """Whether user code may use ``_name`` of instances of ``cls``, or of ``cls`` itself.

        It may where its own class is the first to define it, or where only instances have it.
        """
        if not is_own_class(cls):
            return False
        for candidate in type.mro(cls):
            if name in namespace_of(candidate):
                return is_own_class(candidate)
        return True

    def get(self, obj: Any, name: str, *default: Any) -> Any:
        """The built-in ``getattr``."""
        exact = name if type(name) is str else exact_name(name)
        load = self.load if names.is_ordinary(exact) else self.load_private
        if not default:
            self._check_readable(exact)
            return load(obj, exact)
        try:
            self._check_readable(exact)
            return load(obj, exact)
        except AttributeError:
            return default[0]

    @staticmethod
    def _check_readable(name: str) -> None:
        if names.is_dunder(name) and name not in names.READABLE_DUNDERS:
            raise AttributeError(f"the attribute {name!r} is not available here")

    def has(self, obj: Any, name: str) -> bool:
        """The built-in ``hasattr``."""
        return self.get(obj, name, _MISSING) is not _MISSING

    # -- writing -----------------------------------------------------------------------

    def target(self, obj: Any, name: str) -> Any:
        """Return ``obj`` if its attribute ``name`` may be set or deleted."""
        cls = type(obj)
        if cls in self.plain and not names.is_dunder(name):
            return obj
        self.learn(cls)
        if name in names.ADOPTED:
            return self._adoptions.target(obj)
        if names.is_dunder(name) and name not in names.WRITABLE_DUNDERS:
            raise AttributeError(f"the attribute {name!r} may not be changed")
        if name in names.FRAME_ATTRIBUTES:
            raise AttributeError(f"the attribute {name!r} is not available here")
        self._check_owner(obj, cls, name)
        return obj

    def _check_owner(self, obj: Any, cls: type, name: str) -> None:
        if isinstance(obj, ModuleType):
            if not (isinstance(obj, Facade) and obj.is_writable(name)):
                raise AttributeError(f"attributes of {_owner(obj)} may not be changed")
        elif isinstance(obj, type):
            if name in IDENTITY and issubclass(obj, type):
                raise AttributeError(f"a metaclass may not define {name!r} here")
            if not is_own_class(obj) and (obj.__module__.partition(".")[0], obj.__name__, name) not in _REPLACEABLE:
                raise AttributeError(f"attributes of {_owner(obj)} may not be changed; derive a class from it")
        elif isinstance(obj, _FUNCTIONS):
            if not is_own_function(obj):
                raise AttributeError(f"attributes of {_owner(obj)} may not be changed")
        elif not is_own_class(cls):
            self._check_foreign(obj, name)

    @staticmethod
    def _check_foreign(obj: Any, name: str) -> None:
        """Public attributes of a library's objects may be set: that is how they are used."""
        if obj.__class__ is not type(obj) or type(obj).__module__ == "typing":
            raise AttributeError(f"attributes of what {_owner(obj)} stand for may not be changed")
        if isinstance(obj, BaseException):
            if name in _CHAIN or not name.startswith("_"):
                return
        elif (type(obj).__module__, type(obj).__name__) in _FROZEN:
            raise AttributeError(f"attributes of {_owner(obj)} may not be changed")
        elif not name.startswith("_") or name in _LABELS or (_package(obj), name) in names.CUSTOMARILY_SET:
            return
        raise AttributeError(f"{name!r} is private to {_owner(obj)}")

    def set(self, obj: Any, name: str, value: Any) -> None:
        """The built-in ``setattr``."""
        exact = exact_name(name)
        setattr(self.target(obj, exact), exact, value)

    def delete(self, obj: Any, name: str) -> None:
        """The built-in ``delattr``."""
        exact = exact_name(name)
        delattr(self.target(obj, exact), exact)

    # -- namespaces --------------------------------------------------------------------

    def variables(self, obj: Any) -> dict[str, Any]:
        """``vars(obj)``: what user code may see, and change where the object is its own."""
        if isinstance(obj, ModuleType):
            return self._public(vars(obj))
        if isinstance(obj, type):
            return self._public(namespace_of(obj)) if is_own_class(obj) else {}
        namespace: dict[str, Any] = object.__getattribute__(obj, "__dict__")
        if is_own_class(type(obj)):
            return NamespaceView(namespace, namespace, check_key)
        if is_own_function(obj):
            return dict(namespace)
        return self._public(namespace)

    def judged(self, namespace: Mapping[str, Any]) -> dict[str, Any]:
        """The entries of a library's namespace whose values user code may have."""
        visible = {}
        for name, value in namespace.items():
            if not names.is_dunder(name):
                try:
                    visible[name] = self._values.judge(name, value)
                except AttributeError:
                    continue
        return visible

    def _public(self, namespace: Mapping[str, Any]) -> dict[str, Any]:
        """The entries that attribute access would give, too."""
        ordinary = {
            name: value for name, value in namespace.items() if names.is_ordinary(name) and not name.startswith("<")
        }
        return self.judged(ordinary)


def _next_definer(bound: Any, name: str) -> type:
    """The class in which ``super()`` finds ``name``."""
    order = type.mro(bound.__self_class__)
    for candidate in order[order.index(bound.__thisclass__) + 1 :]:
        if name in namespace_of(candidate):
            return candidate
    return object


def check_key(key: Any) -> None:
    """Refuse a key that may not be set in an instance's namespace; raises AttributeError."""
    if type(key) is not str or (names.is_dunder(key) and key not in names.WRITABLE_DUNDERS):
        raise AttributeError(f"the attribute {key!r} may not be changed")


def exact_name(name: object) -> str:
    """``name`` as an exact string: a subclass could answer differently at each look."""
    if type(name) is str:
        return sys.intern(name)
    if isinstance(name, str):
        return sys.intern(str.__str__(name))
    raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")


def _package(obj: Any) -> str:
    """The package that made a module, a class or the class of an object."""
    if isinstance(obj, ModuleType):
        module = vars(obj).get("__name__", "")
    else:
        module = getattr(obj if isinstance(obj, type) else type(obj), "__module__", "")
    return module.partition(".")[0] if type(module) is str else ""


def _owner(obj: Any) -> str:
    if isinstance(obj, ModuleType):
        return f"module {vars(obj).get('__name__', '?')!r}"
    if isinstance(obj, type):
        return f"class {obj.__name__!r}"
    if isinstance(obj, _FUNCTIONS):
        return f"function {getattr(obj, '__name__', '?')!r}"
    return f"{type(obj).__name__!r} objects"

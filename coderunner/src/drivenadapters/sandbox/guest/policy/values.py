"""Judging the values that attribute access brings up.

User code reaches libraries only by attributes, so each value is judged once, where it is
acquired: modules must be importable, and functions, methods and classes are looked up in the
rules by the package that made them and their name. Neither subclassing, nor unbound methods,
nor another module's alias changes that pair.
"""

from __future__ import annotations

import array
import datetime
import sys
import types
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from .allowed import AllowedModules
from .buffers import is_pointers
from .classes import guarded_metaclass
from .ownership import is_own_class, is_own_function, namespace_of

# Takes the value that was asked for and returns what user code gets; raises AttributeError.
Rule = Callable[[Any], Any]
# Finds the rule for a name within one package.
Selector = Callable[[str], Rule | None]

_HARMLESS: Final[frozenset[type]] = frozenset(
    {
        *(str, bytes, bytearray, int, float, complex, bool, type(None), list, dict, set, frozenset),
        *(tuple, range, slice, array.array, type(Ellipsis), type(NotImplemented)),
        *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
    }
)

_REFUSED_KINDS: Final = frozenset({types.CodeType, types.FrameType, types.CellType})

# Functions by which packages import what a string names.
_IMPORTERS: Final = frozenset(
    "import_module import_string import_object import_from_string import_attr import_item resolve_name".split()
)
_OWN: Final = __name__.partition(".")[0]

_NO_RULE: Final = object()


class Values:
    """Holds the rules; ``judge`` is called for what the fast paths did not clear."""

    def __init__(self, allowed: AllowedModules) -> None:
        self._allowed = allowed
        self._selectors: dict[str, Selector] = {}
        self._facades: dict[str, Callable[[], ModuleType]] = {}
        self._made: dict[str, ModuleType] = {}
        self._verdicts: dict[Any, Any] = {}
        self._metaclasses: dict[type, type] = {}
        self.harmless: set[type] = set(_HARMLESS)

    # -- registration ------------------------------------------------------------------

    def add_rules(self, package: str, rules: Mapping[str, Rule] | Selector) -> None:
        """Register the rules of ``package``, by name or by a function that finds them."""
        self._selectors[package] = rules.get if isinstance(rules, Mapping) else rules

    def add_facade(self, module: str, build: Callable[[], ModuleType]) -> None:
        """Register a stand-in for ``module``, made at its first import."""
        self._facades[module] = build

    # -- modules -----------------------------------------------------------------------

    def facade(self, name: str) -> ModuleType | None:
        """The stand-in for module ``name``, if there is one."""
        if name not in self._made and name in self._facades:
            self._made[name] = self._facades[name]()
        return self._made.get(name)

    def module(self, value: ModuleType) -> ModuleType:
        """A module as user code may see it; raises AttributeError if it may not."""
        name = vars(value).get("__name__", "")
        facade = self.facade(name)
        if facade is not None:
            return facade
        if not self._allowed.permits(name):
            raise AttributeError(self._allowed.refusal(name))
        return value

    # -- classes -----------------------------------------------------------------------

    def class_(self, cls: type) -> type:
        """A class as user code may see it; metaclasses are replaced by checking ones."""
        if is_own_class(cls):
            return cls
        if issubclass(cls, type):
            return self._metaclass(cls)
        if type(cls) is not type and is_own_class(type(cls)):
            return cls
        judged: type = self._ruled(cls, cls.__name__, namespace_of(cls).get("__module__") or cls.__module__)
        return judged

    def class_of(self, value: object) -> type:
        """``type(value)`` as user code may see it."""
        return self.class_(type(value))

    def _metaclass(self, metaclass: type) -> type:
        if metaclass not in self._metaclasses:
            self._metaclasses[metaclass] = guarded_metaclass(metaclass)
        return self._metaclasses[metaclass]

    # -- everything --------------------------------------------------------------------

    def judge(self, name: str, value: Any) -> Any:
        """Return what user code gets for ``value``, found as attribute ``name``.

        Raises AttributeError for what it may not have.
        """
        kind = type(value)
        if kind in self.harmless:
            return value
        if issubclass(kind, ModuleType):
            return self.module(value)
        if issubclass(kind, type):
            return self.class_(value)
        if kind is memoryview and is_pointers(value):
            raise AttributeError(f"{name!r} is the memory of objects and is not available here")
        if kind in _REFUSED_KINDS or kind.__module__ == "_ctypes":
            raise AttributeError(f"objects of type {kind.__name__!r} are not available here")
        if callable(value):
            return self._callable(value, kind, name)
        return value

    def _callable(self, value: Any, kind: type, attribute: str) -> Any:
        if is_own_class(kind) or is_own_function(value):
            return value
        if kind is types.MethodType:
            rule = self._method_rule(value.__func__)
        else:
            rule = self._function_rule(value, kind, attribute)
        return value if rule is None else rule(value)

    def _method_rule(self, function: Any) -> Rule | None:
        if is_own_function(function):
            return None
        name = getattr(function, "__name__", "")
        return self._remembered(function, lambda: self._find(getattr(function, "__module__", None), name))

    def _function_rule(self, value: Any, kind: type, attribute: str) -> Rule | None:
        name = getattr(value, "__name__", None)
        if type(name) is not str:  # an object with __call__: known by where it was found
            return self._find(kind.__module__, attribute)
        module = getattr(value, "__module__", None)
        if type(module) is str:
            return self._remembered(value, lambda: self._find(module, name))
        return self._native_rule(value, name)

    def _native_rule(self, value: Any, name: str) -> Rule | None:
        """For functions made in C that name no module: that of their class, or where they are."""
        holder = getattr(value, "__self__", None)
        if isinstance(holder, ModuleType):
            return self._remembered(value, lambda: self._find(holder.__name__, name))
        owner = getattr(value, "__objclass__", None)
        if owner is None and holder is None:
            return self._remembered(value, lambda: self._find(self._home_of(value, name), name))
        owner = owner or _definer(type(holder), name)
        module = "" if owner is None else owner.__module__
        return None if module == "builtins" else self._find(module, name)

    def _home_of(self, value: Any, name: str) -> str:
        """The module, of a package with rules, that holds ``value`` as ``name``."""
        for home, module in list(sys.modules.items()):
            known = home.partition(".")[0] in self._selectors and isinstance(module, ModuleType)
            if known and vars(module).get(name) is value:
                return home
        return ""

    def _ruled(self, cls: type, name: str, module: Any) -> Any:
        rule = self._remembered(cls, lambda: self._find(module, name))
        return cls if rule is None else rule(cls)

    def _remembered(self, value: Any, find: Callable[[], Rule | None]) -> Rule | None:
        """The rule for a function or class, found once."""
        try:
            known = self._verdicts.get(value, _NO_RULE)
        except TypeError:  # an unhashable callable object
            return find()
        if known is _NO_RULE:
            known = self._verdicts[value] = find()
        rule: Rule | None = known
        return rule

    def _find(self, module: Any, name: str) -> Rule | None:
        if type(module) is not str:
            return None
        package = module if module in self._selectors else module.partition(".")[0]
        if name in _IMPORTERS and package not in ("importlib", _OWN):
            return _refuse_importer
        selector = self._selectors.get(package)
        rule = selector(name) if selector is not None else None
        if rule is None and package != "builtins" and self._allowed.is_denied(module):
            return self._refuse_module(module, name)
        return rule

    def _refuse_module(self, module: str, name: str) -> Rule:
        def refuse(value: Any) -> Any:
            if any(value is offered for made in self._made.values() for offered in vars(made).values()):
                return value
            raise AttributeError(f"{name!r} is not available: {self._allowed.refusal(module)}")

        return refuse


def _refuse_importer(value: Any) -> Any:
    raise AttributeError(f"{value.__name__!r} is not available here: use the import statement")


def _definer(cls: type, name: str) -> type | None:
    """The first class, not counting those of user code, that defines ``name``."""
    for candidate in type.mro(cls):
        if name in namespace_of(candidate) and not is_own_class(candidate):
            return candidate
    return None

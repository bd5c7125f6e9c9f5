"""What import statements of user code become.

The real ``__import__`` stays where it is: libraries, and C code such as ``strftime``, import
what they like. Only the statements of user code are judged, because only they are rewritten.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from .allowed import AllowedModules
from .attributes import Attributes


class Importer:
    """Imports for one policy; raises ImportError or ModuleNotFoundError, saying what to do."""

    def __init__(self, allowed: AllowedModules, attributes: Attributes) -> None:
        self._allowed = allowed
        self._attributes = attributes
        # Called once a module was imported for user code.
        self.after_import: Callable[[], None] = _nothing

    def import_as(self, name: str) -> ModuleType:
        """``import a.b as c``: the module itself."""
        facade = self._attributes.values.facade(name)
        if facade is not None:
            return facade
        if not self._allowed.permits(name):
            raise ImportError(self._refusal(name), name=name)
        return self._attributes.values.module(self._real(name))

    def import_root(self, name: str) -> ModuleType:
        """``import a.b``: imports ``a.b`` and binds ``a``."""
        module = self.import_as(name)
        root = name.partition(".")[0]
        return module if root == name else self.import_as(root)

    def import_from(self, name: str, level: int, member: str) -> Any:
        """``from name import member``."""
        module = self._source(name, level)
        try:
            return self._attributes.get(module, member)
        except AttributeError as exc:
            reason = str(exc)
        if self._is_submodule(module, f"{name}.{member}"):
            return self.import_as(f"{name}.{member}")
        if self._allowed.refuses_by_name(f"{name}.{member}"):
            reason = self._allowed.refusal(f"{name}.{member}")
        detail = f"cannot import name {member!r} from {name!r}"
        unexplained = "has no attribute" in reason
        raise ImportError(detail if unexplained else f"{detail}: {reason}", name=name) from None

    def import_star(self, name: str, level: int, namespace: dict[str, Any]) -> None:
        """``from name import *`` into ``namespace``: every name that may be had."""
        module = self._source(name, level)
        public = getattr(module, "__all__", None) or [key for key in vars(module) if not key.startswith("_")]
        for member in public:
            try:
                namespace[member] = self._attributes.get(module, member)
            except AttributeError:
                continue

    def import_(
        self,
        name: str,
        globals: object = None,  # noqa: A002 - the signature of the built-in
        locals: object = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """The built-in ``__import__``, for code that calls it."""
        self._check_level(level)
        return self.import_as(name) if fromlist else self.import_root(name)

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """``importlib.import_module`` for absolute names."""
        self._check_level(len(name) - len(name.lstrip(".")) if package is None else 1 if name[:1] == "." else 0)
        return self.import_as(name)

    def _source(self, name: str, level: int) -> ModuleType:
        self._check_level(level)
        return self.import_as(name)

    @staticmethod
    def _check_level(level: int) -> None:
        if level:
            raise ImportError("attempted relative import with no known parent package")

    def _is_submodule(self, module: ModuleType, name: str) -> bool:
        if self._attributes.values.facade(name) is not None:
            return True
        if not hasattr(module, "__path__") or not self._allowed.permits(name):
            return False
        return name in sys.modules or _exists(name)

    def _real(self, name: str) -> ModuleType:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as exc:
            if exc.name and (name == exc.name or name.startswith(f"{exc.name}.")):
                exc.msg = self._missing(name, exc.name)
                raise ModuleNotFoundError(exc.msg, name=exc.name) from None
            raise
        self.after_import()
        return module

    def _missing(self, name: str, absent: str) -> str:
        if "." in absent and absent.partition(".")[0] in sys.modules:
            return f"No module named {name!r}"
        return self._allowed.missing(absent)

    def _refusal(self, name: str) -> str:
        refusal = self._allowed.refusal(name)
        return refusal[0].upper() + refusal[1:]


def _nothing() -> None:
    """Before a run is watched there is nothing to do after an import."""


def _exists(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True

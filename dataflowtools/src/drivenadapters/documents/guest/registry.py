"""The handlers by kind; found, not listed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

from . import handlers
from .base import Declaration, Handler


class Registry:
    """Every handler, each kind once."""

    def __init__(self, registered: Iterable[Handler]) -> None:
        self._handlers: dict[str, Handler] = {}
        for handler in registered:
            kind = handler.declaration.kind
            if kind in self._handlers:
                raise ValueError(f"two handlers of the kind {kind}")
            self._handlers[kind] = handler

    def __iter__(self) -> Iterator[Handler]:
        return iter(self._handlers.values())

    def declarations(self) -> tuple[Declaration, ...]:
        """Return what all handlers declare."""
        return tuple(handler.declaration for handler in self)

    def handler(self, kind: str) -> Handler:
        """Return the handler of a kind.

        Raises:
            TaskFailed: there is none.
        """
        if kind not in self._handlers:
            known = ", ".join(sorted(d.kind for d in self.declarations() if d.extracts))
            raise TaskFailed(FailureKind.UNSUPPORTED, f"files of the kind {kind} cannot be read; these can: {known}")
        return self._handlers[kind]


def discover(package: ModuleType = handlers) -> Registry:
    """Return the handlers of every module of a package."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return Registry(handler for module in modules for handler in getattr(module, "HANDLERS", ()))

"""Libraries that look at the machine when first used are told what they would find.

Applied to modules that are loaded already, and after each import that user code asks for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from .boundaries import Boundaries
from .databases import guard_connections

Adjustment = Callable[[Any, Boundaries], None]


def _one_thread(module: Any, _boundaries: Boundaries) -> None:
    """threadpoolctl reads /proc and loads libraries to count threads; there is one."""
    module.ThreadpoolController._load_libraries = lambda _self: None


_ADJUSTMENTS: Final[dict[str, Adjustment]] = {
    "threadpoolctl": _one_thread,
    "sqlite3": lambda _module, boundaries: guard_connections(boundaries),
}


def adjuster(boundaries: Boundaries) -> Callable[[], None]:
    """A function that adjusts what has been loaded since it was last called."""
    pending = dict(_ADJUSTMENTS)

    def adjust() -> None:
        for name in [name for name in pending if isinstance(sys.modules.get(name), ModuleType)]:
            pending.pop(name)(sys.modules[name], boundaries)

    return adjust

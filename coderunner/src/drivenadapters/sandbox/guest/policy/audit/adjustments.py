"""Libraries that look at the machine when first used are told what they would find.

Applied to modules that are loaded already, and after each import that user code asks for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from ..facades.serialisation import guard_build
from ..states import give_state
from .boundaries import Boundaries
from .databases import guard_connections

Adjustment = Callable[[Any, Boundaries], None]


def _one_thread(module: Any, _boundaries: Boundaries) -> None:
    """threadpoolctl reads /proc and loads libraries to count threads; there is one."""
    module.ThreadpoolController._load_libraries = lambda _self: None


def _threads_for_processes(module: Any, _boundaries: Boundaries) -> None:
    """joblib starts processes where it is not told otherwise; here its threads do the work."""
    for name in ("loky", "multiprocessing"):
        module.BACKENDS[name] = module.BACKENDS["threading"]
    module.DEFAULT_BACKEND = "threading"


def _processors_of_the_system(module: Any, _boundaries: Boundaries) -> None:
    """joblib looks for quotas among the files of the system."""
    module._cpu_count_cgroup = lambda count: count


def _states_of_documents(module: Any, _boundaries: Boundaries) -> None:
    """YAML gives the objects of tagged classes whatever attributes it names."""

    def construct(self: Any, node: Any, cls: Any) -> Iterator[Any]:
        made = cls.__new__(cls)
        yield made
        give_state(made, self.construct_mapping(node, deep=True), lambda _: False)

    module.SafeConstructor.construct_yaml_object = construct


def _states_of_pickles(module: Any, _boundaries: Boundaries) -> None:
    guard_build(module.Unpickler)


_ADJUSTMENTS: Final[dict[str, Adjustment]] = {
    "threadpoolctl": _one_thread,
    "joblib.parallel": _threads_for_processes,
    "joblib.externals.loky.backend.context": _processors_of_the_system,
    "yaml.constructor": _states_of_documents,
    "pandas.compat.pickle_compat": _states_of_pickles,
    "sqlite3": lambda _module, boundaries: guard_connections(boundaries),
}


def adjuster(boundaries: Boundaries) -> Callable[[], None]:
    """A function that adjusts what has been loaded since it was last called."""
    pending = dict(_ADJUSTMENTS)

    def adjust() -> None:
        for name in [name for name in pending if isinstance(sys.modules.get(name), ModuleType)]:
            pending.pop(name)(sys.modules[name], boundaries)

    return adjust

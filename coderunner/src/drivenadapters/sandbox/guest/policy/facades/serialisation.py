"""``pickle`` for a program's own data: loading finds plain classes only."""

from __future__ import annotations

import io
import pickle
from types import ModuleType
from typing import IO, Any, ClassVar

from ..facade import chosen
from ..names import is_dunder
from ..ownership import is_own_class
from ..tools import Tools

# What the library hooks and ordinary data need; everything else is refused by name.
_BUILTINS = frozenset(
    "complex set frozenset bytearray range slice list dict tuple int float str bytes bool object".split()
)
_MODULES = frozenset("collections datetime decimal fractions uuid enum zoneinfo numpy pandas scipy sklearn".split())
_CONSTRUCTORS = frozenset(
    """
    ndarray dtype matrix recarray scalar defaultdict _reconstruct _frombuffer _unpickle_block
    _new_Index __newobj__ __bit_generator_ctor __generator_ctor __randomstate_ctor
    """.split()
)
_COPYREG = frozenset({"_reconstructor", "__newobj__", "__newobj_ex__"})


def is_loadable(module: str, name: str) -> bool:
    """Whether a pickle may name ``module.name``."""
    root = module.partition(".")[0]
    if root == "builtins":
        return name in _BUILTINS
    if root in ("copyreg", "copy_reg"):
        return name in _COPYREG
    if root == "__main__":
        return not name.startswith("_") and "." not in name
    return root in _MODULES and name.isidentifier() and (name[0].isupper() or _is_constructor(root, name))


def _is_constructor(root: str, name: str) -> bool:
    if root in ("collections", "datetime") or name in _CONSTRUCTORS:
        return True
    return name.startswith("__pyx_unpickle_")  # classes written in Cython


# Not in the stubs: the pure-Python twin of pickle.Unpickler.
_PythonUnpickler: Any = pickle._Unpickler


class RestrictedUnpickler(_PythonUnpickler):  # type: ignore[misc]
    """Loads what ``pickle.dumps`` of ordinary data and own classes gives.

    The pure-Python unpickler, because its BUILD step, which sets any attribute, can be
    judged there. Raises pickle.UnpicklingError.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_PythonUnpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """Look a class up; raises pickle.UnpicklingError for all but plain ones."""
        if not is_loadable(module, name):
            raise pickle.UnpicklingError(f"{module}.{name} may not be loaded from a pickle here")
        found = super().find_class(module, name)
        if module == "__main__" and not (isinstance(found, type) and is_own_class(found)):
            raise pickle.UnpicklingError(f"{name} is not a class of this program")
        return found

    def load_build(self) -> None:
        """Set the state of an object, refusing special names."""
        state, target = self.stack[-1], self.stack[-2]
        if isinstance(target, type) or callable(target):
            raise pickle.UnpicklingError("classes and functions cannot be changed by a pickle")
        if any(not isinstance(name, str) or is_dunder(name) for name in _state_names(state)):
            raise pickle.UnpicklingError("special names may not be set by a pickle")
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build


def _state_names(state: Any) -> list[Any]:
    """The attributes that a state sets: of the instance, and of its slots."""
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
        return [*(state[0] or ()), *state[1]]
    return list(state) if isinstance(state, dict) else []


def install(tools: Tools) -> None:
    """Register ``pickle``."""
    tools.attributes.values.add_facade("pickle", lambda: _pickle())


def _loads(data: bytes, /, **options: Any) -> Any:
    return RestrictedUnpickler(io.BytesIO(data), **options).load()


def _load(file: IO[bytes], **options: Any) -> Any:
    return RestrictedUnpickler(file, **options).load()


def _pickle() -> ModuleType:
    public = "dump dumps HIGHEST_PROTOCOL DEFAULT_PROTOCOL PickleError PicklingError UnpicklingError".split()
    return chosen(pickle, public, {"load": _load, "loads": _loads})

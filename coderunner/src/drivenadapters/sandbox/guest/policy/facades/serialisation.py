"""``pickle`` for a program's own data: loading finds plain classes only."""

from __future__ import annotations

import importlib
import io
import pickle
from types import ModuleType
from typing import IO, Any, ClassVar

from ..facade import chosen
from ..ownership import is_own_class, is_own_function
from ..states import check_state, check_target
from ..tools import Tools, wrapped
from ..values import Values
from .numpy_rules import check_layout

# What the library hooks and ordinary data need; everything else is refused by name.
_BUILTINS = frozenset(
    "complex set frozenset bytearray range slice list dict tuple int float str bytes bool object".split()
)
_MODULES = frozenset("collections datetime decimal fractions uuid enum zoneinfo numpy pandas scipy sklearn".split())
_CONSTRUCTORS = frozenset(
    """
    ndarray dtype matrix recarray record scalar defaultdict _reconstruct _frombuffer _mareconstruct _unpickle_block
    _new_Index __newobj__ __bit_generator_ctor __generator_ctor __randomstate_ctor
    """.split()
)
_COPYREG = frozenset({"_reconstructor", "__newobj__", "__newobj_ex__"})


# Numpy believes its instances where they say that memory is.
_NEVER = frozenset({"DummyArray"})
_OTHERS = frozenset({("joblib.numpy_pickle", "NumpyArrayWrapper")})


def is_loadable(module: str, name: str) -> bool:
    """Whether a pickle may name ``module.name``."""
    if name in _NEVER:
        return False
    if (module, name) in _OTHERS:
        return True
    root = module.partition(".")[0]
    if root == "builtins":
        return name in _BUILTINS
    if root in ("copyreg", "copy_reg"):
        return name in _COPYREG
    if root == "__main__":
        return not name.startswith("_") and "." not in name
    return root in _MODULES and name.isidentifier() and (name[0].isupper() or _is_constructor(root, name))


def is_acceptable(module: str, name: str) -> bool:
    """Whether what ``module.name`` is may be loaded: a class, or a function that restores."""
    if module == "__main__" or _is_constructor_name(name):
        return True
    return isinstance(getattr(importlib.import_module(module), name, None), type)


def _is_constructor(root: str, name: str) -> bool:
    return root in ("collections", "datetime") or _is_constructor_name(name)


def _is_constructor_name(name: str) -> bool:
    """Whether a name is that of a function by which libraries restore their objects."""
    return name in _CONSTRUCTORS | _COPYREG or name.startswith("__pyx_unpickle_")  # classes written in Cython


# Not in the stubs: the pure-Python twin of pickle.Unpickler.
_PythonUnpickler: Any = pickle._Unpickler


class RestrictedUnpickler(_PythonUnpickler):  # type: ignore[misc]
    """Loads what ``pickle.dumps`` of ordinary data and own classes gives.

    The pure-Python unpickler, because its BUILD step, which sets any attribute, can be
    judged there. Raises pickle.UnpicklingError.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_PythonUnpickler.dispatch)

    @staticmethod
    def judge(name: str, value: Any) -> Any:
        """What user code gets for a value; raises AttributeError. Each policy has its own."""
        raise NotImplementedError

    def find_class(self, module: str, name: str) -> Any:
        """Look a class up; raises pickle.UnpicklingError for all but plain ones."""
        if not is_loadable(module, name):
            raise pickle.UnpicklingError(f"{module}.{name} may not be loaded from a pickle here")
        found = super().find_class(module, name)
        if module == "__main__":
            if not (is_own_function(found) or (isinstance(found, type) and is_own_class(found))):
                raise pickle.UnpicklingError(f"{name} is no class or function of this program")
        elif isinstance(found, type):
            self._check_class(name, found)
        elif not is_acceptable(module, name):
            raise pickle.UnpicklingError(f"{module}.{name} is not a class")
        return found

    def _check_class(self, name: str, cls: type) -> None:
        try:
            self.judge(name, cls)
        except AttributeError as refusal:
            raise pickle.UnpicklingError(str(refusal)) from None

    def load_build(self) -> None:
        """Set the state of an object, refusing special names."""
        _check_build(self.stack[-2], self.stack[-1])
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build


def _check_build(target: Any, state: Any) -> None:
    try:
        check_target(target, lambda kind: is_loadable(kind.__module__, kind.__name__))
        check_state(state)
        check_layout(target, state)
    except TypeError as refusal:
        raise pickle.UnpicklingError(str(refusal)) from None


def unpickler(values: Values) -> type[RestrictedUnpickler]:
    """The unpickler of one policy."""
    return type("Unpickler", (RestrictedUnpickler,), {"judge": staticmethod(values.judge), "__module__": "pickle"})


def guard_unpicklers(restricted: type[RestrictedUnpickler]) -> None:
    """Give the restricted unpickler to the libraries, whose own setting of states nobody judges."""
    loads, load = _functions(restricted)
    pickle.load, pickle.loads, pickle.Unpickler = load, loads, restricted  # type: ignore[misc]
    build = _PythonUnpickler.load_build
    _PythonUnpickler.load_build = _judged_build(build)
    _PythonUnpickler.dispatch[pickle.BUILD[0]] = _PythonUnpickler.load_build


def guard_build(cls: Any) -> None:
    """Judge the states that a library's own unpickler sets."""
    cls.dispatch[pickle.BUILD[0]] = _judged_build(cls.dispatch[pickle.BUILD[0]])


def _judged_build(build: Any) -> Any:
    def load_build(self: Any) -> None:
        _check_build(self.stack[-2], self.stack[-1])
        build(self)

    return load_build


def install(tools: Tools) -> None:
    """Register ``pickle``, and the rules of ``copy``."""
    values = tools.attributes.values
    values.add_facade("pickle", lambda: _pickle(unpickler(values)))
    values.add_rules("copy", {"deepcopy": wrapped(_check_memo)})


def _check_memo(_value: Any = None, memo: Any = None, *_rest: Any, **_named: Any) -> None:
    """A memo that answers every key would replace the states of copies."""
    if memo is not None and type(memo) is not dict:
        raise TypeError("the memo of deepcopy must be a plain dict here")


def _functions(restricted: type[RestrictedUnpickler]) -> tuple[Any, Any]:
    def loads(data: bytes, /, **options: Any) -> Any:
        return restricted(io.BytesIO(data), **options).load()

    def load(file: IO[bytes], **options: Any) -> Any:
        return restricted(file, **options).load()

    return loads, load


def _pickle(restricted: type[RestrictedUnpickler]) -> ModuleType:
    public = "dump dumps HIGHEST_PROTOCOL DEFAULT_PROTOCOL PickleError PicklingError UnpicklingError".split()
    loads, load = _functions(restricted)
    return chosen(pickle, public, {"load": load, "loads": loads})

"""numpy: what reads or writes memory outside an array's own buffer."""

from __future__ import annotations

import math
import numbers
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..buffers import check_buffers
from ..tools import Tools, labelled, refused, wrapped
from ..values import Rule

_MEMORY = "it can reach memory outside the array"
_VIEW = f"{_MEMORY}; numpy.lib.stride_tricks.sliding_window_view is available"
_HAS_DIGIT = re.compile(r"\d")


def install(tools: Tools) -> None:
    """Register the rules for numpy."""
    tools.attributes.values.add_rules("numpy", _rules())


def _rules() -> Mapping[str, Rule]:
    return {
        "as_strided": refused(_VIEW),
        "DummyArray": refused(_MEMORY),
        "byte_bounds": refused(_MEMORY),
        "load_library": refused("libraries cannot be loaded"),
        "test": refused("it runs numpy's own tests"),
        "info": refused("use help in your own editor"),
        "resize": _resizing,
        "ndarray": _array_class,
        "recarray": _array_class,
        "memmap": _array_class,
        "array": _owning_result,
        "fromstring": _owning_result,
        "frombuffer": wrapped(check_buffers),
        "set_printoptions": _printing,
        "printoptions": _printing,
        "array2string": _printing,
        "array_repr": _printing,
        "load": _loading,
    }


def check_owned(array: Any) -> None:
    """Refuse object arrays over foreign memory: their elements would be forged pointers."""
    if array.dtype.hasobject and not array.flags.owndata and not _base_has_objects(array):
        raise ValueError("an array of objects cannot be made from a buffer")


def _base_has_objects(array: Any) -> bool:
    base = array.base
    return base is not None and hasattr(base, "dtype") and bool(base.dtype.hasobject)


def _owning_result(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **keywords: Any) -> Any:
        array = function(*arguments, **keywords)
        check_owned(array)
        return array

    return labelled(call, function)


class _ArrayKind(type):
    """Makes a guarded array class answer for the real one."""

    _real: type

    def __instancecheck__(cls, instance: object) -> bool:
        if "_real" in cls.__dict__:
            return isinstance(instance, cls._real)
        return super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        if "_real" in cls.__dict__:
            return issubclass(subclass, cls._real)
        return super().__subclasscheck__(subclass)

    def __eq__(cls, other: object) -> bool:
        return cls is other or ("_real" in cls.__dict__ and other is cls._real)

    def __hash__(cls) -> int:
        return hash(cls._real) if "_real" in cls.__dict__ else super().__hash__()


_guarded: dict[type, type] = {}


def _array_class(cls: type) -> type:
    """A class that stands for ``cls`` and checks what its constructor gives."""
    if cls not in _guarded:
        _guarded[cls] = _make_array_class(cls)
    return _guarded[cls]


def _make_array_class(cls: type) -> type:
    def create(kind: type, *arguments: Any, **keywords: Any) -> Any:
        check_buffers(*arguments[2:], *keywords.values())
        array = cls.__new__(cls if kind is guarded else kind, *arguments, **keywords)
        check_owned(array)
        return array

    members = {"__new__": create, "__module__": cls.__module__, "__doc__": cls.__doc__, "_real": cls}
    guarded = _ArrayKind(cls.__name__, (cls,), members)
    return guarded


def _resizing(value: Callable[..., Any]) -> Callable[..., Any]:
    def resize(*arguments: Any, **keywords: Any) -> Any:
        if not keywords.get("refcheck", True):
            raise ValueError("resize(refcheck=False) can leave views of freed memory; use numpy.resize")
        return value(*arguments, **keywords)

    return labelled(resize, value)


def number_formatter(function: Any) -> Any:
    """``function`` as a formatter that must show the number it is given.

    A formatter set for all output that drops the value would forge every later print.
    """
    if not callable(function):
        return function

    def show(value: Any) -> Any:
        shown = function(value)
        finite = isinstance(value, numbers.Real) and math.isfinite(value)
        if finite and isinstance(shown, str) and not _HAS_DIGIT.search(shown):
            raise ValueError("a formatter of numbers must show the number")
        return shown

    return show


def _printing(value: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **keywords: Any) -> Any:
        formatter = keywords.get("formatter")
        if isinstance(formatter, Mapping):
            keywords["formatter"] = {key: number_formatter(function) for key, function in formatter.items()}
        return value(*arguments, **keywords)

    return labelled(call, value)


def _check_load(*_arguments: Any, **keywords: Any) -> None:
    if keywords.get("mmap_mode") is not None and keywords.get("allow_pickle"):
        raise ValueError("mmap_mode and allow_pickle cannot be combined")


_loading = wrapped(_check_load)


_HAS_OBJECTS = 1  # NPY_ITEM_REFCOUNT, of the flags of a dtype


def check_layout(target: Any, state: Any) -> None:
    """Refuse a pickled dtype whose objects share their bytes with numbers; raises TypeError.

    numpy believes the state of a dtype. One that lies makes objects of any bytes.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(target, numpy.dtype):
        return
    if type(state) is not tuple or len(state) < 8:
        raise TypeError("not the state of a dtype")
    _, _, subarray, names, fields, size, _, flags = state[:8]
    objects = target.hasobject
    if fields is not None or names is not None:
        objects = _structured(numpy, names, fields, size).hasobject
    elif subarray is not None:
        objects = subarray[0].hasobject
    if bool(flags & _HAS_OBJECTS) != objects:
        raise TypeError("the flags of the dtype contradict its fields")


def _structured(numpy: Any, names: Any, fields: Any, size: int) -> Any:
    """The dtype that numpy makes, and checks, of the same fields."""
    if type(names) is not tuple or type(fields) is not dict or set(names) != set(fields):
        raise TypeError("the fields of the dtype contradict their names")
    parts = [fields[name] for name in names]
    if any(type(part) is not tuple or len(part) != 2 or not isinstance(part[0], numpy.dtype) for part in parts):
        raise TypeError("the fields of the dtype are malformed")
    formats, offsets = [part[0] for part in parts], [part[1] for part in parts]
    try:
        return numpy.dtype({"names": list(names), "formats": formats, "offsets": offsets, "itemsize": size})
    except ValueError as reason:
        raise TypeError(str(reason)) from None

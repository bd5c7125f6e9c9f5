"""``inspect``, ``gc``, ``types``, ``importlib``: looking at objects without opening them."""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import importlib.util
import inspect
import tracemalloc
import types
from types import ModuleType
from typing import Any

from ..classes import check_members
from ..facade import chosen
from ..kinds import FUNCTION, MODULE
from ..names import is_dunder
from ..tools import Tools

_INSPECT = """
    Signature Parameter BoundArguments cleandoc getdoc isabstract isasyncgen
    isasyncgenfunction isawaitable isbuiltin isclass iscoroutine iscoroutinefunction isfunction
    isgenerator isgeneratorfunction ismethod ismodule isroutine isdatadescriptor ismethoddescriptor
    getfullargspec getcallargs get_annotations getgeneratorstate GEN_CREATED GEN_RUNNING GEN_SUSPENDED GEN_CLOSED
""".split()

_TRACEMALLOC = """
    start stop is_tracing get_traced_memory reset_peak clear_traces get_tracemalloc_memory get_traceback_limit
""".split()

_TYPES = """
    AsyncGeneratorType BuiltinFunctionType BuiltinMethodType CoroutineType EllipsisType
    GeneratorType GenericAlias MappingProxyType MethodType NoneType NotImplementedType
    UnionType coroutine get_original_bases DynamicClassAttribute
""".split()


def install(tools: Tools) -> None:
    """Register the stand-ins."""
    values = tools.attributes.values
    values.add_facade("inspect", lambda: _inspect(tools))
    # Parameter.empty, and the methods of signatures.
    public = "_empty bind bind_partial replace apply_defaults from_callable args kwargs".split()
    values.add_rules("inspect", dict.fromkeys(public, lambda value: value))
    values.add_facade("gc", lambda: chosen(gc, ("collect", "enable", "disable", "isenabled", "get_count")))
    values.add_facade("tracemalloc", lambda: chosen(tracemalloc, _TRACEMALLOC))
    values.add_facade("types", lambda: _types())
    values.add_facade("importlib", lambda: chosen(importlib, (), _import_tools(tools)))
    values.add_facade("importlib.util", lambda: chosen(importlib.util, (), {"find_spec": _finder(tools)}))
    values.add_facade("importlib.metadata", lambda: _metadata())


def _metadata() -> ModuleType:
    return chosen(importlib.metadata, ("version", "PackageNotFoundError"))


def _import_tools(tools: Tools) -> dict[str, Any]:
    importer = tools.importer
    return {
        "import_module": importer.import_module,
        "util": importer.import_as("importlib.util"),
        "metadata": importer.import_as("importlib.metadata"),
    }


def _finder(tools: Tools) -> Any:
    def find_spec(name: str, package: str | None = None) -> Any:
        """True-ish where the module may be imported, None where it may not or is absent."""
        try:
            return tools.importer.import_as(name).__name__
        except ImportError:
            return None

    return find_spec


def _inspect(tools: Tools) -> ModuleType:
    def signature(obj: Any, *, follow_wrapped: bool = True) -> inspect.Signature:
        return inspect.signature(obj, follow_wrapped=follow_wrapped)

    def getmembers(obj: Any, predicate: Any = None) -> list[tuple[str, Any]]:
        found = [(name, tools.attributes.get(obj, name, _ABSENT)) for name in dir(obj) if not is_dunder(name)]
        return [(name, value) for name, value in found if value is not _ABSENT and (not predicate or predicate(value))]

    def getsource(obj: Any) -> str:
        raise OSError(f"the source of {getattr(obj, '__name__', 'it')!r} is not available here")

    def getmro(cls: type) -> Any:
        return tools.attributes.get(cls, "__mro__")

    own = {"signature": signature, "getmembers": getmembers, "getsource": getsource, "getmro": getmro}
    return chosen(inspect, _INSPECT, own)


_ABSENT = object()


class SimpleNamespace(types.SimpleNamespace):
    """``types.SimpleNamespace`` without special names, which libraries would trust."""

    def __init__(self, /, *arguments: Any, **values: Any) -> None:
        merged = dict(*arguments, **values)
        check_members(merged)
        super().__init__(**merged)

    def __repr__(self) -> str:
        if type(self) is not SimpleNamespace:
            return super().__repr__()
        return f"namespace({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def _types() -> ModuleType:
    SimpleNamespace.__module__ = "types"
    own = {
        "SimpleNamespace": SimpleNamespace,
        "FunctionType": FUNCTION,
        "LambdaType": FUNCTION,
        "ModuleType": MODULE,
        "TracebackType": types.TracebackType,
        "new_class": _new_class,
    }
    return chosen(types, _TYPES, own)


def _new_class(name: str, bases: Any = (), kwds: Any = None, exec_body: Any = None) -> type:
    def checked(namespace: Any) -> None:
        if exec_body is not None:
            exec_body(namespace)
        check_members(namespace)

    return types.new_class(name, bases, kwds, checked)

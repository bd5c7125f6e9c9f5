"""Functions of the standard library that read or write attributes named by strings."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Callable, Iterable
from typing import Any, Final

from ..classes import check_members
from ..names import is_dunder
from ..ownership import is_own_class, is_own_function
from ..standin import stand_in
from ..tools import Tools, labelled, refused, replaced, wrapped
from ..values import Rule
from .introspection import SimpleNamespace

_TRACERS = "settrace setprofile settrace_all_threads setprofile_all_threads gettrace getprofile".split()


def install(tools: Tools) -> None:
    """Register the rules."""
    values = tools.attributes.values
    operators = {"attrgetter": replaced(_attrgetter(tools)), "methodcaller": replaced(_methodcaller(tools))}
    values.add_rules("operator", operators)
    values.add_rules("_operator", operators)
    updating = {"update_wrapper": replaced(_update_wrapper(tools)), "wraps": replaced(_wraps(tools))}
    updating["total_ordering"] = wrapped(_check_decorated)
    values.add_rules("functools", updating)
    making = {"make_dataclass": wrapped(_check_fields), "dataclass": wrapped(_check_decorated)}
    values.add_rules("dataclasses", making)
    values.add_rules("timeit", dict.fromkeys(("Timer", "timeit", "repeat"), _timing(tools)))
    values.add_rules("threading", dict.fromkeys(_TRACERS, refused("it shows frames")))
    values.add_rules("traceback", dict.fromkeys(("walk_stack", "walk_tb"), refused("it shows frames")))
    values.add_rules("argparse", _argument_rules(tools))
    values.add_rules("ast", lambda name: _syntax_node if name[:1].isupper() else _SYNTAX.get(name))
    values.add_rules("types", {"SimpleNamespace": replaced(SimpleNamespace), "new_class": refused("use class")})
    values.add_rules("typing", {"get_origin": _class_results(tools), "get_args": _class_results(tools)})


# -- operator --------------------------------------------------------------------------


def _attrgetter(tools: Tools) -> type:
    get = tools.attributes.get

    def follow(obj: Any, dotted: str) -> Any:
        return functools.reduce(get, dotted.split("."), obj)

    def of(_self: object, *dotted: str) -> Callable[[Any], Any]:
        if not dotted or not all(type(name) is str for name in dotted):
            raise TypeError("attribute name must be a string")
        if len(dotted) == 1:
            return lambda obj: follow(obj, dotted[0])
        return lambda obj: tuple(follow(obj, name) for name in dotted)

    return type("attrgetter", (), {"__new__": of, "__module__": "operator"})


def _methodcaller(tools: Tools) -> type:
    def of(_self: object, name: str, /, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
        return lambda obj: tools.attributes.get(obj, name)(*arguments, **keywords)

    return type("methodcaller", (), {"__new__": of, "__module__": "operator"})


# -- functools -------------------------------------------------------------------------


def _update_wrapper(tools: Tools) -> Callable[..., Any]:
    attributes = tools.attributes
    missing = object()

    def copy_labels(wrapper: Any, wrapped_: Any, assigned: Iterable[str]) -> None:
        for name in assigned:
            value = attributes.get(wrapped_, name, missing)
            if value is not missing:
                attributes.set(wrapper, name, value)

    def update_wrapper(
        wrapper: Any,
        wrapped: Any,
        assigned: Iterable[str] = ("__module__", "__name__", "__qualname__", "__doc__"),
        updated: Iterable[str] = ("__dict__",),
    ) -> Any:
        copy_labels(wrapper, wrapped, assigned)
        for name in updated:
            if name != "__dict__":
                attributes.get(wrapper, name).update(attributes.get(wrapped, name, {}))
            elif is_own_function(wrapped) and is_own_function(wrapper):
                wrapper.__dict__.update(wrapped.__dict__)
        if is_own_function(wrapper) or is_own_class(type(wrapper)):
            wrapper.__wrapped__ = wrapped
        return wrapper

    return labelled(update_wrapper, functools.update_wrapper)


def _wraps(tools: Tools) -> Callable[..., Any]:
    update = _update_wrapper(tools)

    def wraps(wrapped: Any, **options: Any) -> Callable[[Any], Any]:
        return lambda wrapper: update(wrapper, wrapped, **options)

    return labelled(wraps, functools.wraps)


# -- others ----------------------------------------------------------------------------


def _check_fields(_name: str, fields: Iterable[Any], **options: Any) -> None:
    names = [field if isinstance(field, str) else field[0] for field in fields]
    check_members(dict.fromkeys(names))
    if any(is_dunder(name) for name in names):
        raise TypeError("fields may not have special names here")
    check_members(options.get("namespace") or {})


def _check_decorated(cls: Any = None, **_options: Any) -> None:
    if isinstance(cls, type) and not is_own_class(cls):
        raise TypeError(f"class {cls.__name__!r} may not be changed; derive a class from it")


def _argument_rules(tools: Tools) -> dict[str, Rule]:
    """Command lines name the attributes that are set, on whatever object is given."""

    def check(*arguments: Any, namespace: Any = None, **keywords: Any) -> None:
        target = namespace if namespace is not None else arguments[-1] if arguments else None
        if target is not None and not isinstance(target, (str, list, tuple)):
            tools.attributes.target(target, "destination")

    parsing = wrapped(check)
    names = "parse_args parse_known_args parse_intermixed_args parse_known_intermixed_args".split()
    rules = dict.fromkeys(names, parsing)
    defining = {"add_argument": wrapped(_check_option), "set_defaults": wrapped(_check_defaults)}
    return {**rules, **defining, "Namespace": _checked_keywords}


def _check_option(*flags: Any, **options: Any) -> None:
    for flag in (*flags, options.get("dest")):
        if isinstance(flag, str) and is_dunder(flag.lstrip("-").replace("-", "_")):
            raise ValueError(f"{flag!r} names a special attribute")


def _check_defaults(*_arguments: Any, **defaults: Any) -> None:
    check_members(defaults)


def _syntax_node(cls: Any) -> Any:
    """A node class whose keyword arguments, which become attributes, are checked."""
    if isinstance(cls, type) and issubclass(cls, ast.AST):
        return stand_in(cls, lambda *_arguments, **values: check_members(values))
    return cls


def _check_node(node: Any, *_rest: Any) -> None:
    """Fields are read by name: of a real node they are harmless."""
    if type(node).__module__ not in ("ast", "_ast"):
        raise TypeError("expected a node made by ast.parse()")


_SYNTAX: Final = dict.fromkeys(
    "iter_fields iter_child_nodes walk dump copy_location fix_missing_locations increment_lineno".split(),
    wrapped(_check_node),
)


def _timing(tools: Tools) -> Rule:
    """Source text to be timed is compiled by the policy."""
    evaluation = tools.evaluation

    def timed(code: Any, namespace: dict[str, Any]) -> Any:
        if not isinstance(code, str):
            return code
        compiled = evaluation.compile(code, "<timeit>")
        return lambda: evaluation.exec(compiled, namespace)

    def rule(value: Any) -> Callable[..., Any]:
        if type(value) is types.MethodType:  # of a Timer, which was given its code before
            return value

        def call(stmt: Any = "pass", setup: Any = "pass", *arguments: Any, globals: Any = None, **options: Any) -> Any:  # noqa: A002
            namespace = dict(globals or {})
            return value(timed(stmt, namespace), timed(setup, namespace), *arguments, **options)

        return labelled(call, value)

    return rule


def _checked_keywords(cls: type) -> type:
    """A subclass whose keyword arguments, which become attributes, are checked."""

    def initialise(self: Any, **values: Any) -> None:
        check_members(values)
        cls.__init__(self, **values)  # type: ignore[misc]

    return type(cls.__name__, (cls,), {"__init__": initialise, "__module__": cls.__module__})


def _class_results(tools: Tools) -> Rule:
    """Classes in the answer become those that user code may have."""
    values = tools.attributes.values

    def shown(item: Any) -> Any:
        return values.class_(item) if isinstance(item, type) else item

    def rule(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(tp: Any) -> Any:
            answer = function(tp)
            return tuple(map(shown, answer)) if isinstance(answer, tuple) else shown(answer)

        return labelled(call, function)

    return rule

"""Built-in functions, wherever a library's alias shows them: user code gets its own ones."""

from __future__ import annotations

import builtins
import io
from collections.abc import Callable
from typing import Any

from ..facade import chosen
from ..kinds import FUNCTION, MODULE
from ..tools import Tools, refused, replaced
from ..values import Rule
from .buffer_rules import reading_into

_REASON = "use the built-in of that name"
_NOT_FOR_USERS = frozenset(
    "__import__ __build_class__ breakpoint compile eval exec globals locals vars input open dir "
    "getattr setattr delattr hasattr type super memoryview print help exit quit copyright credits license".split()
)

_KINDS = {"function": FUNCTION, "module": MODULE}


def install(tools: Tools) -> None:
    """Rules for ``builtins``, ``io`` and ``codecs``."""
    values = tools.attributes.values
    values.add_rules("builtins", _selector(tools))
    values.add_facade(
        "builtins", lambda: chosen(builtins, (), {**tools.builtins, "__import__": tools.importer.import_})
    )
    opening = {
        "open": replaced(tools.files.open),
        "open_code": refused(_REASON),
        "FileIO": _path_first(tools, io.FileIO),
        **reading_into(),
    }
    values.add_rules("_io", opening)
    values.add_rules("io", opening)
    for package in ("gzip", "bz2", "lzma", "_compression", "compression", "zipfile", "tempfile", "http"):
        values.add_rules(package, reading_into())
    values.add_rules("codecs", {"open": _checked_open(tools)})


def _selector(tools: Tools) -> Callable[[str], Rule | None]:
    def select(name: str) -> Rule | None:
        if name in _KINDS:
            return replaced(_KINDS[name])
        if name not in _NOT_FOR_USERS:
            return None
        return replaced(tools.builtins[name]) if name in tools.builtins else refused(_REASON)

    return select


def _checked_open(tools: Tools) -> Rule:
    def rule(value: Callable[..., Any]) -> Callable[..., Any]:
        def checked(file: Any, *arguments: Any, **keywords: Any) -> Any:
            return value(tools.files.check(file), *arguments, **keywords)

        return checked

    return rule


def _path_first(tools: Tools, cls: type) -> Rule:
    """A subclass of ``cls`` whose first argument is a path in the working directory."""

    def initialise(self: Any, name: Any, *arguments: Any, **keywords: Any) -> None:
        keywords.pop("opener", None)
        cls.__init__(self, tools.files.check(name), *arguments, **keywords)  # type: ignore[misc]

    return replaced(type(cls.__name__, (cls,), {"__init__": initialise, "__module__": "io"}))

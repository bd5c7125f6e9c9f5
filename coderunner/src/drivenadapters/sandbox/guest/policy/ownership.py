"""Telling what user code made from what libraries made."""

from __future__ import annotations

import abc
import collections
import datetime
import decimal
import enum
import fractions
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Final

from . import names

MAIN: Final = "__main__"

_class_namespace = type.__dict__["__dict__"].__get__

# Classes whose public attributes, but for the delicate names, are harmless on every instance.
PLAIN_CLASSES: Final[frozenset[type]] = frozenset(
    {
        *(str, bytes, bytearray, int, float, complex, bool, type(None), list, dict, set, frozenset),
        *(tuple, range, slice, memoryview, object),
        *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
        *(decimal.Decimal, fractions.Fraction, re.Pattern, re.Match),
        *(collections.deque, collections.OrderedDict, collections.Counter, collections.defaultdict),
    }
)

# What a class of user code may derive from and still be plain.
_PLAIN_BASES: Final = PLAIN_CLASSES | {abc.ABC, typing.Generic, typing.Protocol, enum.Enum, enum.IntEnum}
_PLAIN_BASE_MODULES: Final = frozenset({"collections.abc", "builtins"})
_TRUSTED_METACLASSES: Final = frozenset({type, abc.ABCMeta, enum.EnumType, type(typing.Protocol)})


def namespace_of(cls: type) -> Mapping[str, Any]:
    """The namespace of a class, whatever its metaclass answers for ``__dict__``."""
    namespace: Mapping[str, Any] = _class_namespace(cls)
    return namespace


def is_own_class(cls: type) -> bool:
    """Whether user code defined ``cls``; the service's own main module defines no classes."""
    module = namespace_of(cls).get("__module__")
    return type(module) is str and module == MAIN


def is_own_function(value: object) -> bool:
    """Whether ``value`` is a Python function that user code defined."""
    return type(value) is types.FunctionType and names.LOAD in value.__globals__


def is_plain_class(cls: type) -> bool:
    """Whether instances hold nothing but what user code itself put there.

    Such instances need no guard for ordinary names. The metaclass must be one whose hash is
    identity: a set lookup would otherwise ask user code.
    """
    if type(cls) not in _TRUSTED_METACLASSES or not is_own_class(cls):
        return False
    return all(_is_plain_base(base) for base in type.mro(cls)[1:])


def _is_plain_base(base: type) -> bool:
    if base in _PLAIN_BASES:
        return True
    if type(base) not in _TRUSTED_METACLASSES:
        return False
    return is_own_class(base) or base.__module__ in _PLAIN_BASE_MODULES

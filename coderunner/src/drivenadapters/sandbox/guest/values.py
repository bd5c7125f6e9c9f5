"""The value of a run as JSON: the sensible form of what workflow code returns.

===============================  ==================================================
Decimal, Fraction, UUID, path    text
datetime, date, time             ISO 8601 text
timedelta                        seconds
list, tuple, deque, dict views   list
bytes                            ``{"__type__": "bytes", "base64": ...}``
set, frozenset                   list, sorted where it can be
dataclass, pydantic model        object of its fields
Enum                             its value
numpy scalar, array              number, nested lists
DataFrame                        list of row objects; the index comes along as columns,
                                 except unnamed row numbers; a repeated name gets ``_2``
Series                           list, where the index is 0..n-1; else object by index, or
                                 list of ``{"index", "value"}`` where labels repeat
NaN, infinity, NaT, pandas.NA    null
int of more than 4000 digits     ``{"__type__": "int", "__repr__": ...}``, hexadecimal
anything else                    ``{"__type__": class name, "__repr__": ...}``
===============================  ==================================================
"""

from __future__ import annotations

import array
import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import os
import sys
import types
import uuid
from collections.abc import ItemsView, Iterable, KeysView, Mapping, ValuesView
from typing import Any

_LONGEST_REPR = 2000
_UNKNOWN = object()
_DEEPEST = 200
_LONGEST_INT_BITS = 13_288  # 4000 digits: readers, Python's among them, refuse more than 4300


class TooDeep(ValueError):
    """The value is nested too deep, or contains itself."""


def to_json(value: object) -> str:
    """Return the value as JSON text.

    Raises:
        TooDeep: it is nested deeper than 200 levels, or contains itself.
    """
    return json.dumps(plain(value, _DEEPEST), allow_nan=False, separators=(",", ":"))


def plain(value: Any, depth: int = _DEEPEST) -> Any:
    """Return the value made of None, bool, int, float, str, list and dict only."""
    if value is None or type(value) in (bool, str):
        return value
    if isinstance(value, int):
        return _number(value)
    if depth == 0:
        raise TooDeep(f"the value is nested deeper than {_DEEPEST} levels, or contains itself")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, enum.Enum):
        return plain(value.value, depth - 1)
    for kind, convert in _BASIC:
        if isinstance(value, kind):
            return convert(value)
    container = _container(value, depth - 1)
    return _from_library(value, depth) if container is _UNKNOWN else container


_SEQUENCES = (list, tuple, range, collections.deque, array.array, KeysView, ValuesView, ItemsView)


def _container(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): plain(item, depth) for key, item in value.items()}
    if isinstance(value, _SEQUENCES):
        return [plain(item, depth) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item, depth) for item in _in_order(value)]
    return _UNKNOWN


def _number(value: int) -> Any:
    exact = int.__add__(value, 0)  # whatever a subclass makes of it
    if exact.bit_length() <= _LONGEST_INT_BITS:
        return exact
    return {"__type__": type(value).__name__, "__repr__": hex(exact)[:_LONGEST_REPR]}


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    simple = plain(key)
    if isinstance(simple, str):
        return simple
    return json.dumps(simple) if isinstance(simple, (bool, int, float, type(None))) else str(key)


def _in_order(items: Iterable[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:
        return list(items)


def _encode_bytes(value: Any) -> dict[str, str]:
    return {"__type__": "bytes", "base64": base64.b64encode(bytes(value)).decode("ascii")}


_BASIC: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    (str, str),
    (datetime.timedelta, lambda value: value.total_seconds() if value == value else None),
    # NaT is the only date that does not equal itself.
    ((datetime.date, datetime.time), lambda value: value.isoformat() if value == value else None),
    (decimal.Decimal, lambda value: str(value) if value.is_finite() else None),
    ((fractions.Fraction, uuid.UUID, os.PathLike), str),
    ((bytes, bytearray, memoryview), _encode_bytes),
)


def _from_library(value: Any, depth: int) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name, None), depth - 1) for field in fields}
    for library, convert in _LIBRARIES:
        module = sys.modules.get(library)
        if module is not None:
            converted = convert(module, value, depth)
            if converted is not _UNKNOWN:
                return converted
    if isinstance(value, (types.GeneratorType, map, filter, zip, enumerate)):
        return [plain(item, depth - 1) for item in value]
    return marked(value)


def marked(value: object) -> dict[str, str]:
    """Return the marker for a value that has no JSON form."""
    try:
        text = repr(value)
    except Exception as reason:  # noqa: BLE001 - a stranger's __repr__ may raise anything
        text = f"<unprintable: {type(reason).__name__}>"
    return {"__type__": type(value).__name__, "__repr__": text[:_LONGEST_REPR]}


def _numpy(numpy: Any, value: Any, depth: int) -> Any:
    if isinstance(value, numpy.ndarray):
        return plain(value.tolist(), depth - 1)
    if isinstance(value, numpy.generic):
        item = value.item()
        if type(item) is not type(value):
            return plain(item, depth - 1)
        return marked(value)
    return _UNKNOWN


def _pandas(pandas: Any, value: Any, depth: int) -> Any:
    if value is pandas.NA or value is pandas.NaT:
        return None
    if isinstance(value, pandas.DataFrame):
        return _frame(pandas, value, depth)
    if isinstance(value, pandas.Series):
        return _series(pandas, value, depth)
    if isinstance(value, (pandas.Index, pandas.api.extensions.ExtensionArray)):
        return plain(value.tolist(), depth - 1)
    if isinstance(value, (pandas.Period, pandas.Interval)):
        return str(value)
    return _UNKNOWN


def _series(pandas: Any, series: Any, depth: int) -> Any:
    """Return the values, with their labels where those say more than the position."""
    items = [plain(item, depth - 1) for item in series.tolist()]
    index = series.index
    if isinstance(index, pandas.RangeIndex) and index.start == 0 and index.step == 1:
        return items
    labels = index.tolist()
    by_label = {_key(label): item for label, item in zip(labels, items, strict=True)}
    if len(by_label) == len(items):
        return by_label
    return [{"index": plain(label, depth - 1), "value": item} for label, item in zip(labels, items, strict=True)]


def _frame(pandas: Any, frame: Any, depth: int) -> Any:
    """Return the rows as objects; an index that says something comes first."""
    columns = [
        (_key(name), [plain(item, depth - 1) for item in frame.iloc[:, at].tolist()])
        for at, name in enumerate(frame.columns)
    ]
    # set_index(drop=False) leaves a column that says the same as the index.
    index = [level for level in _index_columns(pandas, frame.index, depth) if level not in columns]
    names = _distinct([name for name, _ in (*columns, *index)])  # the columns' own names are kept
    names = names[len(columns) :] + names[: len(columns)]
    if not names:
        return [{} for _ in range(len(frame))]
    rows = zip(*(items for _, items in (*index, *columns)), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _index_columns(pandas: Any, index: Any, depth: int) -> list[tuple[str, list[Any]]]:
    """Return name and values of each level; none for row numbers, also those that filtering or sorting left."""
    several = index.nlevels > 1
    if not several and index.name is None and pandas.api.types.is_integer_dtype(index.dtype):
        return []
    unnamed = [f"level_{level}" if several else "index" for level in range(index.nlevels)]
    names = [default if name is None else _key(name) for name, default in zip(index.names, unnamed, strict=True)]
    levels = [index.get_level_values(level).tolist() for level in range(index.nlevels)]
    return [(name, [plain(item, depth - 1) for item in items]) for name, items in zip(names, levels, strict=True)]


def _distinct(names: list[str]) -> list[str]:
    """Return the names, a repeated one with the first free number from 2 on."""
    taken = set(names)
    seen: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 1
        while candidate in seen or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        result.append(candidate)
    return result


def _pydantic(pydantic: Any, value: Any, depth: int) -> Any:
    return plain(value.model_dump(), depth - 1) if isinstance(value, pydantic.BaseModel) else _UNKNOWN


_LIBRARIES: tuple[tuple[str, Any], ...] = (("numpy", _numpy), ("pandas", _pandas), ("pydantic", _pydantic))

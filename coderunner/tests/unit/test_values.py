"""The JSON form of what programs return."""

from __future__ import annotations

import array
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import json
import math
import pathlib
import types
import uuid
from collections import OrderedDict, UserDict, deque, namedtuple
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivenadapters.sandbox.guest.values import TooDeep, plain, to_json

Point = namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = "red"
    NESTED = (1, 2)


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Order:
    number: int
    at: dt.date
    lines: list[Point]


class Model(pydantic.BaseModel):
    name: str
    when: dt.date


class ShoutingText(str):
    __slots__ = ()


class BigNumber(int):
    pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (-(2**70), -(2**70)),
        (1.5, 1.5),
        ("текст 文", "текст 文"),
        (ShoutingText("A"), "A"),
        (BigNumber(7), 7),
        (decimal.Decimal("1.10"), "1.10"),
        (fractions.Fraction(1, 3), "1/3"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.timezone.utc), "2024-02-29T01:02:03+00:00"),  # noqa: UP017
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.time(1, 2), "01:02:00"),
        (dt.timedelta(days=1, milliseconds=500), 86400.5),
        (b"\x00\xff", {"__type__": "bytes", "base64": "AP8="}),
        (bytearray(b"a"), {"__type__": "bytes", "base64": "YQ=="}),
        (memoryview(b"a"), {"__type__": "bytes", "base64": "YQ=="}),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset("ba"), ["a", "b"]),
        (Order(1, dt.date(2024, 1, 1), [Point(1, 2)]), {"number": 1, "at": "2024-01-01", "lines": [[1, 2]]}),
        (Model(name="a", when=dt.date(2024, 1, 1)), {"name": "a", "when": "2024-01-01"}),
        (Colour.RED, "red"),
        (Colour.NESTED, [1, 2]),
        (Level.HIGH, 3),
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (decimal.Decimal("NaN"), None),
        (decimal.Decimal("Infinity"), None),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        (range(3), [0, 1, 2]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (UserDict({"a": 1}), {"a": 1}),
        ((n * n for n in range(3)), [0, 1, 4]),
        (map(str, [1]), ["1"]),
        (zip([1], "a", strict=True), [[1, "a"]]),
        (filter(None, [0, 1]), [1]),
        (enumerate("a"), [[0, "a"]]),
        (deque([1]), [1]),
        (array.array("i", [1, 2]), [1, 2]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        ({"a": 1}.items(), [["a", 1]]),
    ],
    ids=lambda item: type(item).__name__,
)
def test_each_kind_of_value_has_its_json_form(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_a_set_that_cannot_be_sorted_is_a_list_all_the_same() -> None:
    result = plain({1, "a", None})
    assert sorted(map(str, result)) == ["1", "None", "a"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        (dt.date(2024, 1, 1), "2024-01-01"),
        (Colour.RED, "red"),
        ((1, 2), "(1, 2)"),
        (ShoutingText("A"), "A"),
        (decimal.Decimal("1.5"), "1.5"),
        (b"a", "b'a'"),
    ],
)
def test_keys_of_objects_become_text(key: Any, expected: str) -> None:
    assert plain({key: 0}) == {expected: 0}


@pytest.mark.parametrize("value", [object(), len, type, complex(1, 2), Ellipsis])
def test_what_has_no_json_form_is_marked_with_its_class_and_repr(value: object) -> None:
    assert plain(value) == {"__type__": type(value).__name__, "__repr__": repr(value)}


def test_a_repr_that_raises_does_not_spoil_the_result() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    assert plain([Broken()]) == [{"__type__": "Broken", "__repr__": "<unprintable: ZeroDivisionError>"}]


def test_a_long_repr_is_cut() -> None:
    class Long:
        def __repr__(self) -> str:
            return "x" * 100_000

    assert len(plain(Long())["__repr__"]) == 2000


def test_a_dataclass_with_a_field_that_was_deleted_has_null_there() -> None:
    order = Order(1, dt.date(2024, 1, 1), [])
    del order.at
    assert plain(order)["at"] is None


def test_a_dataclass_itself_is_no_object_of_fields() -> None:
    assert plain(Order)["__type__"] == "type"


def test_a_list_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(TooDeep, match="200 levels"):
        plain(loop)


def test_an_object_that_contains_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["me"] = loop
    with pytest.raises(TooDeep):
        plain(loop)


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


def test_two_hundred_levels_pass_and_one_more_does_not() -> None:
    assert json.loads(to_json(nested(199))) == nested(199)
    with pytest.raises(TooDeep):
        plain(nested(201))


def test_lone_surrogates_are_written_as_escapes() -> None:
    assert to_json("\ud800") == '"\\ud800"'


def test_an_integer_that_readers_accept_keeps_its_digits() -> None:
    assert to_json(10**3999) == "1" + "0" * 3999


@pytest.mark.parametrize("value", [10**5000, -(1 << 100_000), BigNumber(10**5000)], ids=["plain", "negative", "own"])
def test_an_integer_that_readers_refuse_is_marked_in_hexadecimal(value: int) -> None:
    result = plain(value)
    assert result == {"__type__": type(value).__name__, "__repr__": hex(value)[:2000]}


def test_a_number_of_the_program_s_own_class_is_what_it_holds() -> None:
    class Liar(int):
        def __int__(self) -> int:
            return 10**5000

        def bit_length(self) -> int:
            return 1

    assert plain(Liar(5)) == 5


def test_keys_that_become_the_same_text_leave_the_last_one() -> None:
    assert plain({1: "number", "1": "text"}) == {"1": "text"}


def test_a_library_that_is_not_loaded_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    assert plain(object())["__type__"] == "object"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
        max_leaves=20,
    )
)
def test_any_value_of_ordinary_parts_becomes_strict_json(value: Any) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(to_json(value), parse_constant=refuse)

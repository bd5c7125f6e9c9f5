"""From kind to kind on Arrow arrays; null where a value has no counterpart.

The patterns say what text counts as what; both engines use the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_types import TIMESTAMP, one_array, without_nan
from logics.tables.expressions.tree import Typed
from logics.tables.kinds import Kind

INTEGER_TEXT = r"^\s*[-+]?[0-9]{1,25}\s*$"
NUMBER_TEXT = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?\s*$"
INFINITE_TEXT = r"^\s*[-+]?(?i:inf|infinity)\s*$"
DATE_TEXT = r"^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\s*$"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
ZONE = r"(Z|[-+]([01][0-9]|2[0-3]):?[0-5][0-9])"
DATETIME_TEXT = rf"^\s*[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]{CLOCK}{ZONE}?)?\s*$"
TRUE_TEXT, FALSE_TEXT = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
_WORD_SPACE = " \t\n\r\x0c"  # what \s is in RE2
_LARGEST = 9223372036854775808.0


def _arrays(function: Callable[[Typed, Any], Any]) -> Callable[[Typed, Any], Any]:
    """Let a function that wants an array take a constant as well."""

    def apply(node: Typed, value: Any) -> Any:
        if isinstance(value, pa.Scalar):
            return function(node, pa.array([value.as_py()], value.type))[0]
        return function(node, one_array(value))

    return apply


def _where(condition: Any, value: Any) -> Any:
    return pc.if_else(condition, value, pa.scalar(None, value.type))


@_arrays
def to_integer(node: Typed, value: Any) -> Any:
    """Whole numbers only: 2.5 has no counterpart, 2.0 has."""
    source = node.arguments[0].kind
    if source == Kind.NUMBER:
        whole = pc.and_(pc.equal(pc.floor(value), value), pc.less(pc.abs(value), _LARGEST))
        return pc.cast(_where(whole, value), pa.int64(), safe=False)
    if source == Kind.TEXT:
        return text_to_integer(value)
    return pc.cast(value, pa.int64())


def text_to_integer(value: Any) -> Any:
    """Decimal digits with a sign, as long as 64 bits hold them."""
    digits = pc.utf8_ltrim(trimmed(_where(pc.match_substring_regex(value, INTEGER_TEXT), value)), characters="+")
    try:
        return pc.cast(digits, pa.int64())
    except pa.ArrowInvalid:
        small = _where(pc.less_equal(pc.utf8_length(digits), 18), digits)
        large = [_exact(text) for text in _where(pc.greater(pc.utf8_length(digits), 18), digits).to_pylist()]
        return pc.coalesce(pc.cast(small, pa.int64()), pa.array(large, pa.int64()))


def _exact(text: str | None) -> int | None:
    number = None if text is None else int(text)
    return number if number is not None and -(2**63) <= number < 2**63 else None


@_arrays
def to_number(node: Typed, value: Any) -> Any:
    """The nearest double."""
    if node.arguments[0].kind != Kind.TEXT:
        return pc.cast(
            pc.cast(value, pa.int64()) if pa.types.is_boolean(value.type) else value, pa.float64(), safe=False
        )
    return text_to_number(value)


def text_to_number(value: Any) -> Any:
    """Decimal or exponential notation with a point, and the infinities."""
    plain = pc.cast(bare(value, NUMBER_TEXT), pa.float64())
    infinite = pc.match_substring_regex(value, INFINITE_TEXT)
    if pc.any(infinite).as_py():
        signed = pc.if_else(pc.match_substring(value, "-"), -np.inf, np.inf)
        return pc.if_else(pc.coalesce(infinite, pa.scalar(False)), signed, plain)
    return without_nan(plain)


def bare(value: Any, pattern: str) -> Any:
    """Texts that fit a pattern, without white space and plus; null for the others."""
    return pc.utf8_ltrim(trimmed(_where(pc.match_substring_regex(value, pattern), value)), characters="+")


def trimmed(value: Any) -> Any:
    """Without white space at both ends."""
    return pc.utf8_trim(value, characters=_WORD_SPACE)


@_arrays
def to_boolean(node: Typed, value: Any) -> Any:
    """The usual words, 1 and 0."""
    source = node.arguments[0].kind
    if source == Kind.BOOLEAN:
        return value
    if source == Kind.INTEGER:
        return pc.cast(_where(pc.is_in(value, value_set=pa.array([0, 1])), value), pa.bool_())
    words = pc.utf8_lower(trimmed(value))
    truth = pc.is_in(words, value_set=pa.array(TRUE_TEXT, words.type))
    known = pc.or_(truth, pc.is_in(words, value_set=pa.array(FALSE_TEXT, words.type)))
    return _where(known, truth)


@_arrays
def to_text(node: Typed, value: Any) -> Any:
    """As it is written in the answers: the shortest decimals of a number, ISO 8601."""
    return as_text(value, node.arguments[0].kind)


def as_text(value: Any, kind: Kind) -> Any:
    """The text of values of a kind."""
    match kind:
        case Kind.NUMBER:
            coded = one_array(value).dictionary_encode()
            return pc.take(
                pa.array([repr(number) for number in coded.dictionary.to_pylist()], pa.large_string()), coded.indices
            )
        case Kind.DATE:
            return pc.cast(
                pc.strftime(pc.cast(value, pa.timestamp("s"), safe=False), format="%Y-%m-%d"), pa.large_string()
            )
        case Kind.DATETIME | Kind.INSTANT:
            return moment_text(value, "Z" if kind == Kind.INSTANT else "")
    return pc.cast(value, pa.large_string())


def moment_text(value: Any, ending: str) -> Any:
    """ISO 8601 with microseconds only where there are any."""
    seconds = pc.floor_temporal(value, unit="second")
    text = pc.strftime(pc.cast(seconds, pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S")
    fraction = pc.modulo(pc.cast(value, pa.int64()), pa.scalar(1_000_000))
    digits = pc.utf8_lpad(pc.cast(fraction, pa.string()), width=6, padding="0")
    shown = pc.if_else(pc.equal(fraction, 0), "", pc.binary_join_element_wise(".", digits, ""))
    return pc.cast(pc.binary_join_element_wise(text, shown, ending, ""), pa.large_string())


@_arrays
def to_date(node: Typed, value: Any) -> Any:
    """Midnight of the day."""
    moments = _moments(node, value)
    return pc.floor_temporal(moments, unit="day")


@_arrays
def to_datetime(node: Typed, value: Any) -> Any:
    """The moment; a zone is applied to an instant and left out of a wall clock."""
    return _moments(node, value)


def _moments(node: Typed, value: Any) -> Any:
    if node.arguments[0].kind != Kind.TEXT:
        return value
    return text_to_moment(value, apply_zone=node.kind == Kind.INSTANT)


def text_to_moment(value: Any, *, apply_zone: bool) -> Any:
    """Moments from ISO 8601; days that the calendar does not have are null."""
    text = trimmed(_where(pc.match_substring_regex(value, DATETIME_TEXT), value))
    moment = _calendar(text)
    if not pc.any(pc.greater(pc.utf8_length(text), 10)).as_py():
        return moment
    zone = _tail(text, rf"{ZONE}$", 10)
    clock = pc.utf8_slice_codeunits(text, 11)
    parts = [_clock(clock, start, stop) for start, stop in ((0, 2), (3, 5))]
    seconds = _clock(pc.replace_substring_regex(clock, rf"{ZONE}$", ""), 6, 8)
    micro = _fraction(clock)
    total = pc.add(
        pc.add(pc.multiply(parts[0], 3_600_000_000), pc.multiply(parts[1], 60_000_000)), pc.multiply(seconds, 1_000_000)
    )
    shifted = pc.add(pc.add(pc.cast(moment, pa.int64()), total), micro)
    if apply_zone:
        shifted = pc.subtract(shifted, _offset(zone))
    return pc.cast(shifted, TIMESTAMP)


def _calendar(text: Any) -> Any:
    year, month, day = (pc.cast(pc.utf8_slice_codeunits(text, a, b), pa.int64()) for a, b in ((0, 4), (5, 7), (8, 10)))
    missing = pc.is_null(year).to_numpy(zero_copy_only=False)
    years, months, days = (part.fill_null(1).to_numpy(zero_copy_only=False) for part in (year, month, day))
    starts = ((years - 1970) * 12 + months - 1).astype("M8[M]")
    moments = starts.astype("M8[D]") + (days - 1)
    missing = missing | (moments.astype("M8[M]") != starts) | (years < 1)
    return pc.cast(pa.array(moments.astype("M8[us]").view("i8"), mask=missing), TIMESTAMP)


def _clock(clock: Any, start: int, stop: int) -> Any:
    part = pc.utf8_slice_codeunits(clock, start, stop)
    return pc.cast(pc.if_else(pc.match_substring_regex(part, "^[0-9]{2}$"), part, "0"), pa.int64())


def _fraction(clock: Any) -> Any:
    digits = _tail(clock, r"\.[0-9]+", 0)
    bare_digits = pc.replace_substring(digits, ".", "")
    return pc.cast(pc.utf8_rpad(bare_digits, width=6, padding="0"), pa.int64())


def _tail(text: Any, pattern: str, skip: int) -> Any:
    """What a pattern finds after some characters; empty where it finds nothing."""
    rest = pc.utf8_slice_codeunits(text, skip)
    found = pc.match_substring_regex(rest, pattern)
    picked = pc.replace_substring_regex(
        rest, pattern=f"^.*?({pattern.removesuffix('$')}){'$' if pattern.endswith('$') else '.*$'}", replacement=r"\1"
    )
    return pc.if_else(found, picked, "")


def _offset(zone: Any) -> Any:
    digits = pc.replace_substring_regex(zone, "[^0-9]", "")
    hours, minutes = _clock(digits, 0, 2), _clock(digits, 2, 4)
    size = pc.add(pc.multiply(hours, 3_600_000_000), pc.multiply(minutes, 60_000_000))
    return pc.if_else(pc.starts_with(zone, "-"), pc.negate(size), size)


def to_json(value: Any) -> Any:
    """Text that is JSON."""
    if isinstance(value, pa.Scalar):
        return pa.scalar(_json(value.as_py()), pa.large_string())
    return pa.array([_json(text) for text in value.to_pylist()], pa.large_string())


def _json(text: str | None) -> str | None:
    try:
        json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return text

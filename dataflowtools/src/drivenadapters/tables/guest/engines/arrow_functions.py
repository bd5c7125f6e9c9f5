"""The functions of expressions on Arrow arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines import arrow_conversions as conversions
from drivenadapters.tables.guest.engines import arrow_dates as dates
from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, one_array, without_nan
from logics.tables.expressions.tree import Typed
from logics.tables.kinds import Kind

WHITE_SPACE = " \t\n\r\x0b\x0c\u00a0\u3000"
Function = Callable[..., Any]


def _plain(function: Function) -> Function:
    """Wrap a kernel that takes the values and nothing else."""
    return lambda _, *values: function(*values)


def _by_kind(integers: Function, numbers: Function, texts: Function | None = None) -> Function:
    def apply(node: Typed, *values: Any) -> Any:
        if node.kind == Kind.INTEGER:
            return integers(*values)
        if node.kind == Kind.TEXT and texts is not None:
            return texts(*values)
        return _finish(numbers(*values))

    return apply


def _finish(values: Any) -> Any:
    if isinstance(values, pa.Scalar):
        number = values.as_py()
        return pa.scalar(None, pa.float64()) if number is None or number != number else values
    return without_nan(values)


def _numbers(function: Function) -> Function:
    return lambda _, *values: _finish(function(*values))


def _join(*texts: Any) -> Any:
    return pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))


def _without_zero(divisor: Any) -> Any:
    zero = pa.scalar(0, divisor.type)
    return pc.if_else(pc.equal(divisor, zero), pa.scalar(None, divisor.type), divisor)


def _divide(one: Any, other: Any) -> Any:
    return pc.divide(one, _without_zero(other))


def _modulo(_: Typed, one: Any, other: Any) -> Any:
    return pc.modulo(one, _without_zero(other))


def _floor_divide(node: Typed, one: Any, other: Any) -> Any:
    divisor = _without_zero(other)
    down = pc.divide_checked(one, divisor)
    return pc.subtract(down, pc.cast(_rounds_down(one, divisor, node), pa.int64()))


def _rounds_down(one: Any, divisor: Any, _: Typed) -> Any:
    rest = pc.remainder(one, divisor)
    zero = pa.scalar(0, pa.int64())
    return pc.and_(pc.not_equal(rest, zero), pc.xor(pc.less(rest, zero), pc.less(divisor, zero)))


def _power(one: Any, other: Any) -> Any:
    return pc.power(one, other)


def _member(node: Typed, value: Any, *items: Any) -> Any:
    known = [item.as_py() for item in items if item.is_valid]
    found = pc.is_in(value, value_set=pa.array(known, value.type))
    missing = pa.scalar(None, pa.bool_())
    if len(known) < len(items):
        found = pc.if_else(found, pa.scalar(True), missing)
    return pc.if_else(pc.is_null(value), missing, found)


def _is_null(value: Any) -> Any:
    return pc.is_null(value)


def _if(condition: Any, then: Any, otherwise: Any) -> Any:
    return pc.if_else(pc.coalesce(condition, pa.scalar(False)), then, otherwise)


def _null_if(node: Typed, one: Any, other: Any) -> Any:
    same = pc.coalesce(pc.equal(one, other), pa.scalar(False))
    return pc.if_else(same, pa.scalar(None, ARROW_TYPES[node.kind]), one)


def _sign(_: Typed, value: Any) -> Any:
    return pc.cast(pc.sign(value), pa.int64())


def _round(_: Typed, value: Any, digits: Any = None) -> Any:
    places = 0 if digits is None else digits.as_py()
    return _finish(pc.round(value, ndigits=places, round_mode="half_towards_infinity"))


def _above(function: Function, floor: float, included: bool) -> Function:
    """Restrict a function to where it is defined; outside it is null."""
    compare = pc.greater_equal if included else pc.greater

    def apply(_: Typed, value: Any) -> Any:
        defined = pc.if_else(compare(value, pa.scalar(floor)), value, pa.scalar(None, pa.float64()))
        return function(defined)

    return apply


def _title(_: Typed, value: Any) -> Any:
    words = one_array(pc.split_pattern(_as_array(value), pattern=" "))
    flat = pc.list_flatten(words)
    first, rest = pc.utf8_slice_codeunits(flat, 0, 1), pc.utf8_slice_codeunits(flat, 1)
    capital = _join(pc.utf8_upper(first), pc.utf8_lower(rest))
    return _restore(value, pc.binary_join(_relist(words, capital), pa.scalar(" ", pa.large_string())))


def _relist(lists: Any, values: Any) -> Any:
    """Put new values into the places of the old ones."""
    offsets = lists.offsets
    base = offsets[0].as_py() if len(offsets) else 0
    shifted = pc.subtract(offsets, pa.scalar(base, offsets.type))
    return type(lists).from_arrays(shifted, values, mask=pc.is_null(lists))


def _as_array(value: Any) -> Any:
    return pa.array([value.as_py()], value.type) if isinstance(value, pa.Scalar) else one_array(value)


def _restore(given: Any, result: Any) -> Any:
    return result[0] if isinstance(given, pa.Scalar) else result


def _length(_: Typed, value: Any) -> Any:
    return pc.cast(pc.utf8_length(value), pa.int64())


def _substring(_: Typed, value: Any, start: Any, length: Any = None) -> Any:
    """From 1 as in SQL; a start of 0 is the place before the first character."""
    begin = start.as_py() - 1
    end = None if length is None else begin + length.as_py()
    if end is not None and end <= 0:
        return pc.utf8_slice_codeunits(value, 0, 0)
    return pc.utf8_slice_codeunits(value, max(begin, 0), end)


def _left(_: Typed, value: Any, length: Any) -> Any:
    return pc.utf8_slice_codeunits(value, 0, length.as_py())


def _right(_: Typed, value: Any, length: Any) -> Any:
    if length.as_py() == 0:
        return pc.utf8_slice_codeunits(value, 0, 0)
    return pc.utf8_slice_codeunits(value, -length.as_py(), None)


def _repeat(_: Typed, value: Any, times: Any) -> Any:
    return pc.binary_repeat(value, times)


def _pad(function: Function) -> Function:
    return lambda _, value, width, padding: function(value, width=width.as_py(), padding=padding.as_py())


def _pattern(function: Function) -> Function:
    return lambda _, value, pattern: function(value, pattern=pattern.as_py())


def _find(_: Typed, value: Any, part: Any) -> Any:
    """Position in characters; the kernel counts bytes."""
    whole = _as_array(value)
    before = _part(pc.split_pattern(whole, pattern=part.as_py(), max_splits=1), 1)
    position = pc.add(pc.cast(pc.utf8_length(before), pa.int64()), 1)
    found = pc.match_substring(whole, pattern=part.as_py())
    return _restore(value, pc.if_else(found, position, pa.scalar(0, pa.int64())))


def _part(lists: Any, number: int) -> Any:
    lists = one_array(lists)
    offsets, lengths = lists.offsets, pc.list_value_length(lists)
    index = pc.add(offsets.slice(0, len(lists)), pa.scalar(number - 1, offsets.type))
    reachable = pc.greater_equal(lengths, pa.scalar(number, lengths.type))
    return pc.take(lists.values, pc.if_else(reachable, index, pa.scalar(None, offsets.type)))


def _split_part(_: Typed, value: Any, separator: Any, number: Any) -> Any:
    lists = pc.split_pattern(_as_array(value), pattern=separator.as_py())
    return _restore(value, _part(lists, number.as_py()))


def _split_rest(_: Typed, value: Any, separator: Any, number: Any) -> Any:
    count = number.as_py()
    if count == 1:
        return value
    lists = pc.split_pattern(_as_array(value), pattern=separator.as_py(), max_splits=count - 1)
    return _restore(value, _part(lists, count))


def _replace(_: Typed, value: Any, part: Any, by: Any) -> Any:
    return pc.replace_substring(value, pattern=part.as_py(), replacement=by.as_py())


def _extract(_: Typed, value: Any, pattern: Any, group: Any = None) -> Any:
    wanted, text = 0 if group is None else group.as_py(), pattern.as_py()
    inner = f"({text})" if wanted == 0 else f"(?:{text})"
    picked = pc.replace_substring_regex(
        value, pattern=f"(?s:^.*?){inner}(?s:.*)$", replacement=f"\\{max(wanted, 1)}", max_replacements=1
    )
    found = pc.match_substring_regex(value, pattern=text)
    return pc.if_else(found, picked, pa.scalar(None, pa.large_string()))


def _regex_replace(_: Typed, value: Any, pattern: Any, by: Any) -> Any:
    return pc.replace_substring_regex(value, pattern=pattern.as_py(), replacement=by.as_py())


def _concat(_: Typed, *values: Any) -> Any:
    empty = pa.scalar("", pa.large_string())
    return _join(*(pc.coalesce(value, empty) for value in values))


ARROW_FUNCTIONS: dict[str, Function] = {
    "add": _by_kind(pc.add_checked, pc.add, _join),
    "subtract": _by_kind(pc.subtract_checked, pc.subtract),
    "multiply": _by_kind(pc.multiply_checked, pc.multiply),
    "divide": _numbers(_divide),
    "floor_divide": _floor_divide,
    "modulo": _modulo,
    "power": _numbers(_power),
    "negate": _by_kind(pc.negate_checked, pc.negate),
    "and": _plain(pc.and_kleene),
    "or": _plain(pc.or_kleene),
    "not": _plain(pc.invert),
    "equal": _plain(pc.equal),
    "not_equal": _plain(pc.not_equal),
    "less": _plain(pc.less),
    "less_equal": _plain(pc.less_equal),
    "greater": _plain(pc.greater),
    "greater_equal": _plain(pc.greater_equal),
    "in": _member,
    "is_null": _plain(_is_null),
    "if": _plain(_if),
    "coalesce": _plain(pc.coalesce),
    "null_if": _null_if,
    "least": _plain(pc.min_element_wise),
    "greatest": _plain(pc.max_element_wise),
    "abs": _by_kind(pc.abs_checked, pc.abs),
    "sign": _sign,
    "round": _round,
    "floor": _plain(pc.floor),
    "ceil": _plain(pc.ceil),
    "sqrt": _above(pc.sqrt, 0.0, True),
    "exp": _plain(pc.exp),
    "ln": _above(pc.ln, 0.0, False),
    "log10": _above(pc.log10, 0.0, False),
    "upper": _plain(pc.utf8_upper),
    "lower": _plain(pc.utf8_lower),
    "title": _title,
    "trim": _plain(partial(pc.utf8_trim, characters=WHITE_SPACE)),
    "trim_start": _plain(partial(pc.utf8_ltrim, characters=WHITE_SPACE)),
    "trim_end": _plain(partial(pc.utf8_rtrim, characters=WHITE_SPACE)),
    "length": _length,
    "substring": _substring,
    "left": _left,
    "right": _right,
    "repeat": _repeat,
    "pad_left": _pad(pc.utf8_lpad),
    "pad_right": _pad(pc.utf8_rpad),
    "contains": _pattern(pc.match_substring),
    "starts_with": _pattern(pc.starts_with),
    "ends_with": _pattern(pc.ends_with),
    "find": _find,
    "replace": _replace,
    "matches": _pattern(pc.match_substring_regex),
    "extract": _extract,
    "regex_replace": _regex_replace,
    "split_part": _split_part,
    "split_rest": _split_rest,
    "concat": _concat,
    "year": _plain(pc.year),
    "quarter": _plain(pc.quarter),
    "month": _plain(pc.month),
    "week": _plain(pc.iso_week),
    "day": _plain(pc.day),
    "day_of_year": _plain(pc.day_of_year),
    "weekday": _plain(partial(pc.day_of_week, count_from_zero=False, week_start=1)),
    "hour": _plain(pc.hour),
    "minute": _plain(pc.minute),
    "second": _plain(pc.second),
    "truncate": dates.truncate,
    "date_add": dates.date_add,
    "date_diff": dates.date_diff,
    "format_date": dates.format_date,
    "parse_date": dates.parse,
    "parse_datetime": dates.parse,
    "to_integer": conversions.to_integer,
    "to_number": conversions.to_number,
    "to_boolean": conversions.to_boolean,
    "to_text": conversions.to_text,
    "to_date": conversions.to_date,
    "to_datetime": conversions.to_datetime,
    "to_instant": conversions.to_datetime,
    "to_json": lambda _, value: conversions.to_json(value),
}

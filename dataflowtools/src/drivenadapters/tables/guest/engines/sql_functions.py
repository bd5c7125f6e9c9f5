"""The functions of expressions in DuckDB's SQL; each means what its twin on Arrow arrays means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivenadapters.tables.guest.engines.arrow_conversions import (
    DATETIME_TEXT,
    FALSE_TEXT,
    INFINITE_TEXT,
    INTEGER_TEXT,
    NUMBER_TEXT,
    TRUE_TEXT,
)
from drivenadapters.tables.guest.engines.arrow_dates import MICROSECONDS
from drivenadapters.tables.guest.engines.arrow_functions import WHITE_SPACE
from logics.tables.expressions.tree import Typed
from logics.tables.kinds import TEMPORAL, Kind

SqlFunction = Callable[[Typed, Sequence[str]], str]
_LOW, _HIGH = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


def _template(text: str) -> SqlFunction:
    return lambda _, given: "(" + text.format(*given) + ")"


def _function(name: str) -> SqlFunction:
    return lambda _, given: f"{name}({', '.join(given)})"


def _finite(text: str) -> SqlFunction:
    """Make not-a-number null; the value is computed once, as an argument of a macro."""
    return lambda _, given: f"no_nan({text.format(*given)})"


def _by_kind(integers: str, numbers: str, texts: str = "") -> SqlFunction:
    def write(node: Typed, given: Sequence[str]) -> str:
        if node.kind == Kind.INTEGER:
            return "(" + integers.format(*given) + ")"
        if node.kind == Kind.TEXT:
            return "(" + texts.format(*given) + ")"
        return f"no_nan({numbers.format(*given)})"

    return write


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _constant(node: Typed, index: int) -> object:
    return node.arguments[index].value


def _member(node: Typed, given: Sequence[str]) -> str:
    return f"({given[0]} IN ({', '.join(given[1:])}))"


def _round(node: Typed, given: Sequence[str]) -> str:
    digits = _constant(node, 1) if len(given) > 1 else 0
    return f"round_half_away({given[0]}, {digits})"


def _substring(node: Typed, given: Sequence[str]) -> str:
    start = _integer(node, 1) - 1
    begin = max(start, 0)
    if len(given) == 2:
        return f"substring({given[0]}, {begin + 1})"
    length = max(start + _integer(node, 2) - begin, 0)
    return f"substring({given[0]}, {begin + 1}, {length})"


def _integer(node: Typed, index: int) -> int:
    value = _constant(node, index)
    return value if isinstance(value, int) else 0


def _pad(name: str) -> SqlFunction:
    def write(_: Typed, given: Sequence[str]) -> str:
        text, width, padding = given
        padded = f"{name}({text}, CAST({width} AS INTEGER), {padding})"
        return f"(CASE WHEN length({text}) >= {width} THEN {text} ELSE {padded} END)"

    return write


def _extract(node: Typed, given: Sequence[str]) -> str:
    group = _constant(node, 2) if len(given) > 2 else 0
    text, pattern = given[0], given[1]
    return f"(CASE WHEN regexp_matches({text}, {pattern}) THEN regexp_extract({text}, {pattern}, {group}) END)"


def _split_rest(_: Typed, given: Sequence[str]) -> str:
    text, separator, number = given
    parts = f"string_split({text}, {separator})"
    return f"(CASE WHEN len({parts}) >= {number} THEN array_to_string({parts}[{number}:], {separator}) END)"


def _title(_: Typed, given: Sequence[str]) -> str:
    words = f"string_split({given[0]}, ' ')"
    return f"array_to_string(list_transform({words}, lambda w: upper(w[1:1]) || lower(w[2:])), ' ')"


def _concat(_: Typed, given: Sequence[str]) -> str:
    return "(" + " || ".join(f"coalesce({text}, '')" for text in given) + ")"


def _truncate(node: Typed, given: Sequence[str]) -> str:
    unit = str(_constant(node, 1))
    if node.kind == Kind.DATE and unit in ("hour", "minute", "second"):
        return given[0]
    return f"CAST(date_trunc('{unit}', {given[0]}) AS TIMESTAMP)"


def _date_add(node: Typed, given: Sequence[str]) -> str:
    unit, (value, number) = str(_constant(node, 2)), given[:2]
    if unit in _MONTHS:
        moved = f"within_years(add_months({value}, {number}, {_MONTHS[unit]}))"
    else:
        moved = f"within_years(add_microseconds({value}, {number}, {MICROSECONDS[unit]}))"
    return f"CAST(date_trunc('day', {moved}) AS TIMESTAMP)" if node.kind == Kind.DATE else moved


def _date_diff(node: Typed, given: Sequence[str]) -> str:
    unit = str(_constant(node, 2))
    return f"({_ordinal(given[1], unit)} - {_ordinal(given[0], unit)})"


def _ordinal(value: str, unit: str) -> str:
    if unit in _MONTHS:
        return f"floor_div(year({value}) * 12 + month({value}) - 1, {_MONTHS[unit]})"
    if unit == "week":
        return f"floor_div(floor_div(epoch_us({value}), {MICROSECONDS['day']}) + 3, 7)"
    return f"floor_div(epoch_us({value}), {MICROSECONDS[unit]})"


def _parse(node: Typed, given: Sequence[str]) -> str:
    moment = f"try_strptime({given[0]}, {given[1]})"
    return f"CAST(date_trunc('day', {moment}) AS TIMESTAMP)" if node.kind == Kind.DATE else moment


def _to_integer(node: Typed, given: Sequence[str]) -> str:
    value, source = given[0], node.arguments[0].kind
    if source == Kind.NUMBER:
        whole = f"floor({value}) = {value} AND abs({value}) < 9223372036854775808.0::DOUBLE"
        return f"(CASE WHEN {whole} THEN CAST({value} AS BIGINT) END)"
    if source == Kind.TEXT:
        return f"(CASE WHEN {_fits(value, INTEGER_TEXT)} THEN TRY_CAST(bare({value}) AS BIGINT) END)"
    return f"CAST({value} AS BIGINT)"


def _to_number(node: Typed, given: Sequence[str]) -> str:
    value, source = given[0], node.arguments[0].kind
    if source == Kind.TEXT:
        fits = f"{_fits(value, NUMBER_TEXT)} OR {_fits(value, INFINITE_TEXT)}"
        return f"(CASE WHEN {fits} THEN TRY_CAST(bare({value}) AS DOUBLE) END)"
    return f"CAST({value} AS DOUBLE)"


def _to_boolean(node: Typed, given: Sequence[str]) -> str:
    value, source = given[0], node.arguments[0].kind
    if source == Kind.TEXT:
        true, false = (", ".join(map(_quoted, words)) for words in (TRUE_TEXT, FALSE_TEXT))
        word = f"lower(without_spaces({value}))"
        return f"(CASE WHEN {word} IN ({true}) THEN TRUE WHEN {word} IN ({false}) THEN FALSE END)"
    if source == Kind.INTEGER:
        return f"(CASE {value} WHEN 1 THEN TRUE WHEN 0 THEN FALSE END)"
    return value


def _to_text(node: Typed, given: Sequence[str]) -> str:
    return as_text(given[0], node.arguments[0].kind)


def as_text(value: str, kind: Kind) -> str:
    """Return the SQL of the text of a value."""
    if kind == Kind.DATE:
        return f"strftime({value}, '%Y-%m-%d')"
    if kind in TEMPORAL:
        ending = "Z" if kind == Kind.INSTANT else ""
        return f"(strftime({value}, '%Y-%m-%dT%H:%M:%S') || fraction_text({value}) || '{ending}')"
    return value if kind in (Kind.TEXT, Kind.JSON) else f"CAST({value} AS VARCHAR)"


def _to_date(node: Typed, given: Sequence[str]) -> str:
    return f"CAST(date_trunc('day', {_to_datetime(node, given)}) AS TIMESTAMP)"


def _to_datetime(node: Typed, given: Sequence[str]) -> str:
    value = given[0]
    if node.arguments[0].kind != Kind.TEXT:
        return value
    wall, zone = f"wall_clock({value})", f"zone_microseconds({value})"
    shift = f" - to_microseconds({zone})" if node.kind == Kind.INSTANT else ""
    return f"(CASE WHEN {_fits(value, DATETIME_TEXT)} THEN TRY_CAST({wall} AS TIMESTAMP){shift} END)"


def _fits(value: str, pattern: str) -> str:
    return f"regexp_matches({value}, {_quoted(pattern)})"


def _to_json(_: Typed, given: Sequence[str]) -> str:
    return f"(CASE WHEN json_valid({given[0]}) THEN {given[0]} END)"


_SPACES = "chr(32)||chr(9)||chr(10)||chr(13)||chr(11)||chr(12)||chr(160)||chr(12288)"
assert len(WHITE_SPACE) == _SPACES.count("chr(")  # noqa: S101 - the two engines trim the same

# Functions of our own, so that each argument is written and computed once.
MACROS = (
    "CREATE TEMP MACRO no_nan(x) AS CASE WHEN isnan(x) THEN NULL ELSE x END",
    "CREATE TEMP MACRO floor_mod(a, b) AS CASE WHEN b = 0 THEN NULL WHEN (a % nullif(b, 0)) <> 0 "
    "AND ((a % nullif(b, 0)) < 0) <> (b < 0) THEN a % nullif(b, 0) + b ELSE a % nullif(b, 0) END",
    "CREATE TEMP MACRO floor_div(a, b) AS a // nullif(b, 0) - CASE WHEN (a % nullif(b, 0)) <> 0 "
    "AND ((a % nullif(b, 0)) < 0) <> (b < 0) THEN 1 ELSE 0 END",
    "CREATE TEMP MACRO round_half_away(x, digits) AS no_nan(round(x, digits))",
    "CREATE TEMP MACRO within_years(t) AS CASE WHEN t BETWEEN " + _LOW + " AND " + _HIGH + " THEN t END",
    "CREATE TEMP MACRO add_months(t, n, size) AS CASE WHEN abs(n) <= 150000 "
    "THEN t + to_months(CAST(n * size AS INTEGER)) END",
    "CREATE TEMP MACRO add_microseconds(t, n, size) AS CASE WHEN abs(n::DOUBLE) < 4e17 / size "
    "THEN make_timestamp(epoch_us(t) + n * size) END",
    "CREATE TEMP MACRO without_spaces(s) AS trim(s, chr(32)||chr(9)||chr(10)||chr(13)||chr(12))",
    "CREATE TEMP MACRO bare(s) AS ltrim(without_spaces(s), '+')",
    "CREATE TEMP MACRO fraction_text(t) AS CASE WHEN floor_mod(epoch_us(t), 1000000) = 0 THEN '' "
    "ELSE '.' || lpad(CAST(floor_mod(epoch_us(t), 1000000) AS VARCHAR), 6, '0') END",
    "CREATE TEMP MACRO zone_text(s) AS regexp_extract(substring(bare(s), 11), '(Z|[-+][0-9]{2}:?[0-9]{2})$')",
    "CREATE TEMP MACRO wall_clock(s) AS CASE WHEN length(bare(s)) <= 10 THEN bare(s) ELSE "
    "regexp_replace(bare(s), '(Z|[-+][0-9]{2}:[0-9]{2}|([0-9]:?[0-9.]+)[-+][0-9]{4})$', '\\2') "
    "|| CASE WHEN length(regexp_replace(bare(s), '(Z|[-+][0-9]{2}:?[0-9]{2})$', '')) = 16 THEN ':00' ELSE '' END END",
    "CREATE TEMP MACRO zone_microseconds(s) AS "
    "CASE WHEN length(bare(s)) <= 10 OR zone_text(s) IN ('', 'Z') THEN 0 "
    "ELSE CASE WHEN starts_with(zone_text(s), '-') THEN -1 ELSE 1 END "
    "* (CAST(substring(zone_text(s), 2, 2) AS BIGINT) * 60 + CAST(right(zone_text(s), 2) AS BIGINT)) * 60000000 END",
)

SQL_FUNCTIONS: dict[str, SqlFunction] = {
    "add": _by_kind("{0} + {1}", "{0} + {1}", "{0} || {1}"),
    "subtract": _by_kind("{0} - {1}", "{0} - {1}"),
    "multiply": _by_kind("{0} * {1}", "{0} * {1}"),
    "divide": _finite("{0} / nullif({1}, 0)"),
    "floor_divide": _function("floor_div"),
    "modulo": _function("floor_mod"),
    "power": _finite("pow({0}, {1})"),
    "negate": _by_kind("-{0}", "-{0}"),
    "and": _template("{0} AND {1}"),
    "or": _template("{0} OR {1}"),
    "not": _template("NOT {0}"),
    "equal": _template("{0} = {1}"),
    "not_equal": _template("{0} <> {1}"),
    "less": _template("{0} < {1}"),
    "less_equal": _template("{0} <= {1}"),
    "greater": _template("{0} > {1}"),
    "greater_equal": _template("{0} >= {1}"),
    "in": _member,
    "is_null": _template("{0} IS NULL"),
    "if": _template("CASE WHEN {0} THEN {1} ELSE {2} END"),
    "coalesce": _function("coalesce"),
    "null_if": _function("nullif"),
    "least": _function("least"),
    "greatest": _function("greatest"),
    "abs": _function("abs"),
    "sign": _template("CAST(sign({0}) AS BIGINT)"),
    "round": _round,
    "floor": _function("floor"),
    "ceil": _function("ceil"),
    "sqrt": _template("CASE WHEN {0} >= 0 THEN sqrt({0}) END"),
    "exp": _function("exp"),
    "ln": _template("CASE WHEN {0} > 0 THEN ln({0}) END"),
    "log10": _template("CASE WHEN {0} > 0 THEN log10({0}) END"),
    "upper": _function("upper"),
    "lower": _function("lower"),
    "title": _title,
    "trim": _template(f"trim({{0}}, {_SPACES})"),
    "trim_start": _template(f"ltrim({{0}}, {_SPACES})"),
    "trim_end": _template(f"rtrim({{0}}, {_SPACES})"),
    "length": _template("CAST(length({0}) AS BIGINT)"),
    "substring": _substring,
    "left": _function("left"),
    "right": _function("right"),
    "repeat": _function("repeat"),
    "pad_left": _pad("lpad"),
    "pad_right": _pad("rpad"),
    "contains": _function("contains"),
    "starts_with": _function("starts_with"),
    "ends_with": _function("ends_with"),
    "find": _template("CAST(strpos({0}, {1}) AS BIGINT)"),
    "replace": _function("replace"),
    "matches": _function("regexp_matches"),
    "extract": _extract,
    "regex_replace": _template("regexp_replace({0}, {1}, {2}, 'g')"),
    "split_part": _template("string_split({0}, {1})[{2}]"),
    "split_rest": _split_rest,
    "concat": _concat,
    **{
        name: _template(f"CAST({sql}({{0}}) AS BIGINT)")
        for name, sql in {
            "year": "year",
            "quarter": "quarter",
            "month": "month",
            "week": "week",
            "day": "day",
            "day_of_year": "dayofyear",
            "weekday": "isodow",
            "hour": "hour",
            "minute": "minute",
            "second": "second",
        }.items()
    },
    "truncate": _truncate,
    "date_add": _date_add,
    "date_diff": _date_diff,
    "format_date": _function("strftime"),
    "parse_date": _parse,
    "parse_datetime": _parse,
    "to_integer": _to_integer,
    "to_number": _to_number,
    "to_boolean": _to_boolean,
    "to_text": _to_text,
    "to_date": _to_date,
    "to_datetime": _to_datetime,
    "to_instant": _to_datetime,
    "to_json": _to_json,
}

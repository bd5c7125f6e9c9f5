"""The functions and operators of expressions: what they take and what they give.

Every engine has an implementation of each, and a test holds them to the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logics.tables.kinds import NUMERIC, Kind, common_kind

I, N, B, T = Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.TEXT  # noqa: E741 - the table below is read by column
D, M, Z, J = Kind.DATE, Kind.DATETIME, Kind.INSTANT, Kind.JSON

UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
# What both engines write alike; names are English.
DATE_DIRECTIVES = frozenset("YmdHMSybBaAjpI%")


@dataclass(frozen=True)
class Signature:
    """One way to call a function.

    Attributes:
        takes: kinds of the arguments.
        gives: the kind of the result.
        optional: how many of the last arguments may be left out.
    """

    takes: tuple[Kind, ...]
    gives: Kind
    optional: int = 0


@dataclass(frozen=True)
class Function:
    """A function by its signatures, tried in order.

    Attributes:
        signatures: none for those whose arguments share one kind, see ``alike``.
        constants: positions of arguments that must be literals, from 0.
        alike: arguments from this position on share one kind, -1 for none of that sort; ``gives`` tells the result,
            None for the shared kind. Those before are booleans.
        least: number of arguments, where ``alike`` is set.
    """

    meaning: str
    signatures: tuple[Signature, ...] = ()
    constants: frozenset[int] = frozenset()
    alike: int = -1
    gives: Kind | None = None
    least: int = 1
    most: int = 100


def _f(
    meaning: str,
    *alternatives: tuple[Sequence[Kind], Kind],
    constants: Sequence[int] = (),
    optional: int = 0,
) -> Function:
    signatures = tuple(Signature(tuple(takes), gives, optional) for takes, gives in alternatives)
    return Function(meaning, signatures, frozenset(constants))


def _alike(meaning: str, gives: Kind | None, least: int, most: int, start: int = 0) -> Function:
    return Function(meaning, alike=start, gives=gives, least=least, most=most)


_ARITHMETIC = (([I, I], I), ([N, N], N))
_DATE_PART = (([D], I), ([M], I), ([Z], I))
_TIME_PART = (([M], I), ([Z], I))
_ANY = tuple(([kind], B) for kind in Kind)

FUNCTIONS: dict[str, Function] = {
    # operators
    "add": _f("a + b", *_ARITHMETIC, ([T, T], T)),
    "subtract": _f("a - b", *_ARITHMETIC),
    "multiply": _f("a * b", *_ARITHMETIC),
    "divide": _f("a / b; null for a zero divisor", ([N, N], N)),
    "floor_divide": _f("a // b, rounded down; null for a zero divisor", ([I, I], I)),
    "modulo": _f("a % b, with the sign of b; null for a zero divisor", ([I, I], I)),
    "power": _f("a ** b", ([N, N], N)),
    "negate": _f("-a", ([I], I), ([N], N)),
    "and": _f("a and b", ([B, B], B)),
    "or": _f("a or b", ([B, B], B)),
    "not": _f("not a", ([B], B)),
    "equal": _alike("a == b", B, 2, 2),
    "not_equal": _alike("a != b", B, 2, 2),
    "less": _alike("a < b", B, 2, 2),
    "less_equal": _alike("a <= b", B, 2, 2),
    "greater": _alike("a > b", B, 2, 2),
    "greater_equal": _alike("a >= b", B, 2, 2),
    "in": _alike("a in (b, c, ...), literals", B, 2, 1000),
    "is_null": _f("a is null", *_ANY),
    # conditions and null
    "if": _alike("if(condition, then, else)", None, 3, 3, start=1),
    "coalesce": _alike("the first that is not null", None, 1, 20),
    "null_if": _alike("null where a equals b, else a", None, 2, 2),
    "least": _alike("the smallest, nulls aside", None, 2, 20),
    "greatest": _alike("the largest, nulls aside", None, 2, 20),
    # numbers
    "abs": _f("distance from zero", ([I], I), ([N], N)),
    "sign": _f("-1, 0 or 1", ([I], I), ([N], I)),
    "round": _f("round(a, digits), halves away from zero", ([N, I], N), constants=[1], optional=1),
    "floor": _f("the next whole number below", ([N], N)),
    "ceil": _f("the next whole number above", ([N], N)),
    "sqrt": _f("the square root; null below zero", ([N], N)),
    "exp": _f("e to the power of a", ([N], N)),
    "ln": _f("the natural logarithm; null up to zero", ([N], N)),
    "log10": _f("the decimal logarithm; null up to zero", ([N], N)),
    # text
    "upper": _f("in capitals", ([T], T)),
    "lower": _f("in small letters", ([T], T)),
    "title": _f("the first letter of each word in capitals, the others small", ([T], T)),
    "trim": _f("without white space at both ends", ([T], T)),
    "trim_start": _f("without white space at the start", ([T], T)),
    "trim_end": _f("without white space at the end", ([T], T)),
    "length": _f("number of characters", ([T], I)),
    "substring": _f("substring(a, start from 1, length)", ([T, I, I], T), constants=[1, 2], optional=1),
    "left": _f("left(a, length)", ([T, I], T), constants=[1]),
    "right": _f("right(a, length)", ([T, I], T), constants=[1]),
    "repeat": _f("repeat(a, times), up to 1000 times", ([T, I], T), constants=[1]),
    "pad_left": _f("pad_left(a, width, character)", ([T, I, T], T), constants=[1, 2]),
    "pad_right": _f("pad_right(a, width, character)", ([T, I, T], T), constants=[1, 2]),
    "contains": _f("contains(a, part)", ([T, T], B), constants=[1]),
    "starts_with": _f("starts_with(a, part)", ([T, T], B), constants=[1]),
    "ends_with": _f("ends_with(a, part)", ([T, T], B), constants=[1]),
    "find": _f("find(a, part): position from 1, 0 where it is not found", ([T, T], I), constants=[1]),
    "replace": _f("replace(a, part, by)", ([T, T, T], T), constants=[1, 2]),
    "matches": _f("whether a regular expression (RE2) is found in it", ([T, T], B), constants=[1]),
    "extract": _f(
        "what an expression's group matched; null without a match", ([T, T, I], T), constants=[1, 2], optional=1
    ),
    "regex_replace": _f("regex_replace(a, expression, by); groups as \\1", ([T, T, T], T), constants=[1, 2]),
    "split_part": _f("split_part(a, separator, number from 1); null beyond the last", ([T, T, I], T), constants=[1, 2]),
    "split_rest": _f("from the part of that number to the end; null beyond the last", ([T, T, I], T), constants=[1, 2]),
    "concat": _alike("the texts one after the other; null counts as empty", T, 1, 50),
    # dates
    "year": _f("the year", *_DATE_PART),
    "quarter": _f("1 to 4", *_DATE_PART),
    "month": _f("1 to 12", *_DATE_PART),
    "week": _f("the week of ISO 8601", *_DATE_PART),
    "day": _f("1 to 31", *_DATE_PART),
    "day_of_year": _f("1 to 366", *_DATE_PART),
    "weekday": _f("1 for Monday to 7 for Sunday", *_DATE_PART),
    "hour": _f("0 to 23", *_TIME_PART),
    "minute": _f("0 to 59", *_TIME_PART),
    "second": _f("0 to 59", *_TIME_PART),
    "truncate": _f("truncate(a, unit): the start of its unit", ([D, T], D), ([M, T], M), ([Z, T], Z), constants=[1]),
    "date_add": _f("date_add(a, number, unit)", ([D, I, T], D), ([M, I, T], M), ([Z, I, T], Z), constants=[2]),
    "date_diff": _f(
        "date_diff(from, to, unit): starts of units passed",
        ([D, D, T], I),
        ([M, M, T], I),
        ([Z, Z, T], I),
        constants=[2],
    ),
    "format_date": _f("format_date(a, '%Y-%m-%d')", ([D, T], T), ([M, T], T), ([Z, T], T), constants=[1]),
    "parse_date": _f("parse_date(a, '%d.%m.%Y'); null where it is none", ([T, T], D), constants=[1]),
    "parse_datetime": _f("parse_datetime(a, '%d.%m.%Y %H:%M'); null where it is none", ([T, T], M), constants=[1]),
    # conversions: null where it cannot be
    "to_integer": _f("as an integer", ([T], I), ([N], I), ([I], I), ([B], I)),
    "to_number": _f("as a number", ([T], N), ([I], N), ([N], N), ([B], N)),
    "to_boolean": _f("true, yes, 1, false, no, 0", ([T], B), ([I], B), ([B], B)),
    "to_text": _f("as text", *(([kind], T) for kind in Kind)),
    "to_date": _f("the date, from ISO 8601 where it is text", ([T], D), ([D], D), ([M], D), ([Z], D)),
    "to_datetime": _f("the wall clock, from ISO 8601 where it is text", ([T], M), ([D], M), ([M], M), ([Z], M)),
    "to_instant": _f("the point in time, UTC unless it says otherwise", ([T], Z), ([D], Z), ([M], Z), ([Z], Z)),
    "to_json": _f("as JSON", *(([kind], J) for kind in (T, J))),
}

CONVERSIONS = {
    Kind.INTEGER: "to_integer",
    Kind.NUMBER: "to_number",
    Kind.BOOLEAN: "to_boolean",
    Kind.TEXT: "to_text",
    Kind.DATE: "to_date",
    Kind.DATETIME: "to_datetime",
    Kind.INSTANT: "to_instant",
    Kind.JSON: "to_json",
}
_UNORDERED: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("less", "less_equal", "greater", "greater_equal"), (Kind.JSON,)),
    **dict.fromkeys(("least", "greatest"), (Kind.JSON, Kind.BOOLEAN)),
}


def fits(given: Kind | None, wanted: Kind) -> bool:
    """Whether an argument of a kind, None for a bare null, may stand where another is wanted."""
    if given is None or given == wanted:
        return True
    return (given, wanted) in {(Kind.INTEGER, Kind.NUMBER), (Kind.DATE, Kind.DATETIME)}


def shared_kind(kinds: Sequence[Kind | None], function: str) -> Kind | None:
    """Return the kind that all arguments become, None if there is none; text where all are null."""
    known = [kind for kind in kinds if kind is not None]
    if not known:
        return Kind.TEXT
    shared: Kind | None = known[0]
    for kind in known[1:]:
        shared = shared and common_kind(shared, kind)
    refused = _UNORDERED.get(function, ())
    return None if shared in refused else shared


def is_numeric(kind: Kind | None) -> bool:
    """Whether it is an integer or a number."""
    return kind in NUMERIC

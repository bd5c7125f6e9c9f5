"""What kind a column of text is, decided by all of its values, and the text converted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_conversions import (
    DATETIME_TEXT,
    INFINITE_TEXT,
    ZONE,
    text_to_integer,
    text_to_moment,
    text_to_number,
    trimmed,
)
from drivenadapters.tables.guest.engines.arrow_types import ARROW_TYPES, TIMESTAMP
from logics.tables.kinds import TEMPORAL, Kind

NULL_WORDS = ("na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", "nv", "k.a.")
ERROR_WORDS = ("#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "#getting_data", "#spill!")
_SIGN = r"^[-+]?"
INTEGER = _SIGN + r"[0-9]+$"
PLAIN = _SIGN + r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?$"
COMMA_DECIMAL = _SIGN + r"([0-9]+|[0-9]{1,3}([. '\x{00A0}\x{202F}][0-9]{3})+)(,[0-9]+)?$"
COMMA_GROUPS = _SIGN + r"([0-9]+|[0-9]{1,3}([, '\x{00A0}\x{202F}][0-9]{3})+)(\.[0-9]+)?$"
BOTH_WAYS = _SIGN + r"([0-9]+|[0-9]{1,3},[0-9]{3})$"
PADDED = _SIGN + r"0[0-9]"
_DATE_PARTS = r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}"
_FORMATS = (
    "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%b %d %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d-%b-%Y",
    "%Y年%m月%d日",
)  # fmt: skip
_AMBIGUOUS = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"))
_CLOCKS = ("", " %H:%M", " %H:%M:%S")
_MOST_DIGITS = 17


@dataclass(frozen=True)
class Marks:
    """How numbers are written."""

    decimal: str = "."
    groups: str | None = None


@dataclass
class ColumnReading:
    """How a column of text is read.

    Attributes:
        kind: of the column.
        marks: of its numbers.
        date_format: of its dates, None for ISO 8601.
        null_words: whether words like ``n/a`` are missing values in it.
        notes: what is to be told, once.
        forced: the caller wants this kind, whatever the values are.
        counts: what is to be told with a number.
    """

    kind: Kind = Kind.TEXT
    marks: Marks = field(default_factory=Marks)
    date_format: str | None = None
    null_words: bool = False
    notes: list[str] = field(default_factory=list)
    forced: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    first_lost: str = ""
    first_lost_row: int = 0


class Misfit(Exception):
    """A value does not fit what was inferred from those before it."""


def infer(values: Any, marks: Marks | None, date_format: str | None, *, semicolons: bool) -> ColumnReading:
    """Decide how to read a column from its values.

    Args:
        marks: of numbers, if the caller has said.
        date_format: of dates, if the caller has said.
        semicolons: the file separates fields by semicolons, as where the decimal mark is a comma.
    """
    text = trimmed(values.drop_null())
    reading = ColumnReading()
    if not len(text):
        reading.notes.append("it has no value at all")
        return reading
    words = pc.is_in(pc.utf8_lower(text), value_set=pa.array([*NULL_WORDS, *ERROR_WORDS], text.type))
    present = text.filter(pc.invert(words))
    if not len(present):
        return reading
    reading.null_words = len(present) < len(text)
    for decide in (_booleans, _numbers(marks, semicolons=semicolons), _moments(date_format)):
        found = decide(present, reading)
        if found is not None:
            return found
    reading.null_words = False
    return reading


def _all(values: Any, pattern: str) -> bool:
    """Whether all values fit; the first ones are looked at first."""
    head = pc.match_substring_regex(values.slice(0, 200), pattern)
    return bool(pc.all(head).as_py() and pc.all(pc.match_substring_regex(values, pattern)).as_py())


def _any(values: Any, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())


def _booleans(values: Any, reading: ColumnReading) -> ColumnReading | None:
    if not _all(values, r"^(?i:true|false)$"):
        return None
    reading.kind = Kind.BOOLEAN
    return reading


def _numbers(marks: Marks | None, *, semicolons: bool) -> Callable[[Any, ColumnReading], ColumnReading | None]:
    def decide(values: Any, reading: ColumnReading) -> ColumnReading | None:
        found = marks if marks is not None and _fits_marks(values, marks) else None
        found = found or _find_marks(values, reading, semicolons=semicolons)
        if found is None:
            return None
        reading.marks = found
        bare = plain_numbers(values, found)
        if _any(values, PADDED):
            reading.notes.append("leading zeros: kept as text")
            return _kept(reading)
        if pc.any(pc.starts_with(values, "+")).as_py():
            reading.notes.append("numbers with a plus sign: kept as text")
            return _kept(reading)
        return _whole_or_not(bare, reading)

    return decide


def _kept(reading: ColumnReading) -> ColumnReading:
    reading.null_words = False
    return reading


def _whole_or_not(bare: Any, reading: ColumnReading) -> ColumnReading:
    if not _all(bare, INTEGER):
        reading.kind = Kind.NUMBER
        return reading
    if pc.max(pc.utf8_length(bare)).as_py() > 18 and pc.any(pc.is_null(text_to_integer(bare))).as_py():
        reading.notes.append("integers beyond 64 bits: kept as text")
        return _kept(reading)
    reading.kind = Kind.INTEGER
    return reading


def _fits_marks(values: Any, marks: Marks) -> bool:
    if marks.decimal == ",":
        return _all(values, COMMA_DECIMAL)
    return _all(values, PLAIN) or (marks.groups != "" and _all(values, COMMA_GROUPS))


def _find_marks(values: Any, reading: ColumnReading, *, semicolons: bool) -> Marks | None:
    if _all(values, rf"(?:{PLAIN})|(?:{INFINITE_TEXT})"):
        return Marks()
    groups, decimals = _all(values, COMMA_GROUPS), _all(values, COMMA_DECIMAL)
    if groups and decimals and _any(values, ","):
        reading.notes.append(
            "a comma before three digits is taken for the decimal mark"
            if semicolons
            else "a comma before three digits is taken to group them; set decimal if it is a decimal mark"
        )
        return Marks(",", ".") if semicolons else Marks(".", ",")
    if groups:
        reading.notes.append("digits are grouped")
        return Marks(".", ",")
    if decimals:
        reading.notes.append("the decimal mark is a comma")
        return Marks(",", ".")
    return None


def plain_numbers(values: Any, marks: Marks) -> Any:
    """Return numbers with a decimal point and without groups."""
    if marks.groups is None and marks.decimal == ".":
        return values
    groups = r"[ '\x{00A0}\x{202F}" + ("." if marks.decimal == "," else ",") + "]"
    bare = pc.replace_substring_regex(values, groups, "")
    return pc.replace_substring(bare, ",", ".") if marks.decimal == "," else bare


def _moments(date_format: str | None) -> Callable[[Any, ColumnReading], ColumnReading | None]:
    def decide(values: Any, reading: ColumnReading) -> ColumnReading | None:
        if date_format is not None:
            return _by_format(values, reading, date_format)
        if _all(values, DATETIME_TEXT):
            return _iso(values, reading)
        return _other_dates(values, reading)

    return decide


def _iso(values: Any, reading: ColumnReading) -> ColumnReading | None:
    if pc.any(pc.is_null(text_to_moment(values, apply_zone=True))).as_py():
        reading.notes.append("not all of them are days of the calendar: kept as text")
        return _kept(reading)
    clocks = pc.greater(pc.utf8_length(values), 10)
    zoned = pc.match_substring_regex(values, rf":[0-9][0-9.]*{ZONE}$")
    if pc.any(zoned).as_py():
        if not pc.all(zoned).as_py():
            reading.notes.append("moments with and without zone: kept as text")
            return _kept(reading)
        reading.kind = Kind.INSTANT
        if _any(values, r"[-+][0-9]{2}:?[0-9]{2}$"):
            reading.notes.append("moments with a zone are written in UTC")
        return reading
    reading.kind = Kind.DATETIME if pc.any(clocks).as_py() else Kind.DATE
    return reading


def _by_format(values: Any, reading: ColumnReading, pattern: str) -> ColumnReading | None:
    head = values.slice(0, 200).to_pylist()
    if not all(parse_moment(text, pattern) for text in head) or pc.any(pc.is_null(read_dates(values, pattern))).as_py():
        return None
    reading.date_format = pattern
    clock = any(letter in pattern for letter in ("%H", "%I", "%M"))
    reading.kind = Kind.DATETIME if clock else Kind.DATE
    return reading


def _other_dates(values: Any, reading: ColumnReading) -> ColumnReading | None:
    for pattern in _FORMATS:
        for clock in _CLOCKS:
            found = _by_format(values, reading, pattern + clock)
            if found is not None:
                found.notes.append(f"dates as {found.date_format}")
                return found
    if _all(values, _DATE_PARTS):
        return _day_or_month(values, reading)
    return None


def _day_or_month(values: Any, reading: ColumnReading) -> ColumnReading | None:
    for clock in _CLOCKS:
        for pair in _AMBIGUOUS:
            fitting = [form + clock for form in pair if _by_format(values, ColumnReading(), form + clock)]
            if len(fitting) == 2:
                reading.notes.append(f"dates that could be {fitting[0]} or {fitting[1]}: kept as text; set date_format")
                return _kept(reading)
            if fitting:
                reading.notes.append(f"dates as {fitting[0]}")
                return _by_format(values, reading, fitting[0])
    return None


def parse_moment(text: str, pattern: str) -> datetime | None:
    """Return a moment by a format, None if it does not fit."""
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=None)  # noqa: DTZ007 - wall clock is meant
    except ValueError:
        return None


def read_dates(values: Any, pattern: str) -> Any:
    """Return moments by a format; each distinct text is parsed once."""
    coded = values.dictionary_encode()
    moments = pa.array([parse_moment(text, pattern) for text in coded.dictionary.to_pylist()], TIMESTAMP)
    return pc.take(moments, coded.indices)


def convert(values: Any, reading: ColumnReading, start: int = 0) -> Any:
    """Return values of text as what the reading says.

    Raises:
        Misfit: a value does not fit, and the kind was inferred.
    """
    if reading.kind in (Kind.TEXT, Kind.JSON):
        return values
    usual = as_usual(values, reading)
    if usual is not None:
        return usual
    text = trimmed(values)
    words = pc.is_in(pc.utf8_lower(text), value_set=pa.array([*NULL_WORDS, *ERROR_WORDS], text.type))
    count = pc.sum(words).as_py() or 0
    if count:
        if not reading.null_words and not reading.forced:
            raise Misfit
        text = pc.if_else(words, pa.scalar(None, text.type), text)
        _count(reading, "words for a missing value, such as n/a, are missing", count)
    return _checked(text, _converted(text, reading), reading, start)


def as_usual(values: Any, reading: ColumnReading) -> Any:
    """Convert values that are written in the one plainest way, which is fast; None if any is written otherwise."""
    if reading.marks != Marks() or reading.date_format is not None:
        return None
    try:
        match reading.kind:
            case Kind.INTEGER:
                integers = pc.cast(values, pa.int64())
                same = pc.all(pc.equal(pc.cast(integers, values.type), values)).as_py()
                return integers if same is not False else None
            case Kind.NUMBER:
                return _usual_numbers(values)
            case Kind.DATE:
                return pc.cast(pc.cast(values, pa.date32()), TIMESTAMP)
    except pa.ArrowInvalid:
        return None
    return None


def _usual_numbers(values: Any) -> Any:
    if (pc.max(pc.binary_length(values)).as_py() or 0) > _MOST_DIGITS:
        return None
    signed = pc.or_(pc.starts_with(values, "-"), pc.starts_with(values, "+"))
    odd = values.filter(pc.or_(signed, pc.starts_with(values, "0")))
    if len(odd) and (_any(odd, PADDED) or pc.any(pc.starts_with(odd, "+")).as_py()):
        return None
    numbers = pc.cast(values, pa.float64())
    return None if pc.any(pc.is_nan(numbers)).as_py() else numbers


def _converted(text: Any, reading: ColumnReading) -> Any:
    match reading.kind:
        case Kind.INTEGER:
            if not reading.forced and (_any(text, PADDED) or pc.any(pc.starts_with(text, "+")).as_py()):
                raise Misfit
            return text_to_integer(plain_numbers(text, reading.marks))
        case Kind.NUMBER:
            if not reading.forced and _any(text, PADDED):
                raise Misfit
            bare = plain_numbers(text, reading.marks)
            _count_long(bare, reading)
            return text_to_number(bare)
        case Kind.BOOLEAN:
            return _boolean(text, reading)
    return _moment(text, reading)


def _boolean(text: Any, reading: ColumnReading) -> Any:
    from drivenadapters.tables.guest.engines.arrow_conversions import FALSE_TEXT, TRUE_TEXT

    true, false = (TRUE_TEXT, FALSE_TEXT) if reading.forced else (("true",), ("false",))
    low = pc.utf8_lower(text)
    truth = pc.is_in(low, value_set=pa.array(true, low.type))
    known = pc.or_(truth, pc.is_in(low, value_set=pa.array(false, low.type)))
    return pc.if_else(known, truth, pa.scalar(None, pa.bool_()))


def _moment(text: Any, reading: ColumnReading) -> Any:
    if reading.date_format is not None:
        return read_dates(text, reading.date_format)
    if reading.kind == Kind.DATE and not reading.forced and _any(text, r"^.{11}"):
        raise Misfit
    moments = text_to_moment(text, apply_zone=reading.kind == Kind.INSTANT)
    zoned = pc.match_substring_regex(text, rf":[0-9][0-9.]*{ZONE}$")
    if not reading.forced and reading.kind in TEMPORAL:
        right = pc.all(zoned) if reading.kind == Kind.INSTANT else pc.invert(pc.any(zoned))
        if right.as_py() is False:
            raise Misfit
    return pc.floor_temporal(moments, unit="day") if reading.kind == Kind.DATE else moments


def _count_long(bare: Any, reading: ColumnReading) -> None:
    if (pc.max(pc.utf8_length(bare)).as_py() or 0) <= _MOST_DIGITS:
        return
    digits = pc.replace_substring_regex(bare, r"[eE].*$|^[-+]?0*\.?0*|\.", "")
    long = pc.sum(pc.greater(pc.utf8_length(digits), _MOST_DIGITS)).as_py() or 0
    if long:
        _count(reading, f"numbers of more than {_MOST_DIGITS} digits are rounded to the nearest double", long)


def _count(reading: ColumnReading, what: str, number: int) -> None:
    reading.counts[what] = reading.counts.get(what, 0) + number


def _checked(text: Any, converted: Any, reading: ColumnReading, start: int) -> Any:
    lost = pc.and_(pc.is_valid(text), pc.is_null(converted))
    count = pc.sum(lost).as_py() or 0
    if count and not reading.forced:
        raise Misfit
    if count:
        if not reading.first_lost_row:
            place = pc.index(lost, pa.scalar(True)).as_py()
            reading.first_lost, reading.first_lost_row = text[place].as_py()[:60], start + place + 1
        _count(reading, f"values are not of kind {reading.kind} and are missing", count)
    return converted.cast(ARROW_TYPES[reading.kind])

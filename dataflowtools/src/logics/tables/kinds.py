"""What a column holds, independent of any engine."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kind of a column or of an expression. Every kind has a missing value, called null.

    A number is an IEEE 754 double that may be infinite; not-a-number does not exist, it is null.
    """

    INTEGER = "integer"  # 64 bits, signed
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"  # wall clock, microseconds, no zone
    INSTANT = "instant"  # a point in time, microseconds, written in UTC
    JSON = "json"  # lists and objects, as JSON text


Schema = dict[str, Kind]

TEMPORAL = frozenset({Kind.DATE, Kind.DATETIME, Kind.INSTANT})
NUMERIC = frozenset({Kind.INTEGER, Kind.NUMBER})


def common_kind(one: Kind, other: Kind) -> Kind | None:
    """Return the kind that holds the values of both without loss, if there is one besides text."""
    if one == other:
        return one
    pair = {one, other}
    if pair == NUMERIC:
        return Kind.NUMBER
    if pair == {Kind.DATE, Kind.DATETIME}:
        return Kind.DATETIME
    return None

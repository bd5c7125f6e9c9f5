"""A column as checks see it: its numbers, its texts, its moments, whatever it is held as."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivenadapters.tables.guest.engines.arrow_conversions import (
    FALSE_TEXT,
    TRUE_TEXT,
    as_text,
    text_to_integer,
    text_to_moment,
    text_to_number,
    to_json,
    trimmed,
)
from drivenadapters.tables.guest.reading.inference import Marks, infer, plain_numbers, read_dates
from logics.tables.kinds import NUMERIC, TEMPORAL, Kind

_JSON_NUMBER = r"^-?[0-9]"
_JSON_STARTS = {"string": r'^"', "array": r"^\[", "object": r"^\{", "null": "^null$", "boolean": "^(true|false)$"}
_OF_KIND = {
    Kind.TEXT: ("string",),
    Kind.INTEGER: ("integer", "number"),
    Kind.BOOLEAN: ("boolean",),
    **dict.fromkeys(TEMPORAL, ("string",)),
}


@dataclass(frozen=True)
class View:
    """One column.

    Attributes:
        held: as what the values are held.
        values: as they were read.
        lexical: the values are text of a file that knows nothing but text.
        wanted: the kind that the schema wants, with the format of dates.
        marks: how numbers are written, if the caller has said.
    """

    name: str
    held: Kind
    values: Any
    lexical: bool = False
    wanted: tuple[Kind, str | None] | None = None
    marks: Marks | None = None

    @cached_property
    def present(self) -> Any:
        """Where there is a value."""
        return pc.is_valid(self.values)

    @cached_property
    def kind(self) -> Kind:
        """The kind in which values are compared."""
        return self.wanted[0] if self.wanted is not None else self.held

    @cached_property
    def typed(self) -> Any:
        """The values as the wanted kind, null where one says no such value."""
        if self.wanted is None or self.wanted[0] == self.held:
            return self.values
        kind, pattern = self.wanted
        if self.held == Kind.TEXT:
            return lexical(self.values, kind, pattern, self._marks)
        return _between(self.values, self.held, kind)

    @cached_property
    def _marks(self) -> Marks:
        if self.marks is not None:
            return self.marks
        found = infer(self.values.slice(0, 1000), None, None, semicolons=False)
        return found.marks if found.kind in NUMERIC else Marks()

    @cached_property
    def numbers(self) -> Any:
        """The numbers among the values; text of a text file counts where it is one."""
        if self.kind in NUMERIC:
            return self.typed
        if self.held == Kind.JSON:
            return text_to_number(self._where(self.values, _JSON_NUMBER))
        if self.lexical:
            return text_to_number(plain_numbers(self.values, self._marks))
        return pa.nulls(len(self.values), pa.float64())

    @cached_property
    def texts(self) -> Any:
        """The texts among the values, or what is written for the others."""
        if self.held == Kind.JSON:
            strings = self._where(self.values, _JSON_STARTS["string"])
            return pa.array(
                [None if text is None else json.loads(text) for text in strings.to_pylist()], pa.large_string()
            )
        return self.values if self.held == Kind.TEXT else as_text(self.values, self.held)

    @cached_property
    def written(self) -> Any:
        """Every value as text, for keys and lists."""
        return self.values if self.held in (Kind.TEXT, Kind.JSON) else as_text(self.values, self.held)

    def has_type(self, name: str) -> Any:
        """Where a value is of a type of JSON."""
        if name == "string" and self.held == Kind.TEXT:
            return self.present
        if self.lexical:
            return self._says(name)
        if self.held == Kind.JSON:
            return self._json_type(name)
        if name == "integer" and self.held == Kind.NUMBER:
            return pc.equal(pc.floor(self.values), self.values)
        kinds = ("number",) if self.held == Kind.NUMBER else _OF_KIND.get(self.held, ())
        return pa.repeat(pa.scalar(name in kinds), len(self.values))

    def _says(self, name: str) -> Any:
        if name in ("integer", "number"):
            found = text_to_number(plain_numbers(self.values, self._marks))
            whole = pc.equal(pc.floor(found), found) if name == "integer" else pc.is_valid(found)
            return pc.coalesce(whole, pa.scalar(False))
        if name == "boolean":
            return pc.match_substring_regex(self.values, r"^\s*(?i:true|false)\s*$")
        if name in ("array", "object"):
            return pc.and_(
                pc.match_substring_regex(self.values, r"^\s*" + _JSON_STARTS[name][1:]),
                pc.is_valid(to_json(self.values)),
            )
        return pa.repeat(pa.scalar(False), len(self.values))

    def _json_type(self, name: str) -> Any:
        if name in _JSON_STARTS:
            return pc.match_substring_regex(self.values, _JSON_STARTS[name])
        found = pc.match_substring_regex(self.values, _JSON_NUMBER)
        if name == "number":
            return found
        whole = pc.equal(pc.floor(self.numbers), self.numbers)
        return pc.and_(found, pc.coalesce(whole, pa.scalar(False)))

    def _where(self, values: Any, pattern: str) -> Any:
        return pc.if_else(pc.match_substring_regex(values, pattern), values, pa.scalar(None, values.type))


def lexical(values: Any, kind: Kind, pattern: str | None, marks: Marks) -> Any:
    """Return what text says as a kind, null where it says no such value."""
    text = trimmed(values)
    match kind:
        case Kind.INTEGER:
            return text_to_integer(plain_numbers(text, marks))
        case Kind.NUMBER:
            return text_to_number(plain_numbers(text, marks))
        case Kind.BOOLEAN:
            words = pc.utf8_lower(text)
            truth = pc.is_in(words, value_set=pa.array(TRUE_TEXT, words.type))
            known = pc.or_(truth, pc.is_in(words, value_set=pa.array(FALSE_TEXT, words.type)))
            return pc.if_else(known, truth, pa.scalar(None, pa.bool_()))
        case Kind.JSON:
            return to_json(values)
        case Kind.TEXT:
            return values
    moments = read_dates(text, pattern) if pattern else text_to_moment(text, apply_zone=kind == Kind.INSTANT)
    if kind != Kind.DATE:
        return moments
    fitting = pc.equal(pc.floor_temporal(moments, unit="day"), moments)
    return pc.if_else(pc.coalesce(fitting, pa.scalar(False)), moments, pa.scalar(None, moments.type))


def _between(values: Any, held: Kind, kind: Kind) -> Any:
    """Return values of one kind as another, null where they are none."""
    if {held, kind} == NUMERIC:
        if kind == Kind.NUMBER:
            return pc.cast(values, pa.float64(), safe=False)
        whole = pc.equal(pc.floor(values), values)
        return pc.cast(pc.if_else(whole, values, pa.scalar(None, values.type)), pa.int64(), safe=False)
    if held in TEMPORAL and kind in TEMPORAL:
        return values
    if held == Kind.JSON and kind != Kind.TEXT:
        strings = pc.replace_substring_regex(values, r'^"(.*)"$', r"\1")
        return lexical(strings, kind, None, Marks())
    if kind == Kind.TEXT:
        return as_text(values, held) if held != Kind.JSON else values
    return lexical(as_text(values, held), kind, None, Marks())

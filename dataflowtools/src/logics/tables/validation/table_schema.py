"""Rules of a Table Schema (https://specs.frictionlessdata.io/table-schema/)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from logics.tables.kinds import Kind
from logics.tables.validation.checks import (
    LengthCheck,
    PatternCheck,
    RangeCheck,
    RequiredCheck,
    SetCheck,
    TypeCheck,
    UniqueCheck,
)
from logics.tables.validation.formats import FORMATS
from logics.tables.validation.rules import Rule, RuleSet, SchemaFault

_KINDS: dict[str, Kind | None] = {
    "string": Kind.TEXT, "number": Kind.NUMBER, "integer": Kind.INTEGER, "boolean": Kind.BOOLEAN,
    "date": Kind.DATE, "datetime": Kind.DATETIME, "year": Kind.INTEGER, "object": Kind.JSON, "array": Kind.JSON,
    "geojson": Kind.JSON, "time": None, "yearmonth": None, "duration": None, "geopoint": None, "any": None,
}  # fmt: skip
_LEXICAL = {
    "time": r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?",
    "yearmonth": r"[0-9]{4}-(0[1-9]|1[0-2])",
    "duration": r"-?P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9.]+S)?)?",
    "geopoint": r"\s*-?[0-9.]+\s*,\s*-?[0-9.]+\s*",
}
_MOST_FIELDS = 10_000


def rules_of_table_schema(schema: dict[str, Any]) -> RuleSet:
    """Return the rules of a Table Schema.

    Raises:
        SchemaFault: it is none, or has a part that is not supported.
    """
    fields = schema.get("fields")
    if not isinstance(fields, list) or not fields or len(fields) > _MOST_FIELDS:
        raise SchemaFault("fields is a list of fields", "fields")
    rules = RuleSet(null_values=_missing_values(schema))
    for index, field in enumerate(fields):
        _add_field(rules, field, f"fields.{index}")
    _add_keys(rules, schema)
    return rules


def _missing_values(schema: dict[str, Any]) -> tuple[str, ...]:
    values = schema.get("missingValues", [""])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise SchemaFault("missingValues is a list of texts", "missingValues")
    return tuple(values)


def _add_field(rules: RuleSet, field: Any, place: str) -> None:
    if not isinstance(field, dict) or not isinstance(field.get("name"), str) or not field["name"]:
        raise SchemaFault("a field has a name", place)
    name, kind, pattern = field["name"], field.get("type", "string"), field.get("format", "default")
    if kind not in _KINDS:
        raise SchemaFault(f"unknown type {kind!r}; there are {', '.join(_KINDS)}", f"{place}.type")
    rules.know(name)
    rules.required.append(name)
    _add_type(rules, name, kind, pattern)
    constraints = field.get("constraints", {})
    if not isinstance(constraints, dict):
        raise SchemaFault("constraints is an object", f"{place}.constraints")
    for word, value in constraints.items():
        try:
            rules.rules.extend(_constraint(name, word, value, f"{place}.constraints.{word}"))
        except ValidationError as reason:
            raise SchemaFault(str(reason.errors()[0]["msg"]), f"{place}.constraints.{word}") from None


def _add_type(rules: RuleSet, name: str, kind: str, pattern: Any) -> None:
    wanted = _KINDS[kind]
    if kind in _LEXICAL:
        rules.rules.append(Rule("type", name, PatternCheck(check="pattern", column=name, pattern=_LEXICAL[kind])))
    elif kind == "year":
        rules.rules.append(Rule("type", name, RangeCheck(check="range", column=name, min=0, max=9999)))
    elif kind == "string" and pattern in FORMATS:
        rules.rules.append(Rule("format", name, PatternCheck(check="pattern", column=name, pattern=FORMATS[pattern])))
    if wanted is None or wanted == Kind.TEXT:
        return
    directives = pattern if isinstance(pattern, str) and "%" in pattern else None
    rules.kinds[name] = (wanted, directives)
    rules.rules.append(Rule("type", name, TypeCheck(check="type", column=name, kind=wanted, format=directives)))


_BOUNDS: dict[str, dict[str, Any]] = {
    "minimum": {"as": "min"},
    "maximum": {"as": "max"},
    "exclusiveMinimum": {"as": "min", "exclusive_min": True},
    "exclusiveMaximum": {"as": "max", "exclusive_max": True},
}


def _constraint(name: str, word: str, value: Any, place: str) -> list[Rule]:
    if word in _BOUNDS:
        said = dict(_BOUNDS[word])
        said[said.pop("as")] = value
        return [Rule(word, name, RangeCheck(check="range", column=name, **said))]
    match word:
        case "required":
            return [Rule(word, name, RequiredCheck(check="required", columns=(name,)))] if value else []
        case "unique":
            return [Rule(word, name, UniqueCheck(check="unique", columns=(name,)))] if value else []
        case "minLength":
            return [Rule(word, name, LengthCheck(check="length", column=name, min=value))]
        case "maxLength":
            return [Rule(word, name, LengthCheck(check="length", column=name, max=value))]
        case "pattern":
            return [Rule(word, name, PatternCheck(check="pattern", column=name, pattern=value))]
        case "enum":
            return [Rule(word, name, SetCheck(check="set", column=name, values=value))]
    raise SchemaFault(f"unknown constraint {word!r}", place)


def _add_keys(rules: RuleSet, schema: dict[str, Any]) -> None:
    key = schema.get("primaryKey")
    if key is not None:
        names = (key,) if isinstance(key, str) else tuple(key)
        for name in names:
            if name not in rules.known:
                raise SchemaFault(f"{name!r} is no field", "primaryKey")
            rules.rules.append(Rule("primaryKey", name, RequiredCheck(check="required", columns=(name,))))
        rules.rules.append(Rule("primaryKey", ", ".join(names), UniqueCheck(check="unique", columns=names)))
    for number, foreign in enumerate(schema.get("foreignKeys") or []):
        raise SchemaFault(
            f"the resource of {foreign.get('fields')!r} is not in the schema; use a check foreign_key with a file",
            f"foreignKeys.{number}",
        )

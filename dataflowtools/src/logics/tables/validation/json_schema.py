"""Rules of a JSON Schema (draft 2020-12) that each row has to satisfy as an object.

What compares single values is compiled; the rest, such as ``anyOf``, ``if`` or what lies inside of objects, is kept
as a residue for the validator that goes row by row.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from logics.tables.kinds import Kind
from logics.tables.validation.checks import (
    Check,
    LengthCheck,
    MultipleCheck,
    PatternCheck,
    RangeCheck,
    RequiredCheck,
    SetCheck,
    TypeCheck,
)
from logics.tables.validation.formats import FORMATS
from logics.tables.validation.rules import Rule, RuleSet, SchemaFault

_TYPES = ("string", "integer", "number", "boolean", "null", "array", "object")
_SAID = {
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
}
_TOP = {*_SAID, "type", "properties", "required", "additionalProperties", "$defs", "definitions"}
_COMPILED = {
    "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "pattern", "format",
}  # fmt: skip
_MOST_PROPERTIES = 10_000


def rules_of_json_schema(schema: dict[str, Any]) -> RuleSet:
    """Return the rules of a JSON Schema; one of a list of rows is that of its items.

    Raises:
        SchemaFault: it is none.
    """
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict) and "$ref" not in schema["items"]:
        shared: dict[str, Any] = {word: schema[word] for word in ("$defs", "definitions") if word in schema}
        schema = {**shared, **schema["items"]}
    if schema.get("type", "object") != "object":
        raise SchemaFault("a row is an object; the schema is of another type", "type")
    properties, required = schema.get("properties", {}), schema.get("required", [])
    _check_shape(properties, required)
    rules = RuleSet(closed=schema.get("additionalProperties") is False, strict_json=True)
    for name in required:
        rules.know(name)
        rules.rules.append(Rule("required", name, RequiredCheck(check="required", columns=(name,))))
    residue = {name: left for name, item in properties.items() if (left := _compile(rules, name, item))}
    _keep_residue(rules, schema, residue)
    return rules


def _check_shape(properties: Any, required: Any) -> None:
    if not isinstance(properties, dict) or len(properties) > _MOST_PROPERTIES:
        raise SchemaFault("properties is an object", "properties")
    if not isinstance(required, list) or not all(isinstance(name, str) and name for name in required):
        raise SchemaFault("required is a list of names", "required")


def _compile(rules: RuleSet, name: str, item: Any) -> Any:
    """Add the rules of a property; returns what is left of it, empty for nothing."""
    rules.know(name)
    if item is True:
        return None
    if not isinstance(item, dict):
        return {"not": {}}
    left = {}
    for word, value in item.items():
        if word in _SAID:
            continue
        try:
            made = _rule(name, word, value) if word in _COMPILED and "$ref" not in item else None
            if word == "format" and value == "date" and item.get("type") == "string":
                made = _calendar(rules, name)
        except (ValidationError, TypeError) as reason:
            message = reason.errors()[0]["msg"] if isinstance(reason, ValidationError) else str(reason)
            raise SchemaFault(str(message), f"properties.{name}.{word}") from None
        if made is None:
            left[word] = value
        else:
            rules.rules.append(made)
    return left


def _calendar(rules: RuleSet, name: str) -> Rule:
    """Days that there are: the pattern alone would let 30 February through."""
    rules.kinds[name] = (Kind.DATE, None)
    return Rule("format", name, TypeCheck(check="type", column=name, kind=Kind.DATE))


def _rule(name: str, word: str, value: Any) -> Rule | None:
    if word == "type":
        types = (value,) if isinstance(value, str) else tuple(value)
        if not types or not all(kind in _TYPES for kind in types):
            raise SchemaFault(f"unknown type; there are {', '.join(_TYPES)}", f"properties.{name}.type")
        return Rule(word, name, None, types)
    if word == "format":
        if value not in FORMATS:
            return Rule(word, name, None, _TYPES)  # an annotation, as the specification has it
        return Rule(word, name, PatternCheck(check="pattern", column=name, pattern=FORMATS[value]))
    if word in ("enum", "const"):
        values = value if word == "enum" else [value]
        if not isinstance(values, list) or any(isinstance(item, dict | list) for item in values):
            return None
        return Rule(word, name, SetCheck(check="set", column=name, values=tuple(values)))
    return Rule(word, name, _bound(name, word, value))


def _bound(name: str, word: str, value: Any) -> Check:
    if isinstance(value, bool) or (word != "pattern" and not isinstance(value, int | float)):
        raise TypeError(f"{word} is a number")
    match word:
        case "minimum":
            return RangeCheck(check="range", column=name, min=value)
        case "maximum":
            return RangeCheck(check="range", column=name, max=value)
        case "exclusiveMinimum":
            return RangeCheck(check="range", column=name, min=value, exclusive_min=True)
        case "exclusiveMaximum":
            return RangeCheck(check="range", column=name, max=value, exclusive_max=True)
        case "multipleOf":
            return MultipleCheck(check="multiple", column=name, of=value)
        case "minLength":
            return LengthCheck(check="length", column=name, min=int(value))
        case "maxLength":
            return LengthCheck(check="length", column=name, max=int(value))
    return PatternCheck(check="pattern", column=name, pattern=value, whole=False)


def _keep_residue(rules: RuleSet, schema: dict[str, Any], residue: dict[str, Any]) -> None:
    rest = {word: value for word, value in schema.items() if word not in _TOP}
    if isinstance(schema.get("additionalProperties"), dict):
        rest |= {"additionalProperties": schema["additionalProperties"]}
        residue = {**{name: {} for name in schema.get("properties", {})}, **residue}
    if not rest and not residue:
        return
    shared: dict[str, Any] = {word: schema[word] for word in ("$defs", "definitions", "$schema") if word in schema}
    rules.residue = {**shared, **rest, "type": "object", "properties": residue}
    rules.residue_columns = list(residue) if not rest else None

"""An OpenAPI 3.0 view of a 3.1 document, for importers that know no newer version.

3.0 speaks an older dialect of JSON Schema: no null type, no const, no lists of types, no
examples inside schemas, and exclusive bounds as flags.
"""

from collections.abc import Mapping
from typing import Any

_DROPPED = frozenset({"$defs", "$schema", "$comment", "contentMediaType", "contentEncoding", "propertyNames"})
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def as_3_0(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same API in version 3.0.3; what the older dialect cannot say is left out."""
    return {**_converted(document), "openapi": "3.0.3"}


def _converted(node: Any, *, is_schema: bool = False) -> Any:
    if isinstance(node, list):
        return [_converted(item, is_schema=is_schema) for item in node]
    if not isinstance(node, Mapping):
        return node
    return _schema(node) if is_schema else _container(node)


def _container(node: Mapping[str, Any]) -> dict[str, Any]:
    converted = {}
    for key, value in node.items():
        if key == "schemas":
            converted[key] = {name: _schema(schema) for name, schema in value.items()}
        elif key in ("example", "examples"):
            converted[key] = value
        else:
            converted[key] = _converted(value, is_schema=key == "schema")
    return converted


def _schema(schema: Mapping[str, Any] | bool) -> dict[str, Any]:
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if "$ref" in schema:
        return _reference(schema)
    converted: dict[str, Any] = {}
    for key, value in schema.items():
        _convert_keyword(key, value, converted)
    return _with_nullable(converted)


def _reference(schema: Mapping[str, Any]) -> dict[str, Any]:
    # In 3.0 whatever stands beside $ref is ignored; allOf keeps both.
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    reference = {"$ref": schema["$ref"]}
    return {"allOf": [reference], **_schema(beside)} if beside else reference


def _convert_keyword(key: str, value: Any, into: dict[str, Any]) -> None:
    if key in _DROPPED:
        return
    if key in _BOUNDS:
        into[_BOUNDS[key]] = value
        into[key] = True
    elif key == "const":
        into["enum"] = [value]
    elif key == "examples":
        into["example"] = value[0]
    elif key == "prefixItems":
        into.setdefault("items", {"anyOf": [_schema(item) for item in value]})
    elif key == "type" and isinstance(value, list):
        into["anyOf"] = [{"type": name} for name in value]
    else:
        into[key] = _convert_value(key, value)


def _convert_value(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _schema(schema) for name, schema in value.items()}
    if key in ("items", "not") or (key == "additionalProperties" and not isinstance(value, bool)):
        return _schema(value)
    if key in ("anyOf", "oneOf", "allOf"):
        # `null` stays until _with_nullable has seen it.
        return [option if option == {"type": "null"} else _schema(option) for option in value]
    return value


def _with_nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") == "null":
        return {**{key: value for key, value in schema.items() if key != "type"}, "nullable": True}
    for key in ("anyOf", "oneOf"):
        options = schema.get(key, [])
        others = [option for option in options if option != {"type": "null"}]
        if len(others) < len(options):
            schema = _nullable_choice(schema, key, others)
    return _with_array_items(schema)


def _nullable_choice(schema: dict[str, Any], key: str, others: list[dict[str, Any]]) -> dict[str, Any]:
    beside = {name: value for name, value in schema.items() if name != key}
    if len(others) == 1 and "type" in others[0]:
        return {**others[0], **beside, "nullable": True}
    # In 3.0 `nullable` adds null to a `type` beside it only; importers read it here all the same,
    # but a null default would be invalid by the letter.
    if beside.get("default", ...) is None:
        del beside["default"]
    return {**beside, key: others, "nullable": True}


def _with_array_items(schema: dict[str, Any]) -> dict[str, Any]:
    # 3.0 demands `items` for every array.
    return {**schema, "items": {}} if schema.get("type") == "array" and "items" not in schema else schema

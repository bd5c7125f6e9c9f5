"""The parts of a JSON Schema that look at a row as a whole: checked row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from drivenadapters.tables.guest.validation.views import View
from drivenadapters.tables.guest.writing.values import json_column
from logics.tables.validation.rules import SchemaFault

_MOST_PER_ROW = 20


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """RE2 instead of Python's expressions, which can take for ever."""
    if isinstance(instance, str) and not pc.match_substring_regex(pa.array([instance]), pattern)[0].as_py():
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})


def broken_rows(schema: Mapping[str, Any], views: Mapping[str, View], rows: int) -> Iterator[tuple[int, str, str, str]]:
    """Give row, column, rule and message of every violation.

    Raises:
        SchemaFault: it is no schema, or refers to one elsewhere.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as reason:
        raise SchemaFault(reason.message[:300], ".".join(map(str, reason.absolute_path))) from reason
    validator = _Validator(schema, registry=Registry())
    columns = {name: _objects(view) for name, view in views.items()}
    try:
        for row in range(rows):
            record = {name: values[row] for name, values in columns.items() if values[row] is not _ABSENT}
            for number, error in enumerate(validator.iter_errors(record)):
                if number == _MOST_PER_ROW:
                    break
                column = str(error.absolute_path[0]) if error.absolute_path else ""
                yield row, column, str(error.validator), error.message[:300]
    except (Unresolvable, RecursionError) as reason:
        raise SchemaFault("a reference leads out of the schema, or in circles", "$ref") from reason
    except pa.ArrowInvalid as reason:
        raise SchemaFault(f"a pattern is no regular expression of RE2: {str(reason)[:200]}", "pattern") from reason


_ABSENT = object()


def _objects(view: View) -> list[Any]:
    if view.lexical:
        return [_ABSENT if text is None else _said(text) for text in view.values.to_pylist()]
    plain = json_column(view.values, view.held)
    present = view.present.to_pylist()
    return [value if there else _ABSENT for value, there in zip(plain, present, strict=True)]


def _said(text: str) -> Any:
    """A text file has text only: numbers, booleans, lists and objects are what the text says."""
    if text[:1] in '[{-0123456789tf"' and text[:1] != '"':
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value
    return text

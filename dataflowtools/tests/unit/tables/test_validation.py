"""Checks find what is wrong, and nothing else."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from drivenadapters.tables.guest.validating import Validation
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from logics.tables.limits import TableLimits
from logics.tables.validation.checks import Checks

CSV = (
    b"id,price,code,city,day\n1,2.5,AB12,Ulm,2024-01-01\n"
    b"2,x,ab12,,2024-02-30\n2,-3,ABC,Bonn,2023-01-01\n,1e3,AB99,Rom,n/a\n"
)

_OTHER = {"data": [{"name": "Ulm", "n": 2}]}


class Folder:
    """What a validation reads from and writes to."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.written = b""

    def source(self, _: str = "source") -> io.BytesIO:
        return io.BytesIO(self._content)

    def sink(self, _: str = "sink") -> io.BytesIO:
        folder = self

        class Sink(io.BytesIO):
            def close(self) -> None:
                folder.written = self.getvalue()
                super().close()

        return Sink()

    def progress(self, *_: Any) -> None:
        pass


def validate(schema: dict[str, Any], data: Any = None, *, start: int = 0, limit: int = 100, **said: Any) -> Any:
    folder = Folder(data if isinstance(data, bytes) else b"")
    source = {"file_id": "f"} if isinstance(data, bytes) else {"data": data}
    sort = "checks" if "checks" in schema else "table_schema" if "fields" in schema else "json_schema"
    checks = schema.get("checks", [])
    others = {f"schema.checks.{place}.other": check["other"] for place, check in enumerate(checks) if "other" in check}
    asked = {
        "schema": schema, "schema_type": sort, "start": start, "limit": limit, "format": said.pop("format", None),
        "sources": {"source": {**source, **said}, **others}, "kinds": {"source": "csv"},
        "limits": TableLimits().for_workers(),
    }  # fmt: skip
    answer = Validation(folder, asked).run()  # type: ignore[arg-type]
    json.dumps(answer, allow_nan=False)
    return {**answer, "written": folder.written}


def broken(answer: Any) -> list[tuple[int | None, str | None, str]]:
    return [(item["row"], item["column"], item["rule"]) for item in answer["items"]]


def only(check: dict[str, Any], data: Any = CSV) -> list[int]:
    return [item["row"] for item in validate({"checks": [check]}, data)["items"]]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"check": "type", "column": "price", "kind": "number"}, [2]),
        ({"check": "type", "column": "id", "kind": "integer"}, []),
        ({"check": "type", "column": "day", "kind": "date"}, [2, 4]),
        ({"check": "type", "column": "city", "kind": "boolean"}, [1, 3, 4]),
        ({"check": "required", "columns": ["id", "city"]}, [2, 4]),
        ({"check": "unique", "columns": ["id"]}, [3]),
        ({"check": "unique", "columns": ["id", "city"]}, []),
        ({"check": "range", "column": "id", "min": 2}, [1]),
        ({"check": "range", "column": "id", "max": 2, "exclusive_max": True}, [2, 3]),
        ({"check": "pattern", "column": "code", "pattern": "[A-Z]{2}[0-9]{2}"}, [2, 3]),
        ({"check": "pattern", "column": "code", "pattern": "[0-9]", "whole": False}, [3]),
        ({"check": "set", "column": "city", "values": ["Ulm", "Bonn"]}, [4]),
        ({"check": "set", "column": "id", "values": [1, 3]}, [2, 3]),
        ({"check": "length", "column": "code", "min": 4, "max": 4}, [3]),
        ({"check": "multiple", "column": "id", "of": 2}, [1]),
        ({"check": "expression", "expression": "id < 2 or city == 'Bonn'"}, []),
        ({"check": "expression", "expression": "id < 2 or coalesce(city, '') == 'Bonn'"}, [2]),
        ({"check": "foreign_key", "columns": ["city"], "other": _OTHER, "other_columns": ["name"]}, [3, 4]),
        ({"check": "foreign_key", "columns": ["id"], "other": _OTHER, "other_columns": ["n"]}, [1]),
    ],
)  # fmt: skip
def test_a_check_finds_the_rows_that_break_it(check: dict[str, Any], expected: list[int]) -> None:
    assert only(check) == expected


def test_checks_of_values_look_at_what_the_text_says() -> None:
    checks = [
        {"check": "type", "column": "price", "kind": "number"},
        {"check": "range", "column": "price", "min": 0, "max": 100},
    ]
    assert broken(validate({"checks": checks}, CSV)) == [
        (2, "price", "type"),
        (3, "price", "range"),
        (4, "price", "range"),
    ]


def test_violations_bear_value_and_message() -> None:
    checks = [{"check": "range", "column": "n", "min": 0, "message": "must not be in debt"}]
    (item,) = validate({"checks": checks}, [{"n": -1.5}])["items"]
    assert item == {"row": 1, "column": "n", "rule": "range", "value": -1.5, "message": "must not be in debt"}


def test_columns_that_are_missing_or_too_many_are_violations_of_the_table() -> None:
    schema = {"checks": [{"check": "length", "column": "zip", "min": 5}], "additional_columns": False}
    assert broken(validate(schema, [{"a": 1}])) == [(None, "zip", "missing_column"), (None, "a", "additional_column")]


def test_every_violation_is_reached_by_paging_in_the_order_of_rows() -> None:
    data = [{"n": number} for number in range(250)]
    schema = {"checks": [{"check": "range", "column": "n", "min": 100}, {"check": "multiple", "column": "n", "of": 2}]}
    pages = [validate(schema, data, start=start, limit=60) for start in range(0, 300, 60)]
    assert {page["total"] for page in pages} == {225}
    everything = [item for page in pages for item in broken(page)]
    assert len(everything) == len(set(everything)) == 225
    assert [row for row, _, _ in everything] == sorted(row for row, _, _ in everything)  # type: ignore[type-var]


def test_all_violations_are_written_with_their_values() -> None:
    answer = validate({"checks": [{"check": "length", "column": "city", "max": 3}]}, CSV, limit=1, format="csv")
    assert answer["total"] == 1
    assert answer["written"].decode().splitlines()[1].startswith('3,"city","length","Bonn"')


def test_a_table_schema_is_checked_with_its_missing_values_and_keys() -> None:
    schema = {
        "fields": [
            {"name": "id", "type": "integer", "constraints": {"required": True}},
            {"name": "price", "type": "number", "constraints": {"minimum": 0}},
            {"name": "code", "constraints": {"pattern": "[A-Z]+[0-9]+"}},
            {"name": "city", "constraints": {"enum": ["Ulm", "Bonn"]}},
            {"name": "day", "type": "date"},
        ],
        "primaryKey": "id",
        "missingValues": ["", "n/a"],
    }
    assert broken(validate(schema, CSV)) == [
        (2, "price", "type"), (2, "code", "pattern"), (2, "day", "type"), (3, "price", "minimum"),
        (3, "code", "pattern"), (3, "id", "primaryKey"), (4, "id", "required"), (4, "city", "enum"),
        (4, "id", "primaryKey"),
    ]  # fmt: skip


RECORDS: list[dict[str, Any]] = [
    {"a": 1, "b": "x", "c": [1], "d": 2.0},
    {"a": "1", "b": None, "c": {"k": 1}},
    {"a": 2.0, "b": 3, "d": 3.5},
    {"a": None, "b": "long text", "e": True},
    {},
    {"a": 10**20, "b": "é北", "d": -0.5, "e": "true"},
]
SCHEMAS: list[dict[str, Any]] = [
    {"properties": {"a": {"type": "integer"}}},
    {"properties": {"a": {"type": ["string", "null"]}, "e": {"type": "boolean"}}},
    {"properties": {"a": {"minimum": 2}, "d": {"exclusiveMaximum": 3.5, "multipleOf": 0.5}}, "required": ["d"]},
    {"properties": {"b": {"minLength": 2, "maxLength": 4}, "a": {"enum": [1, "1"]}}},
    {"properties": {"b": {"pattern": "^.$"}, "d": {"const": 2}}},
    {"properties": {"c": {"type": "array", "items": {"type": "string"}}}},
    {"properties": {"c": {"properties": {"k": {"type": "string"}}}}},
    {"anyOf": [{"required": ["d"]}, {"required": ["e"]}]},
    {"if": {"properties": {"a": {"type": "integer"}}, "required": ["a"]}, "then": {"required": ["d"]}},
    {"properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer", "maximum": 5}}},
    {"properties": {"a": {"not": {"type": "string"}}, "b": False}},
    {"type": "array", "items": {"type": "object", "required": ["a", "b"]}},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_same_rows_break_a_json_schema_as_the_standard_has_it(schema: dict[str, Any]) -> None:
    row_schema = schema["items"] if schema.get("type") == "array" else schema
    validator = Draft202012Validator(row_schema)
    expected = {row for row, record in enumerate(RECORDS, 1) if not validator.is_valid(record)}
    assert {item["row"] for item in validate(schema, RECORDS)["items"]} == expected


def test_text_files_satisfy_a_json_schema_by_what_their_text_says() -> None:
    schema = {
        "properties": {
            "id": {"type": "integer"},
            "price": {"type": "number"},
            "day": {"type": "string", "format": "date"},
        },
        "required": ["city"],
    }
    assert broken(validate(schema, CSV)) == [
        (2, "city", "required"), (2, "price", "type"), (2, "day", "format"), (4, "day", "format"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"checks": [{"check": "range", "column": "city", "min": "a"}]}, "schema.min"),
        ({"checks": [{"check": "expression", "expression": "prize > 1"}]}, "schema.expression"),
        ({"checks": [{"check": "expression", "expression": "id + 1"}]}, "schema.expression"),
        ({"checks": [{"check": "pattern", "column": "code", "pattern": "("}]}, "schema.pattern"),
        ({"fields": [{"name": "id", "type": "nonsense"}]}, "schema.fields.0.type"),
        ({"fields": [{"name": "id", "constraints": {"nonsense": 1}}]}, "schema.fields.0.constraints.nonsense"),
        ({"fields": [{"name": "id"}], "primaryKey": "no"}, "schema.primaryKey"),
        ({"properties": {"id": {"type": "nonsense"}}}, "schema.properties.id.type"),
        ({"properties": {"id": {"minimum": "x"}}}, "schema.properties.id.minimum"),
        ({"properties": {"id": {"$ref": "http://127.0.0.1:9/x"}}}, "schema.$ref"),
        ({"properties": {"id": {"$ref": "#/nowhere"}}}, "schema.$ref"),
        ({"type": "string"}, "schema.type"),
        ({"required": "id"}, "schema.required"),
    ],
)
def test_a_wrong_schema_is_refused_with_its_field(schema: dict[str, Any], field: str) -> None:
    with pytest.raises(TaskFailed) as caught:
        validate(schema, CSV)
    assert (caught.value.kind, caught.value.field) == (FailureKind.INVALID, field)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x"])
def test_patterns_that_backtrack_elsewhere_take_linear_time(pattern: str) -> None:
    data = [{"s": "a" * 50_000 + "!"}]
    assert validate({"checks": [{"check": "pattern", "column": "s", "pattern": pattern}]}, data)["total"] in (0, 1)
    residue = {"properties": {"s": {"anyOf": [{"pattern": pattern}, {"type": "null"}]}}}
    assert validate(residue, data)["total"] in (0, 1)


def test_every_check_shows_an_example_that_is_one() -> None:
    definitions = Checks.model_json_schema()["$defs"].values()
    shown = [example for item in definitions for example in item.get("examples", []) if "check" in example]
    assert len(Checks.model_validate({"checks": shown}).checks) == 10

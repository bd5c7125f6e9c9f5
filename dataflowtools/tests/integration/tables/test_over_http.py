"""Tables through HTTP, in real confined workers: answers by the document, errors with their fields, budgets."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from driveradapters import data_analysis
from harness.table_service import TableService, table_service
from harness.tables import read, rows
from logics.tables.transform import TransformTable

_CITIES = b"city,price,n\nUlm,2.5,1\nBonn,,2\nUlm,1,3\n"
_GROUP = {"op": "group_by", "by": ["city"], "aggregates": [{"column": "price", "function": "sum", "as": "total"}]}
_JOIN = {"op": "join", "other": {"file_id": "no"}, "on": ["a"]}
_SORTED = "SELECT * FROM range(100000000) a, range(100000000) b ORDER BY 1"
_COUNTED = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range % 7 = b.range % 5"
_ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


def unlike(answer: Any) -> Any:
    """Leave out what differs from run to run."""
    for step in answer.get("lineage", []):
        step.pop("ms")
    return answer


@pytest.mark.parametrize(
    "example", [(route.path, example) for route in data_analysis.ROUTES for example in route.examples]
)
def test_the_examples_of_the_document_are_answered_as_shown(service: TableService, example: Any) -> None:
    path, shown = example
    answer = service.client.post(path, json=shown.request)
    assert answer.status_code == 200
    found, expected = answer.json()["result"], json.loads(json.dumps(shown.response["result"]))
    assert unlike(found) == unlike(expected)


@pytest.mark.parametrize("engine", ["auto", "pandas", "duckdb"])
def test_a_stored_table_is_transformed_and_saved(service: TableService, engine: str) -> None:
    file_id = service.put("cities.csv", _CITIES)
    output = {"format": "parquet", "description": "by city"}
    found = service.ask("transform", source={"file_id": file_id}, steps=[_GROUP], output=output, engine=engine)
    assert found["preview"] == [{"city": "Bonn", "total": None}, {"city": "Ulm", "total": 3.5}]
    assert [(step["rows_in"], step["rows_out"]) for step in found["lineage"]] == [(3, 2)]
    assert found["file"]["name"] == "cities.parquet"
    assert service.files.files[found["file_id"]].description == "by city"
    assert rows(read(service.files.content(found["file_id"]), "parquet").frame) == [("Bonn", None), ("Ulm", 3.5)]


@pytest.mark.parametrize("name", ["csv", "xlsx", "json", "jsonl", "parquet"])
def test_what_is_saved_is_read_again_as_it_was(service: TableService, name: str) -> None:
    data = {
        "columns": ["t", "n", "x", "b", "d", "m"],
        "rows": [
            ['007 "a",\nb', 2**53 + 1, 0.1, True, "2024-01-31", "2024-01-31T10:20:30"],
            ["=1+1", None, None, None, None, None],
            ["北京", -5, 1e300, False, "1999-12-31", "1999-12-31T23:59:59"],
        ],
    }
    saved = service.ask("transform", source={"data": data}, steps=[], output={"format": name})
    again = service.ask("transform", source={"file_id": saved["file_id"], "types": {"n": "integer"}}, steps=[])
    assert again["preview"] == saved["preview"]


def test_formulas_are_neutralised_when_asked(service: TableService) -> None:
    data = [{"a": "=cmd()", "n": -1}, {"a": "@x", "n": 2}, {"a": "plain", "n": 3}]
    output = {"format": "csv", "neutralise_formulas": True}
    saved = service.ask("transform", source={"data": data}, steps=[], output=output)
    assert saved["written"] == ["2 texts that a spreadsheet would take for formulas begin with an apostrophe"]
    assert service.files.content(saved["file_id"]).decode().splitlines()[1:] == [
        '"\'=cmd()",-1',
        '"\'@x",2',
        '"plain",3',
    ]


def test_other_tables_come_from_files_and_from_the_request(service: TableService) -> None:
    lands = service.put("lands.json", json.dumps([{"city": "Ulm", "land": "BW"}]).encode())
    steps = [
        {"op": "join", "other": {"file_id": lands}, "on": ["city"], "how": "left"},
        {"op": "concat", "others": [{"data": [{"city": "Rom", "n": 9}]}]},
        {
            "op": "sql", "query": "SELECT input.city, land, x FROM input LEFT JOIN more USING (n) ORDER BY n",
            "tables": {"more": {"data": [{"n": 9, "x": "y"}]}},
        },
    ]  # fmt: skip
    found = service.ask("transform", source={"file_id": service.put("c.csv", _CITIES)}, steps=steps)
    assert [list(row.values()) for row in found["preview"]] == [
        ["Ulm", "BW", None], ["Bonn", None, None], ["Ulm", "BW", None], ["Rom", None, "y"],
    ]  # fmt: skip
    assert set(found["read"]) == {"source", "steps.0.other", "steps.1.others.0", "steps.2.tables.more"}


@pytest.mark.parametrize(
    ("request_", "status", "field"),
    [
        ({"source": {"file_id": "no"}, "steps": []}, 404, "source.file_id"),
        ({"source": {}, "steps": []}, 400, "source"),
        ({"source": {"data": [], "file_id": "x"}, "steps": []}, 400, "source"),
        ({"source": {"data": [{"a": 1}]}, "steps": [{"op": "filter", "where": "b > 1"}]}, 400, "steps.0.where"),
        ({"source": {"data": [{"a": 1}]}, "steps": [{"op": "nope"}]}, 400, "steps.0"),
        ({"source": {"data": [{"a": 1}]}, "steps": [], "output": {"preview": 10**9}}, 400, "output.preview"),
        ({"source": {"data": [{"a": 1}]}, "steps": [{"op": "limit", "count": 1}] * 101}, 400, "steps"),
        ({"source": {"data": [{"a": "x"}]}, "steps": [{"op": "cast", "columns": {"a": "date"}}]}, 422, "steps.0"),
        ({"source": {"data": [{"a": 1}]}, "steps": [_JOIN]}, 404, "steps.0.other.file_id"),
        ({"source": {"data": {"columns": ["a"], "rows": [[1, 2]]}}, "steps": []}, 400, "source.data.rows.0"),
        ({"source": {"data": [{"a": 1}]}}, 400, "steps"),
    ],
)  # fmt: skip
def test_an_error_names_the_field(service: TableService, request_: dict[str, Any], status: int, field: str) -> None:
    found, at, message = service.refused("transform", **request_)
    assert (found, at) == (status, field), message
    assert "/work" not in message
    assert "Traceback" not in message


def test_what_is_no_table_is_415_or_422(service: TableService) -> None:
    for name, content, status in (
        ("x.docx", b"PK", 415),
        ("x.xlsx", b"PK\3\4nonsense", 422),
        ("x.parquet", b"PAR1", 422),
    ):
        file_id = service.put(name, content)
        assert service.refused("transform", source={"file_id": file_id}, steps=[])[0] == status


def test_analysis_has_charts_and_a_report(service: TableService) -> None:
    file_id = service.put("cities.csv", _CITIES * 1)
    found = service.ask(
        "analyze", source={"file_id": file_id}, operations=["summary", "value_counts", "profile"], charts=True
    )
    assert base64.b64decode(found["charts"][0]["content_base64"]).startswith(b"\x89PNG")
    assert found["report_file"]["name"] == "cities-profile.html"
    assert service.files.content(found["report_file_id"]).startswith(b"<!DOCTYPE html>")


def test_violations_come_by_page_and_as_a_file(service: TableService) -> None:
    source = {"data": [{"n": number} for number in range(10)]}
    schema = {"checks": [{"check": "range", "column": "n", "min": 5}]}
    first = service.ask("validate", source=source, schema=schema, limit=3, output={"format": "jsonl"})
    assert (first["valid"], first["total"], first["next_cursor"]) == (False, 5, "3")
    assert len(service.files.content(first["file_id"]).splitlines()) == 5
    rest = service.ask("validate", source=source, schema=schema, limit=3, cursor=first["next_cursor"])
    assert ([item["row"] for item in rest["items"]], rest["next_cursor"]) == ([4, 5], None)
    assert service.refused("validate", source=source, schema=schema, cursor="x")[:2] == (400, "cursor")
    assert (
        service.refused("validate", source=source, schema={"properties": {"n": {"type": "x"}}})[1]
        == "schema.properties.n.type"
    )


def test_a_backtracking_pattern_is_as_fast_as_any_other(service: TableService) -> None:
    steps = [{"op": "filter", "where": "matches(s, '^(a+)+$')"}]
    assert service.ask("transform", source={"data": [{"s": "a" * 5000 + "!"}]}, steps=steps)["rows"] == 0


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same with little memory and time."""
    with table_service(
        tmp_path_factory.mktemp("files"), task_memory_mb=224, task_seconds=8, max_table_rows=2_000_000
    ) as running:
        yield running


def _large(size: int) -> bytes:
    return b"id,group,text\n" + b"".join(b"%d,%d,some text that takes room %d\n" % (n, n % 7, n) for n in range(size))


def test_a_table_too_large_for_pandas_goes_through_duckdb(narrow: TableService) -> None:
    file_id = narrow.put("large.csv", _large(900_000))
    steps = [{"op": "group_by", "by": ["group"], "aggregates": [{"function": "count"}]}]
    found = narrow.ask("transform", source={"file_id": file_id}, steps=steps)
    assert found["engine"] == "duckdb"
    assert sum(row["count"] for row in found["preview"]) == 900_000


@pytest.mark.parametrize(
    ("step", "setting"),
    [
        ({"op": "join", "other": {"data": [{"k": 1}] * 30_000}, "how": "cross"}, "TASK_MEMORY_MB"),
        ({"op": "sql", "query": _SORTED}, "TASK_MEMORY_MB"),
        ({"op": "sql", "query": "SELECT repeat('x', 4000000000)"}, "TASK_MEMORY_MB"),
        ({"op": "sql", "query": _COUNTED}, "TASK_"),
        ({"op": "sql", "query": _ENDLESS}, "TASK_"),
    ],
)  # fmt: skip
def test_what_explodes_ends_with_the_name_of_the_setting(
    narrow: TableService, step: dict[str, Any], setting: str
) -> None:
    status, _, message = narrow.refused("transform", source={"data": [{"k": 1}] * 30_000}, steps=[step])
    assert status == 422
    assert setting in message


def test_more_rows_than_a_table_may_have_are_413(narrow: TableService) -> None:
    steps = [{"op": "join", "other": {"data": [{"k": 1}] * 1500}, "how": "cross"}]
    status, field, message = narrow.refused("transform", source={"data": [{"k": 1}] * 1500}, steps=steps)
    assert (status, field) == (413, "steps.0")
    assert "MAX_TABLE_ROWS" in message


async def test_a_batch_job_transforms_a_file_with_the_same_options(service: TableService) -> None:
    file = service.files.put("cities.csv", _CITIES)
    heard: list[tuple[float, float, str]] = []
    transform: TransformTable = service.dependencies["transform_table"]
    found = service.await_(transform.operate(file, {"steps": [_GROUP]}, lambda *what: heard.append(what)))
    assert found["rows"] == 2
    assert heard[0][2] == "group_by"


def test_the_document_shows_every_step(service: TableService) -> None:
    document = json.dumps(service.client.get("/openapi.json").json())
    for name in ("FilterStep", "JoinStep", "CustomStep", "RangeCheck", "AnalyzeRequest"):
        assert name in document
    assert str(Path(__file__).parent) not in document

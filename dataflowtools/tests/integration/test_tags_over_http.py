"""Tags over HTTP."""

from __future__ import annotations

import uuid

import pytest
from servicekit.testing.openapi import CheckedClient

from harness.uploads import error_code, upload


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"t {uuid.uuid4().hex[:8]}"


def test_a_tag_lives_from_creation_to_removal(client: CheckedClient, name: str) -> None:
    made = client.post("/api/tag/create", json={"name": f"  {name}  ", "color": "#ABC", "description": "d"})
    assert made.status_code == 201
    tag = made.json()["result"]
    assert (tag["name"], tag["color"], tag["files"]) == (name, "#aabbcc", 0)
    upload(client, "a", b"a", tags=name)
    listed = {each["name"]: each for each in client.get("/api/tag/list").json()["result"]["items"]}
    assert listed[name] == {**tag, "files": 1}
    changed = client.put("/api/tag/update", json={"tag": name, "name": f"{name} 2"})
    assert changed.json()["result"]["name"] == f"{name} 2"
    assert client.put(f"/api/tag/{tag['tag_id']}", json={"color": ""}).json()["result"]["color"] == ""
    assert client.delete("/api/tag/delete", params={"tag": tag["tag_id"]}).status_code == 200
    again = client.request("DELETE", "/api/tag/delete", json={"tag": tag["tag_id"]})
    assert (again.status_code, error_code(again)) == (404, "unknown_tag")


def test_a_taken_name_is_a_409_whatever_its_capitals(client: CheckedClient, name: str) -> None:
    client.post("/api/tag/create", json={"name": name})
    answer = client.post("/api/tag/create", json={"name": name.upper()})
    assert (answer.status_code, error_code(answer)) == (409, "tag_exists")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "tags"),
        ({"name": "a,b"}, "tags"),
        ({"name": "a\u0000b"}, "tags"),
        ({"name": "x" * 65}, "tags"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "description": "x" * 1001}, "description"),
        ({"name": "x", "size": 1}, "size"),
        ({}, "name"),
    ],
)
def test_a_bad_tag_is_a_400_that_names_the_field(client: CheckedClient, body: dict[str, object], field: str) -> None:
    answer = client.post("/api/tag/create", json=body)
    assert answer.status_code == 400
    assert [item["field"] for item in answer.json()["error"]["details"]] == [field]


def test_tags_are_attached_to_files_and_taken_off(client: CheckedClient, name: str) -> None:
    client.post("/api/tag/create", json={"name": name})
    file_id = upload(client, "a", b"a", tags="kept")["file_id"]
    body = {"file_ids": [file_id, file_id], "tags": [name.upper()]}
    assert [file["tags"] for file in client.post("/api/tag/attach", json=body).json()["result"]] == [["kept", name]]
    assert client.get("/api/file/list", params={"tag": name}).json()["result"]["total"] == 1
    assert [file["tags"] for file in client.post("/api/tag/detach", json=body).json()["result"]] == [["kept"]]
    unknown = client.post("/api/tag/attach", json={"file_ids": ["nope"], "tags": [name]})
    assert (unknown.status_code, error_code(unknown)) == (404, "unknown_file")


def test_nothing_to_change_and_nobody_named_are_400s(client: CheckedClient, name: str) -> None:
    assert client.put("/api/tag/update", json={"tag": name}).status_code == 400
    assert client.put("/api/tag/update", json={"name": "x"}).status_code == 400
    assert client.delete("/api/tag/delete").status_code == 400


def test_tags_are_extracted_by_rules(client: CheckedClient) -> None:
    text = "Invoice INV-2024-001 für Müller. The invoices are invoice. 发票号码: 42, 電子發票"
    rules = [
        {"tag": "invoice", "keywords": ["invoice", "发票"]},
        {"tag": "exact", "keywords": ["Invoice"], "match_case": True},
        {"tag": "part", "keywords": ["invoice"], "whole_words": False, "least": 3},
        {"tag": "number", "patterns": ["INV-(\\d+)-\\d+"]},
        {"tag": "müller", "keywords": ["MÜLLER"]},
        {"tag": "absent", "keywords": ["nothing"]},
        {"tag": "often", "keywords": ["invoice"], "least": 4},
    ]
    answer = client.post("/api/tag/extract", json={"text": text, "rules": rules, "most_matches": 1}).json()
    assert {item["tag"]: item["count"] for item in answer["result"]} == {
        "invoice": 3, "part": 3, "exact": 1, "number": 1, "müller": 1,
    }  # fmt: skip
    number = next(item for item in answer["result"] if item["tag"] == "number")
    assert number["matches"] == [{"start": 8, "end": 20, "text": "INV-2024-001", "by": "INV-(\\d+)-\\d+"}]
    assert answer["tags"][:2] == ["invoice", "part"]


def test_without_rules_the_known_tags_are_looked_for(client: CheckedClient, name: str) -> None:
    client.post("/api/tag/create", json={"name": name})
    assert client.post("/api/tag/extract", json={"text": f"about {name.upper()}."}).json()["tags"] == [name]


@pytest.mark.parametrize("pattern", ["(a", "(?=a)b", "(a)\\1", "a{1001}{1001}", "[[:nope:]]"])
def test_a_pattern_that_is_none_is_a_400_that_names_the_rule(client: CheckedClient, pattern: str) -> None:
    rules = [{"tag": "ok", "keywords": ["a"]}, {"tag": "bad", "patterns": [pattern]}]
    answer = client.post("/api/tag/extract", json={"text": "a" * 100, "rules": rules})
    assert answer.status_code == 400
    assert [item["field"] for item in answer.json()["error"]["details"]] == ["rules.1.patterns.0"]


def test_a_pattern_that_ruins_others_is_linear_here(client: CheckedClient) -> None:
    rules = [{"tag": "evil", "patterns": ["(a+)+$", "(.*)*x", "([a-z]+)*\\d"]}]
    answer = client.post("/api/tag/extract", json={"text": "a" * 200_000 + "!", "rules": rules}, timeout=30)
    assert answer.json()["result"] == []


def test_a_text_over_the_limit_is_a_413(client: CheckedClient) -> None:
    answer = client.post("/api/tag/extract", json={"text": "ä" * 600_000, "rules": [{"tag": "a", "keywords": ["b"]}]})
    assert answer.status_code == 413
    assert "MAX_TAG_TEXT_KB" in answer.text

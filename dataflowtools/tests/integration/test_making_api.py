"""The addresses that make files, over HTTP on the composed service: each answer as documented, each mistake named."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from servicekit.testing.openapi import CheckedClient

from harness.service import running, settings_for
from harness.templates import data, invoice_docx, saved
from harness.uploads import download, upload


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedClient]:
    """A client of a service of its own that checks every answer against the OpenAPI document."""
    with running(settings_for(tmp_path_factory.mktemp("making"))) as service:
        yield service.client


def post(client: CheckedClient, path: str, body: Any, status: int, **headers: str) -> Any:
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def stored(client: CheckedClient, name: str, content: bytes) -> str:
    return str(upload(client, name, content)["file_id"])


def content_of(client: CheckedClient, made: Any) -> bytes:
    return download(client, made["result"]["file_id"]).content


def test_a_conversion_is_answered_with_the_new_file(client: CheckedClient) -> None:
    file = stored(client, "Zahlen.csv", b"a;b\n1;2\n")
    body = {"file_id": file, "target_format": ".XLSX", "name": "Neu", "description": "d"}
    answer = post(client, "/api/file/convert", body, 201)
    result = answer["result"]
    assert (result["name"], result["description"], result["route"]) == ("Neu.xlsx", "d", ["csv", "xlsx"])
    assert (result["engines"], result["warnings"], result["cached"]) == (["tables"], [], False)
    assert result["size"] == len(content_of(client, answer))


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ({"file_id": "x", "target_format": "pdf"}, 404, "unknown_file", "no file"),
        ({"target_format": "pdf"}, 400, "invalid_input", "file_id"),
        ({"file_id": "FILE", "target_format": "nothing"}, 400, "invalid_input", "target_format"),
        ({"file_id": "FILE", "target_format": "../x"}, 400, "invalid_input", "target_format"),
        ({"file_id": "FILE", "target_format": "xlsx", "options": {"sheets": 1}}, 400, "invalid_input", "sheets"),
        (
            {"file_id": "FILE", "target_format": "xlsx", "options": {"delimiter": ";;"}},
            400,
            "invalid_input",
            "delimiter",
        ),
        ({"file_id": "FILE", "target_format": "pdf", "options": {"pages": "1;2"}}, 400, "invalid_input", "pages"),
        ({"file_id": "FILE", "target_format": "xlsx", "name": "../../etc/x"}, 400, "invalid_input", "name"),
        (
            {"file_id": "FILE", "target_format": "json", "options": {"encoding": "nonsense"}},
            400,
            "invalid_input",
            "encod",
        ),
    ],
)
def test_mistakes_are_named(client: CheckedClient, body: dict[str, Any], status: int, code: str, message: str) -> None:
    file = stored(client, "a.csv", b"a,b\n1,2\n")
    asked = {name: file if value == "FILE" else value for name, value in body.items()}
    answer = post(client, "/api/file/convert", asked, status)
    assert answer["error"]["code"] == code
    assert message in json.dumps(answer["error"])


def test_what_is_no_file_for_it_is_told_with_what_can_be_done(client: CheckedClient) -> None:
    file = stored(client, "a.bin", b"\x7fELF" + bytes(200))
    answer = post(client, "/api/file/convert", {"file_id": file, "target_format": "pdf"}, 415)
    assert "these can:" in answer["error"]["message"]
    damaged = stored(client, "a.docx", invoice_docx()[:4000])
    answer = post(client, "/api/file/convert", {"file_id": damaged, "target_format": "md"}, 422)
    assert answer["error"]["code"] == "file_damaged"


def test_the_formats_say_what_can_be_made_here(client: CheckedClient) -> None:
    formats = {item["kind"]: item for item in client.get("/api/file/formats").json()["result"]}
    targets = {item["kind"]: item for item in formats["md"]["converts_to"]}
    assert targets["pdf"]["via"] == ["html"]
    assert targets["pdf"]["engines"] == ["pandoc", "weasyprint"]
    for known in formats.values():
        assert all(item["available"] or item["reason"] for item in known["converts_to"])


@pytest.mark.parametrize(
    "source",
    [
        {"markdown": "# Hello"},
        {"html": "<h1>Hello</h1>"},
        {"rows": [["Hello", 1], ["x", 2.5]]},
        {"rows": [{"Hello": "a"}], "columns": [{"key": "Hello"}]},
        {"sheets": [{"name": "Hello", "rows": [["Hello"]]}]},
    ],
)
@pytest.mark.parametrize("target", ["docx", "md", "html", "xlsx"])
def test_files_are_created_of_whatever_a_request_brings(
    client: CheckedClient, source: dict[str, Any], target: str
) -> None:
    if target == "xlsx" and not {"rows", "sheets"} & source.keys():
        post(client, "/api/file/create", {"target_format": target, **source}, 422)
        return
    answer = post(client, "/api/file/create", {"target_format": target, **source}, 201)
    assert answer["result"]["name"] == f"document.{target}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"target_format": "pdf"}, "one of markdown, html, rows and sheets"),
        ({"target_format": "pdf", "markdown": "x", "html": "y"}, "markdown and html"),
        ({"target_format": "pdf", "markdown": "x", "columns": [{"name": "a"}]}, "columns belong to rows"),
        ({"target_format": "exe", "markdown": "x"}, "target_format"),
        ({"target_format": "xlsx", "rows": [["x"]], "columns": [{"type": "date"}]}, "name or a key"),
        ({"target_format": "xlsx", "rows": [["x"]], "columns": [{"name": "d", "type": "date"}]}, "is no date"),
        ({"target_format": "xlsx", "rows": ["x"]}, "rows"),
    ],
)
def test_mistakes_of_a_creation_are_named(client: CheckedClient, body: dict[str, Any], message: str) -> None:
    answer = post(client, "/api/file/create", body, 400)
    assert message in json.dumps(answer["error"])


def test_a_template_is_inspected_and_filled(client: CheckedClient) -> None:
    template = stored(client, "Invoice.docx", invoice_docx())
    facts = (post(client, "/api/file/template/inspect", {"template_id": template}, 200))["result"]
    assert facts["valid"]
    assert {"path": "items[].name", "kind": "value"} in facts["variables"]
    body = {"file_id": template, "data": data(), "target_format": "txt"}
    answer = post(client, "/api/file/generate", body, 201)
    assert "Nut <x>" in content_of(client, answer).decode()
    assert answer["result"]["name"] == "Invoice.txt"


def test_mistakes_of_a_template_are_told_with_their_place(client: CheckedClient) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["B2"] = "{{ a|nonsense }}"
    template = stored(client, "t.xlsx", saved(book))
    facts = (post(client, "/api/file/template/inspect", {"file_id": template}, 200))["result"]
    assert [mistake["kind"] for mistake in facts["mistakes"]] == ["unknown_filter"]
    assert facts["mistakes"][0]["text"] == "B2 {{ a|nonsense }}"
    answer = post(client, "/api/file/generate", {"file_id": template, "data": {}}, 422)
    assert "cell B2" in answer["error"]["message"]
    post(client, "/api/file/generate", {"file_id": template, "template_id": "x", "data": {}}, 400)


def test_the_same_request_with_the_same_key_makes_one_file(client: CheckedClient) -> None:
    file = stored(client, "a.csv", b"a,b\n1,2\n")
    body = {"file_id": file, "target_format": "json"}
    first = post(client, "/api/file/convert", body, 201, **{"Idempotency-Key": "once"})
    answer = client.post("/api/file/convert", json=body, headers={"Idempotency-Key": "once"})
    for _ in range(100):  # until the first one's answer is on record
        if answer.status_code != 409:
            break
        threading.Event().wait(0.05)
        answer = client.post("/api/file/convert", json=body, headers={"Idempotency-Key": "once"})
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert answer.json() == first
    assert post(client, "/api/file/convert", body, 201)["result"]["cached"]


def test_a_batch_converts_every_file(client: CheckedClient) -> None:
    files = [stored(client, f"{number}.csv", f"a\n{number}\n".encode()) for number in range(3)]
    body = {"operation": "convert", "file_ids": files, "options": {"target_format": "json"}}
    accepted = client.post("/api/file/batch", json=body)
    assert accepted.status_code == 202, accepted.text
    job = _ended(client, accepted.headers["Location"])
    assert (job["done"], job["failed"]) == (3, 0)
    made = [item["result"]["file_id"] for item in job["items"]]
    assert [json.loads(download(client, file_id).content) for file_id in made] == [[{"a": n}] for n in range(3)]


@pytest.mark.parametrize("options", [{}, {"target_format": "../x"}, {"target_format": "pdf", "x": 1}])
def test_a_batch_with_wrong_options_is_not_taken(client: CheckedClient, options: dict[str, Any]) -> None:
    file = stored(client, "a.csv", b"a\n")
    post(client, "/api/file/batch", {"operation": "convert", "file_ids": [file], "options": options}, 400)


def _ended(client: CheckedClient, address: str) -> Any:
    for _ in range(600):
        job = client.get(address).json()["result"]
        if job["state"] in ("finished", "cancelled"):
            return job
        threading.Event().wait(0.1)
    raise AssertionError("the job does not end")

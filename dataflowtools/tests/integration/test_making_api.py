"""The addresses that make files, over HTTP: each answer as it is documented, each mistake named."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from servicekit import Metrics, ServiceInfo, build_application
from servicekit.health import HealthRegistry
from servicekit.state import Phase
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from common.settings import Settings
from driveradapters import extraction
from driveradapters import making as routes
from harness.conversions import Making, making
from harness.templates import data, invoice_docx, saved

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Client:
    """Asks the service, and holds answers against its document."""

    def __init__(self, made: Making, base: str) -> None:
        self.made = made
        self._base = base

    async def post(self, path: str, body: Any, status: int) -> Any:
        response = await self._fetch(path, json.dumps(body))
        answer = json.loads(response.body)
        assert response.code == status, answer
        return answer

    async def get(self, path: str) -> Any:
        return json.loads((await self._fetch(path, None)).body)

    async def _fetch(self, path: str, body: str | None) -> HTTPResponse:
        return await AsyncHTTPClient().fetch(
            self._base + path,
            method="GET" if body is None else "POST",
            body=body,
            headers={"Content-Type": "application/json"},
            raise_error=False,
            request_timeout=60,
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[Client]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder)) as made:
            server, base = _serve(made)
            yield Client(made, base)
            server.stop()
            await server.close_all_connections()


def _serve(made: Making) -> tuple[HTTPServer, str]:
    wanted = [route for route in (*routes.ROUTES, *extraction.ROUTES) if route.path != "/api/file/extract"]
    application = build_application(
        ServiceInfo("dataflowtools", "1", title="T", description="D"),
        wanted,
        made.dependencies(),
        Settings(_env_file=None),
        health=HealthRegistry(),
        metrics=Metrics("dataflowtools", "1"),
    )
    application.state.phase = Phase.SERVING
    socket, port = bind_unused_port()
    server = HTTPServer(application)
    server.add_socket(socket)
    return server, f"http://127.0.0.1:{port}"


async def test_a_conversion_is_answered_with_the_new_file(client: Client) -> None:
    file = client.made.files.put("Zahlen.csv", b"a;b\n1;2\n")
    body = {"file_id": file.file_id, "target_format": ".XLSX", "name": "Neu", "description": "d"}
    answer = await client.post("/api/file/convert", body, 201)
    result = answer["result"]
    assert (result["name"], result["description"], result["route"]) == ("Neu.xlsx", "d", ["csv", "xlsx"])
    assert (result["engines"], result["warnings"], result["cached"]) == (["tables"], [], False)
    assert result["size"] == len(client.made.files.content(result["file_id"]))


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
async def test_mistakes_are_named(client: Client, body: dict[str, Any], status: int, code: str, message: str) -> None:
    file = client.made.files.put("a.csv", b"a,b\n1,2\n")
    asked = {name: file.file_id if value == "FILE" else value for name, value in body.items()}
    answer = await client.post("/api/file/convert", asked, status)
    assert answer["error"]["code"] == code
    assert message in json.dumps(answer["error"])


async def test_what_is_no_file_for_it_is_told_with_what_can_be_done(client: Client) -> None:
    file = client.made.files.put("a.exe", b"MZ")
    answer = await client.post("/api/file/convert", {"file_id": file.file_id, "target_format": "pdf"}, 415)
    assert "these can:" in answer["error"]["message"]
    damaged = client.made.files.put("a.docx", b"PK not really")
    answer = await client.post("/api/file/convert", {"file_id": damaged.file_id, "target_format": "md"}, 422)
    assert answer["error"]["code"] == "file_damaged"


async def test_the_formats_say_what_can_be_made_here(client: Client) -> None:
    formats = {item["kind"]: item for item in (await client.get("/api/file/formats"))["result"]}
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
async def test_files_are_created_of_whatever_a_request_brings(
    client: Client, source: dict[str, Any], target: str
) -> None:
    if target == "xlsx" and not {"rows", "sheets"} & source.keys():
        await client.post("/api/file/create", {"target_format": target, **source}, 422)
        return
    answer = await client.post("/api/file/create", {"target_format": target, **source}, 201)
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
async def test_mistakes_of_a_creation_are_named(client: Client, body: dict[str, Any], message: str) -> None:
    answer = await client.post("/api/file/create", body, 400)
    assert message in json.dumps(answer["error"])


async def test_a_template_is_inspected_and_filled(client: Client) -> None:
    template = client.made.files.put("Invoice.docx", invoice_docx())
    facts = (await client.post("/api/file/template/inspect", {"template_id": template.file_id}, 200))["result"]
    assert facts["valid"]
    assert {"path": "items[].name", "kind": "value"} in facts["variables"]
    body = {"file_id": template.file_id, "data": data(), "target_format": "txt"}
    answer = await client.post("/api/file/generate", body, 201)
    assert "Nut <x>" in client.made.files.content(answer["result"]["file_id"]).decode()
    assert answer["result"]["name"] == "Invoice.txt"


async def test_mistakes_of_a_template_are_told_with_their_place(client: Client) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["B2"] = "{{ a|nonsense }}"
    template = client.made.files.put("t.xlsx", saved(book))
    facts = (await client.post("/api/file/template/inspect", {"file_id": template.file_id}, 200))["result"]
    assert [mistake["kind"] for mistake in facts["mistakes"]] == ["unknown_filter"]
    assert facts["mistakes"][0]["text"] == "B2 {{ a|nonsense }}"
    answer = await client.post("/api/file/generate", {"file_id": template.file_id, "data": {}}, 422)
    assert "cell B2" in answer["error"]["message"]
    await client.post("/api/file/generate", {"file_id": template.file_id, "template_id": "x", "data": {}}, 400)

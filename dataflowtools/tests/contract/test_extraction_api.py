"""Documents over HTTP; every answer is held against the service's own OpenAPI document."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from PIL import Image, ImageDraw, ImageFont

from drivenadapters.caches.memory import MemoryResultCache
from harness.packages import encrypted_workbook, paragraph, png, word
from harness.pdfs import pdf
from harness.service import RunningService, running, settings_for
from harness.uploads import upload

_PICTURE = "q 600 0 0 800 0 0 cm /I0 Do Q"


class CountingCache(MemoryResultCache):
    """Counts what is remembered anew."""

    puts = 0

    async def put(self, key: str, value: bytes) -> None:
        self.puts += 1
        await super().put(key, value)


@pytest.fixture(scope="module")
def cache() -> CountingCache:
    return CountingCache(16 << 20)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, cache: CountingCache) -> Iterator[RunningService]:
    settings = settings_for(tmp_path_factory.mktemp("service"), max_pages=50, task_seconds=30)
    with running(settings, cache=cache) as service:
        yield service


def extract(service: RunningService, name: str, content: bytes, *what: str, **fields: Any) -> httpx.Response:
    file_id = upload(service.client, name, content)["file_id"]
    wanted = {"what": list(what)} if what else {}
    return service.client.post("/api/file/extract", json={"file_id": file_id, **wanted, **fields})


def test_a_word_file_gives_all_its_parts(service: RunningService) -> None:
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    content = word(
        paragraph("Größe 你好") + table, parts={"word/media/a.png": png()}, links=(("i", "image", "media/a.png"),)
    )
    answer = extract(service, "a.docx", content, "text", "markdown", "tables", "images", "metadata")
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["text"].startswith("Größe 你好\n")
    assert result["tables"][0]["rows"] == [["cell"]]
    assert result["metadata"]["macros"] is False
    image = service.client.get(f"/api/file/download/{result['images'][0]['file_id']}")
    assert image.content == png()


def test_text_alone_is_what_comes_without_a_wish(service: RunningService) -> None:
    result = extract(service, "a.docx", word(paragraph("x"))).json()["result"]
    assert set(result) == {"file_id", "kind", "media_type", "text", "warnings"}


def test_a_workbook_gives_its_tables(service: RunningService, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["007", 1.5, True, None, "#N/A"])
    book.active.merge_cells("A2:B2")
    book.save(tmp_path / "a.xlsx")
    answer = extract(service, "a.xlsx", (tmp_path / "a.xlsx").read_bytes(), "tables", sheets=["Sheet"])
    table = answer.json()["result"]["tables"][0]
    assert table["rows"][0] == ["007", 1.5, True, None, "#N/A"]
    assert table["merged"] == [{"row": 1, "column": 0, "rows": 1, "columns": 2}]


def test_a_pdf_gives_its_pages(service: RunningService) -> None:
    content = pdf([[(50, 700, f"this is page {number}")] for number in range(1, 4)])
    result = extract(service, "a.pdf", content, "text", pages="2-").json()["result"]
    assert [page["page"] for page in result["pages"]] == [2, 3]
    assert extract(service, "a.pdf", content, "text", pages=3).json()["result"]["text"] == "this is page 3"


def test_a_scanned_page_is_read_by_character_recognition(service: RunningService) -> None:
    page = Image.new("L", (1000, 300), 255)
    ImageDraw.Draw(page).text((60, 100), "Invoice 20415", font=ImageFont.load_default(80), fill=0)
    content = io.BytesIO()
    page.save(content, "PDF", resolution=200)
    result = extract(service, "a.pdf", content.getvalue(), "text").json()["result"]
    assert (result["text"], result["pages"][0]["source"]) == ("Invoice 20415", "ocr")
    unread = extract(service, "a.pdf", content.getvalue(), "text", ocr="never").json()["result"]
    assert unread["pages"] == [{"page": 1, "text": "", "source": "none"}]
    assert "without character recognition" in unread["warnings"][0]


@pytest.mark.parametrize(
    ("name", "content", "fields", "status", "code"),
    [
        ("a.xlsx", encrypted_workbook("x", "y"), {}, 422, "file_encrypted"),
        ("a.xlsx", encrypted_workbook("x", "y"), {"password": "z"}, 422, "file_encrypted"),
        ("a.docx", word(paragraph("x"))[:200], {}, 422, "file_damaged"),
        ("a.pdf", b"%PDF-1.7 nothing", {}, 422, "file_damaged"),
        ("a.pdf", b"", {}, 422, "file_damaged"),
        ("a.pdf", pdf([[]] * 51), {}, 413, "too_large"),
        ("a.pdf", pdf([[]]), {"pages": "3-1"}, 400, "invalid_input"),
        ("a.pdf", pdf([[]]), {"pages": "nine"}, 400, "invalid_input"),
        ("a.zip", b"PK\x05\x06" + bytes(18), {}, 415, "unsupported_media_type"),
        ("a.unknown", b"\x00\x01", {}, 415, "unsupported_media_type"),
    ],
)
def test_what_cannot_be_read_is_a_clear_error(
    service: RunningService, name: str, content: bytes, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = extract(service, name, content, **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "file_id"),
        ({"file_id": "x", "what": ["colour"]}, "what.0"),
        ({"file_id": "x", "what": []}, "what"),
        ({"file_id": "x", "ocr": "maybe"}, "ocr"),
        ({"file_id": "x", "colour": 1}, "colour"),
        ({"file_id": ""}, "file_id"),
    ],
)
def test_a_request_that_makes_no_sense_names_the_field(
    service: RunningService, body: dict[str, Any], field: str
) -> None:
    answer = service.client.post("/api/file/extract", json=body)
    assert answer.status_code == 400
    assert field in [problem["field"] for problem in answer.json()["error"]["details"]]


def test_a_file_that_does_not_exist_is_not_found(service: RunningService) -> None:
    answer = service.client.post("/api/file/extract", json={"file_id": "none"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_file")


def test_a_repeated_extraction_needs_no_worker(service: RunningService, cache: CountingCache) -> None:
    content = word(paragraph("remembered"))
    first = extract(service, "a.docx", content, "text").json()["result"]
    before = cache.puts
    again = extract(service, "b.docx", content, "text").json()["result"]
    assert {**first, "file_id": ""} == {**again, "file_id": ""}
    assert cache.puts == before


def test_formats_tell_what_can_be_taken_out_of_which_kind(service: RunningService) -> None:
    formats = {known["kind"]: known for known in service.client.get("/api/file/formats").json()["result"]}
    assert formats["docx"]["extracts"] == ["text", "markdown", "tables", "images", "metadata"]
    assert formats["docx"]["endings"][0] == "docx"
    assert formats["zip"]["extracts"] == []


def test_the_health_page_shows_the_workers(service: RunningService) -> None:
    checks = service.client.get("/api/health").json()["result"]["checks"]
    assert checks["workers"]["ok"] is True
    assert checks["workers"]["workers"]["documents"]["restarts"] == 0

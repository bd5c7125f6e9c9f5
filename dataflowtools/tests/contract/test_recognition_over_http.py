"""POST /api/ocr/extract and /api/ocr/barcode, every answer held against the OpenAPI document; readers are fakes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from composition.recognition import OcrEngine, Readers
from fakes.recognition import DAMAGED, FakeCodeReader, FakePdfBinder, FakeTextRecogniser
from harness.service import RunningService, running, settings_for

EXTRACT = "/api/ocr/extract"
BARCODE = "/api/ocr/barcode"


@dataclass(frozen=True)
class Fakes:
    """The service, and the fakes in it."""

    service: RunningService
    text: FakeTextRecogniser
    codes: FakeCodeReader

    def post(self, path: str, **request: Any) -> Any:
        return self.service.client.post(path, **request)


@pytest.fixture(scope="module")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fakes]:
    text, codes = FakeTextRecogniser(), FakeCodeReader()
    readers = Readers(OcrEngine(text, None, (), ()), codes, FakePdfBinder())
    settings = settings_for(tmp_path_factory.mktemp("service"), max_images=3, max_image_body_mb=1)
    with running(settings, readers=readers) as service:
        yield Fakes(service, text, codes)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def stored(fakes: Fakes, name: str, content: bytes) -> str:
    answer = fakes.post("/api/file/upload", files={"file": (name, content)})
    result = answer.json()["result"]
    return str(result["file_id"] if "file_id" in result else result["files"][0]["file_id"])


@pytest.mark.parametrize("path", [EXTRACT, BARCODE])
def test_images_come_in_a_form_as_stored_files_or_in_base64(fakes: Fakes, path: str) -> None:
    file_id = stored(fakes, "stored.png", b"one stored")
    requests: list[dict[str, Any]] = [
        {"files": [("file", ("a.png", b"one form")), ("other", ("b.png", b"two form"))]},
        {"json": {"file_id": file_id}},
        {"json": {"file_ids": [file_id], "content_base64": encoded(b"one json")}},
        {"json": {"images": [{"name": "c.png", "content_base64": f"data:image/png;base64,{encoded(b'url')}"}]}},
        {"files": {"file": ("a.png", b"one form")}, "data": {"file_id": file_id}},
    ]
    names = []
    for request in requests:
        answer = fakes.post(path, **request)
        assert answer.status_code == 200, answer.text
        names.append([image["name"] for image in answer.json()["result"]["images"]])
    assert names == [["a.png", "b.png"], ["stored.png"], ["image", "stored.png"], ["c.png"], ["a.png", "stored.png"]]


def test_text_comes_with_lines_and_pages_of_all_images(fakes: Fakes) -> None:
    answer = fakes.post(EXTRACT, files=[("f", ("a.png", b"one\ntwo\fthree")), ("f", ("b.png", b"four"))])
    result = answer.json()["result"]
    assert result["text"] == "one\ntwo\n\nthree\n\nfour"
    assert [(page["image"], page["page"], page["text"]) for page in result["pages"]] == [
        (0, 1, "one\ntwo"),
        (0, 2, "three"),
        (1, 1, "four"),
    ]
    assert result["pages"][0]["lines"][0]["box"] == [0, 0, 30, 20]


@pytest.mark.parametrize(
    ("output", "media_type", "part"),
    [
        ("text", "text/plain", "one line\n\f"),
        ("tsv", "text/tab-separated-values", "\tline"),
        ("hocr", "text/vnd.hocr+html", ">line</span>"),
    ],
)
def test_text_comes_as_a_document_of_the_kind_asked_for(fakes: Fakes, output: str, media_type: str, part: str) -> None:
    result = fakes.post(EXTRACT, files={"f": ("a.png", b"one line")}, data={"output": output}).json()["result"]
    assert result["media_type"] == media_type
    assert part in result["content"]
    assert result["pages"][0]["lines"] == []


def test_a_searchable_pdf_is_stored(fakes: Fakes) -> None:
    result = fakes.post(EXTRACT, files={"f": ("my scan.png", b"one line")}, data={"output": "pdf"}).json()["result"]
    assert result["file"]["name"] == "my scan-searchable.pdf"
    content = fakes.service.client.get(f"/api/file/download/{result['file']['file_id']}").content
    assert json.loads(content) == ["one line"]


def test_options_reach_the_engine_from_forms_and_json_alike(fakes: Fakes) -> None:
    options = {"language": "zh+en", "mode": "scan", "orientation": "90", "layout": "row", "min_confidence": "0.7"}
    fakes.post(EXTRACT, files={"f": ("a.png", b"form options")}, data={**options, "pages": "1,3-4"})
    from_form = fakes.text.asked[-1]
    typed = {**options, "language": ["zh", "en"], "orientation": 90, "min_confidence": 0.7, "pages": [1, "3-4"]}
    fakes.post(EXTRACT, json={"content_base64": encoded(b"json options"), **typed})
    assert fakes.text.asked[-1] == from_form
    assert from_form.languages == ("zh", "en")
    assert from_form.orientation == 90
    assert from_form.reading.pages.ranges == ((1, 1), (3, 4))


def test_formats_of_barcodes_may_be_repeated_or_listed(fakes: Fakes) -> None:
    fakes.post(BARCODE, files={"f": ("a", b"1")}, data={"formats": ["qr code", "ean13, upc-a"], "mode": "fast"})
    assert fakes.codes.asked[-1].symbologies == ("QRCode", "EAN-13", "UPC-A")
    assert fakes.codes.asked[-1].mode == "fast"


def test_no_barcode_is_a_success_with_an_empty_list(fakes: Fakes) -> None:
    answer = fakes.post(BARCODE, files={"f": ("a", b"")})
    assert answer.status_code == 200
    assert answer.json()["result"]["codes"] == []


@pytest.mark.parametrize("path", [EXTRACT, BARCODE])
@pytest.mark.parametrize(
    ("request_", "status", "field"),
    [
        ({"json": {}}, 400, None),
        ({"json": {"content_base64": "%%%"}}, 400, "content_base64"),
        ({"json": {"content_base64": "AAAA", "wrong": 1}}, 400, "wrong"),
        ({"json": {"content_base64": "AAAA", "pages": "x"}}, 400, "pages"),
        ({"json": {"file_ids": ["a", "b", "c", "d"]}}, 400, "images"),
        ({"json": {"file_id": "nope"}}, 404, None),
        ({"files": {"f": ("a", b"1")}, "data": {"mode": "sideways"}}, 400, "mode"),
        ({"files": {"f": ("a", b"1")}, "data": {"pages": ["1", "2"]}}, 400, "pages"),
        ({"data": {"pages": "1"}}, 415, None),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, None),
        ({"content": b"\x89PNG", "headers": {"Content-Type": "image/png"}}, 415, None),
        ({"files": {"f": ("a", b"0" * (2 << 20))}}, 413, None),
        ({"files": {"f": ("a", DAMAGED)}}, 422, None),
    ],
)
def test_what_is_wrong_with_a_request_is_told_by_field(
    fakes: Fakes, path: str, request_: dict[str, Any], status: int, field: str | None
) -> None:
    answer = fakes.post(path, **request_)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    if field is not None:
        assert [problem["field"] for problem in error["details"]] == [field]


def test_an_unknown_barcode_format_is_refused_with_the_known_ones(fakes: Fakes) -> None:
    answer = fakes.post(BARCODE, files={"f": ("a", b"1")}, data={"formats": "qr,nonsense"})
    assert answer.status_code == 400
    assert "MaxiCode" in answer.json()["error"]["message"]


@pytest.mark.parametrize("operation", ["ocr", "barcode"])
def test_batches_know_the_operation_and_check_its_options(fakes: Fakes, operation: str, tmp_path: Path) -> None:
    file_id = stored(fakes, "batch.png", b"in a batch")
    refused = fakes.post("/api/file/batch", json={"operation": operation, "file_ids": [file_id], "options": {"x": 1}})
    assert refused.status_code == 400
    taken = fakes.post("/api/file/batch", json={"operation": operation, "file_ids": [file_id], "options": {"pages": 1}})
    assert taken.status_code == 202, taken.text

"""The real readers behind the real service: text, tables, PDFs, barcodes, and files that are out to break them."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.scans import drawn, encoded
from harness.service import RunningService, running, settings_for

EXTRACT, BARCODE = "/api/ocr/extract", "/api/ocr/barcode"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("service")
    with running(settings_for(folder, ocr_preload=True, max_ocr_pages=4)) as service:
        yield service


def extract(service: RunningService, content: bytes, name: str = "a.png", **options: str) -> dict[str, Any]:
    answer = service.client.post(EXTRACT, files={"file": (name, content)}, data=options, timeout=120)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_is_turned_upright_and_told_so(service: RunningService, turned: int) -> None:
    image = drawn("The quick brown fox", "jumps over the lazy dog", "and runs into the woods")
    result = extract(service, encoded(image.rotate(-turned, expand=True)))
    (page,) = result["pages"]
    assert page["rotation"] == turned
    assert (page["width"], page["height"]) == image.size
    assert result["text"] == "The quick brown fox\njumps over the lazy dog\nand runs into the woods"
    first = page["lines"][0]["box"]
    assert first[:2] == pytest.approx([40, 45], abs=15)


def test_an_orientation_that_is_given_is_taken(service: RunningService) -> None:
    image = drawn("The quick brown fox").rotate(180)
    assert extract(service, encoded(image), orientation="180")["text"] == "The quick brown fox"
    assert extract(service, encoded(image), orientation="0")["text"] != "The quick brown fox"


def test_a_skewed_page_is_read_row_by_row(service: RunningService) -> None:
    image = drawn("left one           right one", "left two           right two", "left three        right three")
    result = extract(
        service, encoded(image.rotate(-6, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC))
    )
    assert [" ".join(line.split()) for line in result["text"].splitlines()] == [
        "left one right one",
        "left two right two",
        "left three right three",
    ]
    assert result["pages"][0]["skew"] == pytest.approx(6, abs=1)


def test_words_have_places_of_their_own(service: RunningService) -> None:
    (page,) = extract(service, encoded(drawn("brown fox")), granularity="word")["pages"]
    first, second = page["lines"][0]["words"]
    assert (first["text"], second["text"]) == ("brown", "fox")
    assert first["box"][2] <= second["box"][0]


@pytest.mark.parametrize("kind", ["JPEG2000", "HEIF"])
def test_unusual_formats_are_read(service: RunningService, kind: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    result = extract(service, encoded(drawn("format " + kind, size=(420, 120)), kind))
    assert result["text"].upper() == f"FORMAT {kind}"


def test_all_frames_of_a_file_are_pages_and_some_can_be_chosen(service: RunningService) -> None:
    frames = [drawn(f"page {number}", size=(320, 120)) for number in ("one", "two", "three")]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert extract(service, content)["text"] == "page one\n\npage two\n\npage three"
    chosen = extract(service, content, pages="3,1")
    assert [page["page"] for page in chosen["pages"]] == [3, 1]
    assert chosen["images"][0]["page_count"] == 3


def test_an_image_without_text_is_a_success_without_text(service: RunningService) -> None:
    result = extract(service, encoded(Image.new("RGB", (300, 200), "white")))
    assert (result["text"], result["pages"][0]["lines"]) == ("", [])


def test_a_searchable_pdf_says_the_same_when_it_is_read_again(service: RunningService) -> None:
    import pypdfium2

    lines = ("Searchable text here", "is found and copied", "line by line")
    result = extract(service, encoded(drawn(*lines)), output="pdf")
    content = service.client.get(f"/api/file/download/{result['file']['file_id']}").content

    document = pypdfium2.PdfDocument(content)
    page = document[0]
    text = page.get_textpage()
    assert re.split(r"\s+", text.get_text_range().strip()) == " ".join(lines).split()
    # Where the words were recognised is where they are found: 200 pixels are an inch, which is 72 points.
    found = text.search("copied").get_next()
    left, _, _, top = text.get_charbox(found[0])
    word = next(word for line in result["pages"][0]["lines"] for word in line["words"] if word["text"] == "copied")
    assert left * 200 / 72 == pytest.approx(word["box"][0], abs=3)
    assert (page.get_height() - top) * 200 / 72 == pytest.approx(word["box"][1], abs=12)
    assert page.render(scale=1).to_numpy().min() < 100  # the picture is there
    document.close()


def test_a_pdf_of_scans_keeps_its_pages_and_gets_text(service: RunningService) -> None:
    import pypdfium2

    image = drawn("Scanned into a PDF", "the wrong way up").rotate(180)
    result = extract(service, encoded(image, "PDF", resolution=200), "scan.pdf", output="pdf")
    content = service.client.get(f"/api/file/download/{result['file']['file_id']}").content
    document = pypdfium2.PdfDocument(content)
    assert document[0].get_rotation() == 180
    assert document[0].get_textpage().get_text_range().split() == "Scanned into a PDF the wrong way up".split()
    document.close()


def test_a_ruled_table_is_told_cell_by_cell(service: RunningService) -> None:
    from PIL import ImageDraw

    image = drawn(size=(700, 320))
    draw = ImageDraw.Draw(image)
    for top in (30, 120, 210, 300):
        draw.line((30, top, 670, top), "black", 3)
    for left in (30, 350, 670):
        draw.line((left, 30, left, 300), "black", 3)
    for row, texts in enumerate((("Item", "Price"), ("Bread", "2.50"), ("Milk", "1.20"))):
        for column, text in enumerate(texts):
            image.paste(drawn(text, size=(200, 110)).crop((30, 35, 200, 85)), (60 + 320 * column, 50 + 90 * row))
    (table,) = extract(service, encoded(image))["pages"][0]["tables"]
    assert table["rows"] == [["Item", "Price"], ["Bread", "2.50"], ["Milk", "1.20"]]


def test_languages_that_are_not_read_are_refused_with_the_list(service: RunningService) -> None:
    answer = service.client.post(EXTRACT, files={"f": ("a.png", encoded(drawn("x")))}, data={"language": "ru"})
    assert answer.status_code == 422
    assert "zh-hant" in answer.json()["error"]["message"]


def test_clients_at_once_are_all_served(service: RunningService) -> None:
    texts = [f"client number {number}" for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda text: extract(service, encoded(drawn(text, size=(420, 120)))), texts))
    assert [result["text"] for result in results] == texts


def chunk(kind: bytes, data: bytes) -> bytes:
    import struct
    import zlib

    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """Return a PNG that claims a size, and compresses well."""
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
        + chunk(b"IEND", b"")
    )


NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8))
HOSTILE = {
    "bomb": (bomb(60_000, 60_000), 413),
    "largest_claim": (bomb(2**31 - 1, 2**31 - 1), 413),
    "short_of_its_claim": (bomb(4000, 4000), 422),
    "truncated_jpeg": (encoded(NOISE, "JPEG")[:900], 422),
    "truncated_tiff": (encoded(NOISE, "TIFF")[:5000], 422),
    "truncated_webp": (encoded(NOISE, "WEBP")[:600], 422),
    "empty": (b"", 422),
    "text": (b"hello" * 100, 415),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(%pipe%id) (r) file\n", 415),
    "broken_pdf": (b"%PDF-1.7\n1 0 obj <<", 422),
    "too_many_frames": (
        encoded(NOISE, "GIF", save_all=True, append_images=[NOISE.rotate(n) for n in range(1, 9)]),
        422,
    ),
    "zero_sized": (bomb(0, 5), 415),
}


@pytest.mark.parametrize("path", [EXTRACT, BARCODE])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_image_is_the_sender_s_problem_only(service: RunningService, path: str, case: str) -> None:
    content, status = HOSTILE[case]
    answer = service.client.post(path, files={"file": (f"{case}.png", content)})
    assert answer.status_code in ({status, 422} if status == 415 else {status}), answer.text
    assert sys.prefix not in answer.text
    assert "Traceback" not in answer.text


def test_hostile_files_of_the_corpus_are_refused_or_read(service: RunningService) -> None:
    from servicekit.testing.corpus import corpus_path

    for name in ("bomb.png", "hugepage.pdf", "manypages.pdf"):
        content = (corpus_path("hostile_made") / name).read_bytes()
        answer = service.client.post(BARCODE, files={"file": (name, content)}, data={"pages": "1", "mode": "fast"})
        assert answer.status_code in (200, 413, 422), (name, answer.text)


def test_an_encrypted_pdf_asks_for_its_password(service: RunningService) -> None:
    import csv

    from servicekit.testing.corpus import corpus_path

    with (corpus_path("documents") / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["path"].endswith(".pdf") and row.get("password")]
    if not rows:
        pytest.skip("the corpus has no encrypted PDF with its password")
    content = (corpus_path("documents") / rows[0]["path"]).read_bytes()
    refused = service.client.post(BARCODE, files={"file": ("a.pdf", content)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "file_encrypted")
    opened = service.client.post(
        BARCODE,
        files={"file": ("a.pdf", content)},
        data={"password": rows[0]["password"], "mode": "fast", "pages": "1"},
    )
    assert opened.status_code == 200, opened.text


def test_the_service_is_well_after_all_that(service: RunningService) -> None:
    health = service.client.get("/api/health").json()["result"]["checks"]
    assert health["ocr"]["ok"]
    assert health["workers"]["ok"]
    assert extract(service, encoded(drawn("still here", size=(320, 120))))["text"] == "still here"


def test_a_document_in_base64_is_read_too(service: RunningService) -> None:
    content = base64.b64encode(encoded(drawn("as base64", size=(320, 120)))).decode()
    answer = service.client.post(EXTRACT, json={"content_base64": content})
    assert answer.json()["result"]["text"] == "as base64"

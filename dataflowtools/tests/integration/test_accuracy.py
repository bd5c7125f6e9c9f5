"""How well images of the corpus are read, against what is promised.

Reading all of them takes minutes: a few of each kind are read here, all with ``OCR_CORPUS=all``, and by
``benchmarks/recognition.py``, which prints the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.scans import Scan, barcodes, character_error, scans, word_recall
from harness.service import RunningService, running, settings_for
from utils.trade_numbers import expand_upc_e

# Quick ones of each kind.
_QUICK = (
    "zh_exam zh_cream zh_trad_small zh_carelabel zh_promo zh_vertical zh_vertical2 zh_handwriting en_testocr "
    "tess_eurotext tess_phototest-rotated-180 tess_phototest-rotated-L tess_phototest-rotated-R pdf_docling_rot270"
).split()
_CLEAN, _TURNED, _CHINESE, _CHINESE_RECALL = 0.005, 0.005, 0.035, 0.97


@dataclass(frozen=True)
class Read:
    """An image, and how it was read."""

    scan: Scan
    error: float
    recall: float


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running(settings_for(tmp_path_factory.mktemp("service"), ocr_preload=True)) as service:
        yield service


@pytest.fixture(scope="module")
def readings(service: RunningService) -> list[Read]:
    chosen = [scan for scan in scans() if scan.path.stem in _QUICK or os.environ.get("OCR_CORPUS") == "all"]
    return [_read(service, scan) for scan in chosen]


def _read(service: RunningService, scan: Scan) -> Read:
    answer = service.client.post(
        "/api/ocr/extract", files={"file": (scan.path.name, scan.path.read_bytes())}, timeout=300
    )
    assert answer.status_code == 200, answer.text
    text = answer.json()["result"]["text"]
    return Read(scan, character_error(scan.text, text), word_recall(scan.text, text))


def of(readings: list[Read], *groups: str) -> list[Read]:
    return [read for read in readings if read.scan.group in groups]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_clean_pages_are_read_without_mistakes(readings: list[Read]) -> None:
    errors = {read.scan.path.name: read.error for read in of(readings, "en_small", "en_scan", "en_photo")}
    assert max(errors.values()) <= _CLEAN, errors


def test_turned_pages_are_read_as_well(readings: list[Read]) -> None:
    errors = {read.scan.path.name: read.error for read in of(readings, "en_rot", "scanned_pdf")}
    assert max(errors.values()) <= _TURNED, errors


def test_chinese_screenshots_are_read(readings: list[Read]) -> None:
    errors = {read.scan.path.name: read.error for read in of(readings, "zh_small") if read.scan.metric == "cer"}
    assert mean(list(errors.values())) <= _CHINESE, errors


def test_vertical_writing_is_read_in_its_order(readings: list[Read]) -> None:
    errors = {read.scan.path.name: read.error for read in of(readings, "zh_vertical")}
    assert mean(list(errors.values())) <= _CHINESE, errors


def test_real_chinese_images_lose_few_words(readings: list[Read]) -> None:
    recalls = {read.scan.path.name: read.recall for read in readings if read.scan.group.startswith("zh_")}
    assert mean(list(recalls.values())) >= _CHINESE_RECALL, recalls


def forms(text: str) -> set[str]:
    """Return the ways in which versions of readers write the same code."""
    plain = "".join(letter for letter in text.replace("<GS>", "") if letter >= " ")
    bare = "".join(letter for letter in plain if letter not in "()[]{} ")
    digits = bare.removeprefix("01") if len(bare) == 16 and bare.isdigit() else bare
    longer = expand_upc_e(digits) or digits
    return {plain, bare, digits.lstrip("0"), longer.lstrip("0")}


@pytest.mark.parametrize("place", range(31))
def test_every_barcode_is_read_and_none_that_is_not_there(service: RunningService, place: int) -> None:
    rows = barcodes()
    if place >= len(rows):
        pytest.skip("the corpus has fewer")
    row = rows[place]
    answer = service.client.post("/api/ocr/barcode", files={"file": ("a", Path(row["path"]).read_bytes())})
    assert answer.status_code == 200, answer.text
    codes: list[dict[str, Any]] = answer.json()["result"]["codes"]
    found = [forms(code["text"]) for code in codes]
    if row["metric"] == "exact-set:transcribed":
        assert sorted(code["text"] for code in codes) == sorted(row["expected"].split("\n"))
    elif row["expected"]:
        assert found
        assert all(forms(row["expected"]) & code for code in found), found
    else:
        assert codes == []


def test_pages_of_text_hold_no_barcode(service: RunningService) -> None:
    for scan in scans():
        if scan.path.stem in ("en_testocr", "tess_eurotext", "zh_exam", "zh_sutra", "zh_handwriting", "zh_promo"):
            answer = service.client.post("/api/ocr/barcode", files={"file": ("a", scan.path.read_bytes())})
            assert answer.json()["result"]["codes"] == [], scan.path.name

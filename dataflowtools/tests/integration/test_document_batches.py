"""Batches that read and convert documents, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.packages import paragraph, word
from harness.service import RunningService, running, settings_for
from harness.uploads import download, upload
from integration.test_batch_over_http import ended, submit


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running(settings_for(tmp_path_factory.mktemp("batches"))) as service:
        yield service


def test_a_batch_takes_the_text_out_of_each_file_and_says_which_cannot_be_read(service: RunningService) -> None:
    good = upload(service.client, "a.docx", word(paragraph("hello")))["file_id"]
    bad = upload(service.client, "b.docx", word(paragraph("x"))[:200])["file_id"]
    job = ended(service.client, submit(service.client, "extract", good, bad, options={"what": ["text"]})["job_id"])
    read, damaged = job["items"]
    assert (read["state"], read["result"]["text"]) == ("done", "hello\n")
    assert (damaged["state"], damaged["error"]["code"]) == ("failed", "file_damaged")


def test_a_long_extraction_becomes_a_file(service: RunningService) -> None:
    file_id = upload(service.client, "long.txt", b"line of text\n" * 10_000)["file_id"]
    job = ended(service.client, submit(service.client, "extract", file_id)["job_id"])
    stored = download(service.client, job["items"][0]["result"]["result_file_id"])
    assert stored.json()["text"].count("line of text") == 10_000


def test_a_batch_converts_each_file(service: RunningService) -> None:
    file_id = upload(service.client, "a.csv", b"name,count\nx,007\n")["file_id"]
    options = {"target_format": "json"}
    job = ended(service.client, submit(service.client, "convert", file_id, options=options)["job_id"])
    made = job["items"][0]["result"]
    assert (made["kind"], download(service.client, made["file_id"]).json()) == ("json", [{"name": "x", "count": "007"}])


def test_a_batch_analyses_transforms_and_validates_each_table(service: RunningService) -> None:
    file_id = upload(service.client, "a.csv", b"city,price\nBonn,3.5\nUlm,2\n")["file_id"]

    def result(operation: str, **options: object) -> dict[str, Any]:
        job = ended(service.client, submit(service.client, operation, file_id, options=options)["job_id"])
        found: dict[str, Any] = job["items"][0]["result"]
        return found

    assert result("analyze", operations=["summary"])["rows"] == 2
    assert result("transform", steps=[{"op": "filter", "where": "price > 2"}])["rows"] == 1
    assert result("validate", schema={"checks": [{"check": "range", "column": "price", "min": 0}]})["valid"] is True


@pytest.mark.parametrize(
    ("operation", "options", "field"),
    [
        ("extract", {"what": ["colour"]}, "what.0"),
        ("extract", {"file_id": "x"}, "options.file_id"),
        ("convert", {}, "target_format"),
        ("extract", {"password": "secret"}, "options.password"),
        ("convert", {"target_format": "pdf", "options": {"password": "secret"}}, "options.options.password"),
        ("transform", {"steps": [{"op": "fly"}]}, "steps.0"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_the_job_is_taken(
    service: RunningService, operation: str, options: dict[str, object], field: str
) -> None:
    body = {"operation": operation, "file_ids": ["any"], "options": options}
    answer = service.client.post("/api/file/batch", json=body)
    assert answer.status_code == 400
    assert field in [problem["field"] for problem in answer.json()["error"]["details"]]

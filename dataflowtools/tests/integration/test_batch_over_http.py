"""Batch jobs over HTTP."""

from __future__ import annotations

import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from servicekit.testing.openapi import CheckedClient

from harness.on_servers import SMALL, on_servers
from harness.operations import SampleOperations
from harness.service import RunningService, settings_for, storing
from harness.uploads import error_code, upload

_SECONDS = 60.0


@pytest.fixture(scope="module")
def operations() -> SampleOperations:
    """What the jobs of these tests do."""
    return SampleOperations()


@pytest.fixture(scope="module", params=["embedded", "servers"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, operations: SampleOperations
) -> Iterator[RunningService]:
    """A service with more operations than deletion."""
    more = on_servers(request) if request.param == "servers" else {}
    settings = settings_for(tmp_path_factory.mktemp("batch"), **SMALL, **more, callback_allow_private=True)
    with storing(settings, operations=operations.by_name) as service:
        yield service


@pytest.fixture
def client(service: RunningService) -> CheckedClient:
    """A client that checks every answer against the OpenAPI document."""
    return service.client


def ended(client: CheckedClient, job_id: str) -> dict[str, Any]:
    """Wait until a job has ended; return it."""
    end = time.monotonic() + _SECONDS
    while True:
        job: dict[str, Any] = client.get(f"/api/file/batch/{job_id}").json()["result"]
        if job["state"] in ("finished", "cancelled"):
            return job
        assert time.monotonic() < end, job
        time.sleep(0.02)


def submit(client: CheckedClient, operation: str, *file_ids: str, **fields: Any) -> dict[str, Any]:
    """Start a job; return it as it is then."""
    body = {"operation": operation, "file_ids": list(file_ids), **fields}
    answer = client.post("/api/file/batch", json=body)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()["result"]
    assert answer.headers["location"] == f"/api/file/batch/{job['job_id']}"
    return job


def test_a_job_works_on_all_of_its_files(client: CheckedClient, operations: SampleOperations) -> None:
    ids = [upload(client, f"{number}.txt", bytes([number])) for number in range(5)]
    job = submit(client, "copy", *(file["file_id"] for file in ids), options={"mark": 7})
    job = ended(client, job["job_id"])
    assert (job["state"], job["done"], job["failed"], job["total"]) == ("finished", 5, 0, 5)
    assert [item["result"]["mark"] for item in job["items"]] == [7] * 5
    for number, item in enumerate(job["items"]):
        made = client.get(f"/api/file/{item['result']['file_id']}").json()["result"]
        assert (made["name"], made["tags"], made["size"]) == (f"copy of {number}.txt", ["copies"], 1)
    assert all(operations.runs[file["file_id"]] == 1 for file in ids)


def test_each_file_has_its_own_result_or_error(client: CheckedClient) -> None:
    file_id = upload(client, "a", b"a")["file_id"]
    for operation, code in (("damaged", "file_damaged"), ("broken", "internal_error")):
        job = ended(client, submit(client, operation, file_id, "nope")["job_id"])
        assert [item["error"]["code"] for item in job["items"]] == [code, "unknown_file"]
        assert (job["done"], job["failed"]) == (0, 2)


def test_a_job_takes_the_files_that_fit_a_filter(client: CheckedClient) -> None:
    for number in range(3):
        upload(client, f"f{number}", b"a", tags="filtered")
    body = {"operation": "delete", "filter": {"tag": ["filtered"]}}
    job = client.post("/api/file/batch", json=body).json()["result"]
    assert ended(client, job["job_id"])["done"] == 3
    assert client.get("/api/file/list", params={"tag": "filtered"}).json()["result"]["total"] == 0
    nobody = client.post("/api/file/batch", json=body)
    assert nobody.status_code == 400


def test_items_are_paged(client: CheckedClient) -> None:
    job = submit(client, "delete", *(f"nope {number}" for number in range(5)))
    ended(client, job["job_id"])
    seen, cursor = [], ""
    while cursor is not None:
        params: dict[str, Any] = {"limit": 2, "cursor": cursor}
        page = client.get(f"/api/file/batch/{job['job_id']}", params=params).json()["result"]
        seen += [item["file_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"nope {number}" for number in range(5)]


def test_a_cancelled_job_ends_and_what_ran_is_cancelled(client: CheckedClient, operations: SampleOperations) -> None:
    operations.started.clear()
    ids = [upload(client, "w", b"w")["file_id"] for _ in range(5)]
    job = submit(client, "wait", *ids)
    assert operations.started.wait(_SECONDS)
    answer = client.delete(f"/api/file/batch/{job['job_id']}")
    assert answer.status_code == 200
    job = ended(client, job["job_id"])
    assert (job["state"], job["cancelled"]) == ("cancelled", 5)


def test_a_file_that_is_busy_is_tried_again(client: CheckedClient, operations: SampleOperations) -> None:
    operations.busy = 1
    file_id = upload(client, "a", b"a")["file_id"]
    job = ended(client, submit(client, "busy", file_id)["job_id"])
    assert (job["done"], operations.runs[file_id]) == (1, 2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"operation": "fly", "file_ids": ["a"]}, "operation"),
        ({"operation": "delete"}, "file_ids"),
        ({"operation": "delete", "file_ids": ["a"], "filter": {}}, "file_ids"),
        ({"operation": "copy", "file_ids": ["a"], "options": {"x": 1}}, "options"),
        ({"operation": "delete", "file_ids": ["a"], "callback_url": "ftp://example.com/"}, "callback_url"),
        ({"operation": "delete", "file_ids": ["a"], "callback_url": "http://u:p@example.com/"}, "callback_url"),
        ({"operation": "delete", "file_ids": ["a"], "callback_url": "http://[::1"}, "callback_url"),
    ],
)
def test_a_bad_job_is_a_400_that_names_the_field(client: CheckedClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/file/batch", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


def test_too_many_files_are_a_413_that_names_the_setting(client: CheckedClient) -> None:
    body = {"operation": "delete", "file_ids": [str(number) for number in range(21)]}
    answer = client.post("/api/file/batch", json=body)
    assert answer.status_code == 413
    assert "MAX_BATCH_FILES" in answer.text


def test_an_unknown_job_is_a_404(client: CheckedClient) -> None:
    for answer in (client.get("/api/file/batch/nope"), client.delete("/api/file/batch/nope")):
        assert (answer.status_code, error_code(answer)) == (404, "unknown_job")


def test_a_repeated_job_with_a_key_is_the_same_job(client: CheckedClient) -> None:
    key = {"Idempotency-Key": "job"}
    body = {"operation": "delete", "file_ids": ["nope"]}
    first, again = (client.post("/api/file/batch", json=body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["location"] == first.headers["location"]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes notices; the server says how to answer."""

    def do_POST(self) -> None:
        """Keep the notice and answer as told."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))  # type: ignore[attr-defined]
        statuses = self.server.statuses  # type: ignore[attr-defined]
        self.send_response(statuses.pop(0) if statuses else 204)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.told.set()  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def receiver(*statuses: int) -> Iterator[Any]:
    """Run a server that takes notices."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.statuses, server.told = [], list(statuses), threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_end_of_a_job_is_told_signed(client: CheckedClient) -> None:
    with receiver() as server:
        url = f"http://127.0.0.1:{server.server_port}/told?x=1"
        job = submit(client, "delete", "nope", callback_url=url)
        assert server.told.wait(_SECONDS)
    headers, body = server.heard[0]
    moment, _, signature = headers["X-Dataflow-Signature"].partition(",v1=")
    signed = f"{moment.removeprefix('t=')}.".encode() + body
    assert hmac.new(job["callback_secret"].encode(), signed, "sha256").hexdigest() == signature
    assert headers["X-Dataflow-Delivery"] == job["job_id"]
    notice = json.loads(body)
    assert (notice["job_id"], notice["state"], notice["counts"]) == (job["job_id"], "finished", {"failed": 1})


def test_a_redirect_is_not_followed_and_counts_as_not_taken(client: CheckedClient) -> None:
    with receiver(302) as server:
        job = submit(client, "delete", "nope", callback_url=f"http://127.0.0.1:{server.server_port}/")
        assert server.told.wait(_SECONDS)
        end = time.monotonic() + _SECONDS
        while not (notice := ended(client, job["job_id"])["callback"])["error"]:
            assert time.monotonic() < end
            time.sleep(0.02)
    assert notice == {"state": "due", "attempts": 1, "error": "answered 302"}
    assert len(server.heard) == 1

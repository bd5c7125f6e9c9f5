"""Batch jobs survive whoever works on them, and nothing of them shows twice."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from servicekit.testing.openapi import CheckedClient

from harness import process as processes
from harness.process import SOURCE, STORAGE, ServiceProcess
from harness.uploads import upload

serving = partial(processes.serving, main=STORAGE)


def submit(client: CheckedClient, operation: str, file_ids: list[str]) -> str:
    """Start a job; return its id."""
    answer = client.post("/api/file/batch", json={"operation": operation, "file_ids": file_ids})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["result"]["job_id"])


def ended(client: CheckedClient, job_id: str) -> dict[str, Any]:
    """Wait until a job has ended; return it."""
    end = time.monotonic() + 90
    while True:
        job: dict[str, Any] = client.get(f"/api/file/batch/{job_id}").json()["result"]
        if job["state"] in ("finished", "cancelled"):
            return job
        assert time.monotonic() < end, job
        time.sleep(0.05)


def runs(folder: Path) -> dict[str, int]:
    """Return how often the operation came to its end, by file."""
    return {path.name.removeprefix("ran-"): len(path.read_text()) for path in folder.glob("ran-*")}


def wait_until_run(folder: Path, count: int) -> None:
    """Wait until so many files have been worked on."""
    end = time.monotonic() + 60
    while len(runs(folder)) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def uploaded(client: CheckedClient, count: int) -> list[str]:
    """Upload files; return their ids."""
    return [upload(client, f"{number}.txt", b"abc")["file_id"] for number in range(count)]


def copies(client: CheckedClient) -> int:
    """Return how many copies can be seen."""
    return int(client.get("/api/file/list", params={"tag": "copies"}).json()["result"]["total"])


def test_a_killed_worker_s_files_are_taken_over_and_show_once(tmp_path: Path) -> None:
    (tmp_path / "HOLD").touch()
    with serving(tmp_path) as (process, client):
        job_id = submit(client, "copy", uploaded(client, 5))
        wait_until_run(tmp_path, 2)
        assert copies(client) == 2
        process.signal(signal.SIGKILL)
        process.wait()
    (tmp_path / "HOLD").unlink()
    with serving(tmp_path) as (_, client):
        job = ended(client, job_id)
        assert (job["done"], job["failed"]) == (5, 0)
        assert copies(client) == 5
        assert {item["result"]["file_id"] for item in job["items"]} == {
            file["file_id"] for file in client.get("/api/file/list?tag=copies").json()["result"]["items"]
        }
    assert sorted(runs(tmp_path).values()) == [1, 1, 1, 2, 2]


def test_a_service_that_ends_gives_its_files_back_at_once(tmp_path: Path) -> None:
    (tmp_path / "HOLD").touch()
    lease = {"BATCH_LEASE_SECONDS": "3600"}
    with serving(tmp_path, **lease) as (process, client):
        job_id = submit(client, "copy", uploaded(client, 3))
        wait_until_run(tmp_path, 2)
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
    (tmp_path / "HOLD").unlink()
    with serving(tmp_path, **lease) as (_, client):
        assert ended(client, job_id)["done"] == 3
        assert copies(client) == 3


def test_a_worker_that_was_stopped_loses_its_file_and_does_no_harm_when_it_goes_on(tmp_path: Path) -> None:
    data = {"DATA_DIR": str(tmp_path / "shared"), "BATCH_LEASE_SECONDS": "2", "BATCH_WORKERS": "1"}
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    (first / "HOLD").touch()
    with serving(first, **data) as (process, client):
        job_id = submit(client, "copy", uploaded(client, 1))
        wait_until_run(first, 1)
        process.signal(signal.SIGSTOP)
        with serving(second, **data) as (_, other):
            job = ended(other, job_id)
            (first / "HOLD").unlink()
            process.signal(signal.SIGCONT)
            process.wait_for("work_taken_over")
            assert ended(client, job_id)["items"] == job["items"]
            assert copies(other) == 1


def test_replicas_and_workers_share_the_files_of_a_job(tmp_path: Path) -> None:
    data = {"DATA_DIR": str(tmp_path / "shared")}
    with serving(tmp_path, **data) as (_, client), serving(tmp_path, **data):
        job = ended(client, submit(client, "copy", uploaded(client, 20)))
        assert job["done"] == 20
        assert copies(client) == 20
    assert set(runs(tmp_path).values()) == {1}


def test_a_worker_process_does_what_a_service_without_workers_takes(tmp_path: Path) -> None:
    data = {"DATA_DIR": str(tmp_path / "shared"), "BATCH_EMBEDDED": "false"}
    with serving(tmp_path, **data) as (_, client):
        job_id = submit(client, "delete", [*uploaded(client, 2), "nope"])
        assert client.get(f"/api/file/batch/{job_id}").json()["result"]["waiting"] == 3
        with worker(tmp_path, data) as process:
            assert ended(client, job_id)["done"] == 2
            with CheckedClient(process.url) as of_worker:
                assert of_worker.get("/api/health").status_code == 200
                assert of_worker.get("/api/file/list").status_code == 404


def worker(folder: Path, data: dict[str, str]) -> Any:
    """Run ``src/worker.py``."""
    return processes.started(folder, main=SOURCE / "worker.py", **data)


def test_without_its_queue_a_job_is_found_in_the_database(tmp_path: Path) -> None:
    with serving(tmp_path, REDIS_HOST="127.0.0.1", REDIS_PORT="9") as (process, client):
        assert isinstance(process, ServiceProcess)
        assert ended(client, submit(client, "copy", uploaded(client, 3)))["done"] == 3

"""Whatever dies when: what was answered is there, what is listed can be read, and nothing else stays."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from servicekit.testing.openapi import CheckedClient

from harness import process as processes
from harness.process import STORAGE, ServiceProcess
from harness.uploads import download, error_code, raw_connection, upload, upload_head

serving = partial(processes.serving, main=STORAGE)
started = partial(processes.started, main=STORAGE)
STEPS = {
    "SqlFileRecords.reserve before": 0,
    "SqlFileRecords.reserve after": 0,
    "LocalContents.keep before": 0,
    "LocalContents.keep after": 0,
    "SqlFileRecords.add before": 0,
    "SqlFileRecords.add after": 1,
}
CONTENT = os.urandom(300_000)


def contents(folder: Path) -> list[Path]:
    """Return every content and draft in the store."""
    return [path for path in (folder / ".state/data/files").rglob("*") if path.is_file()]


def age_reservations(folder: Path) -> None:
    """Make what is in the ledger look two hours old."""
    with sqlite3.connect(folder / ".state/data/dataflowtools.db") as database:
        database.execute("UPDATE contents SET changed_at = datetime(changed_at, '-2 hours') || '.000000'")
    database.close()


def listed(client: CheckedClient) -> list[dict[str, Any]]:
    """Return the files of the list."""
    items: list[dict[str, Any]] = client.get("/api/file/list").json()["result"]["items"]
    return items


def wait_until(condition: Any) -> None:
    """Wait for what has no event."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_of_an_upload_nothing_is_half_there(tmp_path: Path, step: str) -> None:
    with started(tmp_path, DIE_AT=step) as process:
        with httpx.Client(base_url=process.url, trust_env=False) as client, pytest.raises(httpx.HTTPError):
            client.post("/api/file/upload", files={"file": ("a.bin", CONTENT)}, data={"tags": "t"})
        assert process.wait() == -signal.SIGKILL
    age_reservations(tmp_path)
    with serving(tmp_path) as (_, client):
        found = listed(client)
        assert len(found) == STEPS[step]
        for file in found:
            assert download(client, file["file_id"]).content == CONTENT
        wait_until(lambda: len(contents(tmp_path)) == len(found))


def test_killed_in_the_middle_of_the_body_nothing_is_there(tmp_path: Path) -> None:
    with started(tmp_path) as process, raw_connection(process.url) as connection:
        connection.sendall(upload_head(10_000_000) + bytes(5_000_000))
        wait_until(lambda: drafts(process))
        process.signal(signal.SIGKILL)
        process.wait()
    assert contents(tmp_path) == []
    with serving(tmp_path) as (_, client):
        assert listed(client) == []


def drafts(process: ServiceProcess) -> list[str]:
    """Return the drafts that a process has open."""
    links = []
    for link in Path(f"/proc/{process.process.pid}/fd").iterdir():
        try:
            links.append(os.readlink(link))
        except FileNotFoundError:
            continue
    return [target for target in links if "/drafts/" in target]


@pytest.mark.parametrize("multipart", [True, False])
def test_an_upload_whose_client_leaves_is_gone_at_once(tmp_path: Path, multipart: bool) -> None:
    with serving(tmp_path) as (process, client):
        with raw_connection(process.url) as connection:
            if multipart:
                part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
                head = b"POST /api/file/upload HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                connection.sendall(head + b"Content-Length: 9000000\r\n\r\n" + part + bytes(3_000_000))
            else:
                connection.sendall(upload_head(9_000_000) + bytes(3_000_000))
            wait_until(lambda: drafts(process))
        wait_until(lambda: not drafts(process))
        assert listed(client) == []
    assert contents(tmp_path) == []


def test_slow_clients_hold_up_nobody(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, client):
        slow = [raw_connection(process.url) for _ in range(30)]
        connections = [connection.__enter__() for connection in slow]
        for connection in connections:
            connection.sendall(upload_head(1000, name="slow.bin") + b"x")
        assert upload(client, "fast.bin", CONTENT)["size"] == len(CONTENT)
        for connection in connections:
            connection.sendall(b"x" * 999)
        for connection in connections:
            assert b" 201 " in connection.recv(4000)
        for manager in slow:
            manager.__exit__(None, None, None)
        assert client.get("/api/file/list", params={"name": "slow"}).json()["result"]["total"] == 30


def test_a_201_survives_sigkill(tmp_path: Path) -> None:
    with processes.serving(tmp_path) as (process, client):
        ids = [upload(client, f"{number}", CONTENT)["file_id"] for number in range(5)]
        process.signal(signal.SIGKILL)
        process.wait()
    with serving(tmp_path) as (_, client):
        assert {file["file_id"] for file in listed(client)} == set(ids)
        assert all(download(client, file_id).content == CONTENT for file_id in ids)


def test_an_upload_in_flight_is_finished_before_the_service_ends(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _), raw_connection(process.url) as connection:
        connection.sendall(upload_head(2_000_000) + bytes(1_500_000))
        wait_until(lambda: drafts(process))
        process.signal(signal.SIGTERM)
        process.wait_for("stopping")
        connection.sendall(bytes(500_000))
        assert b" 201 " in connection.recv(4000)
        assert process.wait() == 0


def test_a_content_that_is_gone_is_an_error_of_its_own(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, client):
        file_id = upload(client, "a", b"abc")["file_id"]
        for path in contents(tmp_path):
            path.unlink()
        answer = download(client, file_id)
        assert (answer.status_code, error_code(answer)) == (404, "content_missing")
        assert client.get(f"/api/file/{file_id}").status_code == 200
        assert client.delete(f"/api/file/{file_id}").status_code == 200


def test_a_content_cut_short_is_never_taken_for_the_whole(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, client):
        file_id = upload(client, "a", CONTENT)["file_id"]
        os.truncate(contents(tmp_path)[0], 290_000)
        with pytest.raises(httpx.RemoteProtocolError):
            download(client, file_id)


def test_a_full_disk_is_a_503_that_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    limited = ("prlimit", f"--fsize={3 << 20}")
    with serving(tmp_path, prefix=limited) as (_, client):
        for _ in range(3):
            answer = client.post("/api/file/upload", files={"file": ("a", bytes(5_000_000))})
            assert (answer.status_code, error_code(answer)) == (503, "storage_full")
        assert contents(tmp_path) == []
        file_id = upload(client, "small", CONTENT)["file_id"]
        assert download(client, file_id).content == CONTENT


def peak_memory_mb(process: ServiceProcess) -> float:
    """Return the most memory that a process has held so far."""
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def test_memory_is_flat_however_large_a_file_is(tmp_path: Path) -> None:
    piece, count = os.urandom(1 << 20), 200
    with serving(tmp_path) as (process, client):
        upload(client, "warm", piece)
        before = peak_memory_mb(process)
        answer = client.post("/api/file/upload?name=large", content=(piece for _ in range(count)))
        assert answer.json()["result"]["size"] == count << 20
        with client.stream("GET", f"/api/file/download/{answer.json()['result']['file_id']}") as content:
            assert sum(map(len, content.iter_raw())) == count << 20
        assert peak_memory_mb(process) - before < 40


def test_two_replicas_share_files_tags_and_answers(tmp_path: Path) -> None:
    data = {"DATA_DIR": str(tmp_path / "shared")}
    with serving(tmp_path, **data) as (_, first), serving(tmp_path, **data) as (_, second):
        file_id = upload(first, "a", CONTENT, tags="shared")["file_id"]
        assert download(second, file_id).content == CONTENT
        assert second.post("/api/tag/create", json={"name": "SHARED"}).status_code == 409

        def create(number: int) -> httpx.Response:
            client = (first, second)[number % 2]
            body = {"name": f"both {number // 2}"}
            with httpx.Client(base_url=client.base_url, trust_env=False) as own:
                return own.post("/api/tag/create", json=body, headers={"Idempotency-Key": f"both-{number // 2}"})

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(create, range(20)))
        assert {answer.status_code for answer in answers} <= {201, 409}
        made = [tag["name"] for tag in first.get("/api/tag/list").json()["result"]["items"]]
        assert sorted(made) == sorted(["shared", *(f"both {number}" for number in range(10))])
        assert second.delete(f"/api/file/{file_id}").status_code == 200
        assert download(first, file_id).status_code == 404


def test_a_dead_cache_breaks_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, REDIS_HOST="127.0.0.1", REDIS_PORT="9") as (_, client):
        file_id = upload(client, "a", CONTENT)["file_id"]
        assert client.get(f"/api/file/{file_id}").status_code == 200
        health = client.get("/api/health")
        assert health.status_code == 200
        assert not health.json()["result"]["checks"]["cache"]["ok"]
        assert client.get("/api/health/ready").status_code == 200

"""The database, the store and coderunner down or slow: clear answers, never a 500, and all is well afterwards."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from errors import CoderunnerDown
from fakes.contents import FakeContents
from harness.databases import mariadb_settings, migrated
from harness.servers import Server, mariadb, new_database
from harness.service import RunningService, settings_for, storing
from harness.uploads import download, error_code, upload


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A MariaDB that the tests may kill."""
    with mariadb() as server:
        yield server


@pytest.fixture(scope="module")
def on_mariadb(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service on that database, which waits two seconds for it."""
    name = new_database(own_server, "outages")
    migrated(mariadb_settings(own_server.port, name)).engine.dispose()
    settings = settings_for(
        tmp_path_factory.mktemp("outages"),
        db_host="127.0.0.1",
        db_port=own_server.port,
        db_name=name,
        db_user="root",
        db_answer_seconds=2,
    )
    with storing(settings) as service:
        yield service


def requests_of(client: httpx.Client, file_id: str) -> list[httpx.Response]:
    """Ask for a bit of everything."""
    return [
        client.post("/api/file/upload", files={"file": ("a", b"a")}),
        client.post("/api/file/upload", files={"file": ("a", b"a")}, headers={"Idempotency-Key": "k"}),
        client.get("/api/file/list"),
        client.get(f"/api/file/{file_id}"),
        download(client, file_id),
        client.post("/api/tag/create", json={"name": "x"}),
        client.get("/api/tag/list"),
        client.post("/api/file/batch", json={"operation": "delete", "file_ids": ["x"]}),
        client.delete(f"/api/file/{file_id}"),
    ]


def test_without_its_database_the_service_says_503_and_goes_on_once_it_is_back(
    on_mariadb: RunningService, own_server: Server
) -> None:
    client = on_mariadb.client
    file_id = upload(client, "kept", b"abc", tags="t")["file_id"]
    own_server.kill()
    answers = requests_of(client, file_id)
    assert [(answer.status_code, error_code(answer)) for answer in answers] == [(503, "unavailable")] * len(answers)
    assert client.get("/api/health").status_code == 503
    assert client.get("/api/health/live").status_code == 200
    own_server.start()
    assert download(client, file_id).content == b"abc"
    assert client.get("/api/file/list").json()["result"]["total"] == 1
    upload(client, "new", b"x")


def test_a_database_that_hangs_is_a_503_in_time(on_mariadb: RunningService, own_server: Server) -> None:
    client = on_mariadb.client
    assert own_server.process is not None
    own_server.process.send_signal(signal.SIGSTOP)
    try:
        answer = client.get("/api/tag/list")
        assert (answer.status_code, error_code(answer)) == (503, "unavailable")
    finally:
        own_server.process.send_signal(signal.SIGCONT)
    assert client.get("/api/tag/list").status_code == 200


@pytest.fixture
def contents() -> FakeContents:
    """A store that can be taken down."""
    return FakeContents()


@pytest.fixture
def on_fake_store(tmp_path: Path, contents: FakeContents) -> Iterator[RunningService]:
    """A service on that store."""
    with storing(settings_for(tmp_path), contents=contents) as service:
        yield service


def test_without_its_store_the_service_says_503_and_deletes_later(
    on_fake_store: RunningService, contents: FakeContents
) -> None:
    client = on_fake_store.client
    file_id, other = (upload(client, "a", b"abc")["file_id"] for _ in range(2))
    contents.down = True
    for answer in (client.post("/api/file/upload", files={"file": ("a", b"a")}), download(client, file_id)):
        assert (answer.status_code, error_code(answer)) == (503, "unavailable")
    assert client.get("/api/health").status_code == 503
    assert client.delete(f"/api/file/{other}").status_code == 200
    contents.down = False
    assert download(client, file_id).content == b"abc"
    assert client.get("/api/file/list").json()["result"]["total"] == 1


def test_a_store_that_fails_in_the_middle_of_a_download_is_no_complete_answer(
    on_fake_store: RunningService, contents: FakeContents
) -> None:
    client = on_fake_store.client
    file_id = upload(client, "a", bytes(100_000))["file_id"]
    contents.kept[file_id] = bytes(50_000)
    answer = download(client, file_id)
    assert (answer.status_code, error_code(answer)) == (404, "content_missing")


def test_a_repeated_request_that_still_runs_is_a_409(on_fake_store: RunningService, contents: FakeContents) -> None:
    client, headers = on_fake_store.client, {"Idempotency-Key": "slow"}
    keeping, go_on = threading.Event(), threading.Event()
    keep = contents.keep

    async def keep_slowly(key: str, descriptor: int) -> None:
        import asyncio

        keeping.set()
        await asyncio.to_thread(go_on.wait, 60)
        await keep(key, descriptor)

    contents.keep = keep_slowly  # type: ignore[method-assign]
    first: list[httpx.Response] = []

    def send() -> httpx.Response:
        with httpx.Client(base_url=on_fake_store.url, trust_env=False, timeout=60) as own:
            return own.post("/api/file/upload?name=a", content=b"abc", headers=headers)

    sending = threading.Thread(target=lambda: first.append(send()))
    sending.start()
    assert keeping.wait(60)
    second = client.post("/api/file/upload?name=a", content=b"abc", headers=headers)
    assert (second.status_code, error_code(second)) == (409, "request_running")
    go_on.set()
    sending.join(60)
    assert first[0].status_code == 201
    again = client.post("/api/file/upload?name=a", content=b"abc", headers=headers)
    assert again.json() == first[0].json()


def transport(answer: Any) -> httpx.MockTransport:
    """Return a coderunner that answers as told."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        response: httpx.Response = answer(request) if callable(answer) else answer
        return response

    return httpx.MockTransport(handle)


async def test_coderunner_is_asked_with_its_key_and_its_answer_passed_on() -> None:
    from drivenadapters.coderunner import HttpPackageInstaller

    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(422, json={"status": "error", "error": {"code": "unresolvable"}})

    installer = HttpPackageInstaller("http://runner:8080/", "secret", transport=transport(answer))
    passed = await installer.install({"package": "nope"})
    assert (passed.status, passed.body["error"]) == (422, {"code": "unresolvable"})
    assert (seen[0].method, seen[0].url.path) == ("POST", "/api/pypkg/install")
    assert seen[0].headers["authorization"] == "Bearer secret"
    await installer.list("other")
    assert str(seen[1].url) == "http://runner:8080/api/pypkg/list?environment=other"
    await installer.close()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"other": 1}),
    ],
)
async def test_a_coderunner_that_does_not_answer_properly_is_down(answer: Any) -> None:
    from drivenadapters.coderunner import HttpPackageInstaller

    installer = HttpPackageInstaller("http://runner", transport=transport(answer))
    with pytest.raises(CoderunnerDown):
        await installer.list("")
    await installer.close()


def test_without_coderunner_packages_are_a_503_that_names_the_setting(tmp_path: Path) -> None:
    with storing(settings_for(tmp_path, coderunner_url="http://127.0.0.1:9")) as service:
        install = service.client.post("/api/py_pkg/install", json={"package": "x"})
        for answer in (install, service.client.get("/api/py_pkg/list")):
            assert (answer.status_code, error_code(answer)) == (503, "coderunner_unavailable")
            assert "CODERUNNER_URL" in answer.text

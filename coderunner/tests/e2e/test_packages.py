"""Package environments of a real service process: restarts, sudden death, a full disk, a read-only volume."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from drivenadapters.packages.folders import StoreFolders
from drivenadapters.packages.set_files import SetFiles
from harness.index import Index, serving_index
from harness.openapi import CheckedClient
from harness.process import serving
from harness.wheels import build_wheel

LOOK = "import plain\nreturn plain.VERSION"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for version in ("1.0", "2.0"):
        build_wheel(wheels, "plain", version, {"plain.py": f"VERSION = '{version}'\n"})
    build_wheel(wheels, "large", files={"large.bin": os.urandom(6 << 20)})
    with serving_index(wheels) as index:
        yield index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the service works; its workers, another user's processes, get there."""
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(0o755)
    return tmp_path


def install(client: CheckedClient, package: str, environment: str = "kept") -> httpx.Response:
    return client.post("/api/pypkg/install", json={"package": package, "environment": environment}, timeout=300)


def version(client: CheckedClient, environment: str = "kept") -> Any:
    answer = client.run(LOOK, environment=environment)
    assert answer["status"] == "success", answer
    return answer["return_value"]


def entries(store: Path) -> dict[str, list[str]]:
    """Return what a store holds by folder, locks and caches left out."""
    return {
        name: sorted(path.name for path in (store / name).iterdir() if path.suffix != ".lock")
        for name in ("sets", "environments", "partial")
    }


def test_environments_survive_a_restart(folder: Path, index: Index) -> None:
    with serving(folder, READY_WORKERS="1", PACKAGE_INDEX_URL=index.url) as (_, client):
        assert install(client, "plain==1.0").status_code == 200
    index.failing = True
    with serving(folder, READY_WORKERS="1", PACKAGE_INDEX_URL=index.url) as (_, client):
        assert version(client) == "1.0"


def test_a_service_killed_while_it_installs_leaves_the_old_environment(folder: Path, index: Index) -> None:
    store = folder / "packages"
    with serving(folder, READY_WORKERS="1", PACKAGE_INDEX_URL=index.url) as (process, client):
        assert install(client, "plain==1.0").status_code == 200
        index.hold.clear()
        before = len(index.asked)
        started = threading.Thread(target=_try, args=(client, "plain==2.0"))
        started.start()
        _wait_until(lambda: any("plain-2.0" in path for path in index.asked[before:]))
        process.signal(signal.SIGKILL)
        process.wait()
        started.join(30)
    index.hold.set()
    assert len(entries(store)["partial"]) == 1
    with serving(folder, READY_WORKERS="1", PACKAGE_INDEX_URL=index.url) as (_, client):
        assert version(client) == "1.0"
        for partial in (store / "partial").iterdir():
            os.utime(partial, (time.time() - 3600,) * 2)
        SetFiles(StoreFolders(store)).collect(3600)
        assert entries(store)["partial"] == []
        assert install(client, "plain==2.0").status_code == 200
        assert version(client) == "2.0"


def _try(client: CheckedClient, package: str) -> None:
    with contextlib.suppress(httpx.HTTPError):
        install(client, package)


def _wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """Mount a small file system, where the tests may."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_changes_nothing_and_is_told(folder: Path, index: Index) -> None:
    with (
        mounted(folder / "small", "48m") as store,
        serving(folder, READY_WORKERS="1", PACKAGE_INDEX_URL=index.url, PACKAGES_DIR=str(store)) as (_, client),
    ):
        assert install(client, "plain==1.0").status_code == 200
        (store / "filler").write_bytes(bytes(44 << 20))
        held = entries(store)
        answer = install(client, "large")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
        assert str(store) not in answer.text
        assert entries(store) == held
        assert version(client) == "1.0"
        (store / "filler").unlink()


def test_a_read_only_store_serves_what_it_has(folder: Path, index: Index) -> None:
    with mounted(folder / "volume", "64m") as store:
        settings = {"READY_WORKERS": "1", "PACKAGE_INDEX_URL": index.url, "PACKAGES_DIR": str(store)}
        with serving(folder, **settings) as (_, client):
            assert install(client, "plain==1.0").status_code == 200
        subprocess.run(["mount", "-o", "remount,ro", str(store)], check=True)
        with serving(folder, **settings) as (_, client):
            assert version(client) == "1.0"
            assert client.run("print(1)")["result"] == "1\n"
            answer = install(client, "plain==2.0")
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
            assert version(client) == "1.0"


def test_two_processes_that_change_one_environment_lose_nothing(folder: Path, index: Index) -> None:
    for number in range(6):
        build_wheel(index.wheels, f"part-{number}", files={f"part_{number}.py": ""})
    settings = {"READY_WORKERS": "1", "PACKAGE_INDEX_URL": index.url, "PACKAGES_DIR": str(folder / "packages")}
    with serving(folder, **settings) as (_, first), serving(folder, **settings) as (_, second):
        threads = [
            threading.Thread(target=install, args=((first, second)[number % 2], f"part-{number}", "both"))
            for number in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        for client in (first, second):
            items = client.get("/api/pypkg/list", params={"environment": "both", "limit": 1000}).json()["result"][
                "items"
            ]
            assert {item["name"] for item in items if item["source"] == "environment"} == {
                f"part-{number}" for number in range(6)
            }


def test_a_service_told_to_end_ends_its_installation_and_leaves_nothing(folder: Path, index: Index) -> None:
    index.hold.clear()
    settings = {"READY_WORKERS": "1", "PACKAGE_INDEX_URL": index.url, "SHUTDOWN_GRACE_SECONDS": "1"}
    with serving(folder, **settings) as (process, client):
        started = threading.Thread(target=_try, args=(client, "plain==2.0"))
        started.start()
        _wait_until(lambda: any("plain-2.0" in path for path in index.asked))
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
        started.join(30)
    assert entries(folder / "packages") == {"sets": [], "environments": [], "partial": []}
    assert _processes_in(folder / "packages") == []


def _processes_in(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(folder)):
                found.append(entry.name)
    return found

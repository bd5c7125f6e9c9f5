"""OCR in a real service process: the first page, an engine that is killed, and the end while it reads."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from servicekit.testing.process import ServiceProcess, children

from harness.scans import drawn, encoded

MAIN = Path(__file__).resolve().parents[2] / "src" / "main.py"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServiceProcess]:
    process = ServiceProcess(tmp_path, main=MAIN, DATA_DIR=str(tmp_path / "data"), CACHE_MB="0")
    yield process
    process.end()


def read(process: ServiceProcess, text: str) -> str:
    content = encoded(drawn(text, size=(420, 120)))
    answer = httpx.post(f"{process.url}/api/ocr/extract", files={"file": ("a.png", content)}, timeout=120)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["result"]["text"])


def resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def engine_of(process: ServiceProcess) -> int:
    """Return the pid of the engine: by far the largest of the workers, since it holds the models."""
    workers = [worker for server in children(process.process.pid) for worker in children(server)]
    return max(workers, key=resident_kb)


def test_the_first_page_is_read_and_an_engine_that_is_killed_is_replaced(process: ServiceProcess) -> None:
    assert read(process, "the first page") == "the first page"
    before = engine_of(process)
    os.kill(before, signal.SIGKILL)
    assert read(process, "the next page") == "the next page"
    assert engine_of(process) != before


def test_the_service_ends_cleanly_with_its_engine(process: ServiceProcess) -> None:
    assert read(process, "one page") == "one page"
    engine = engine_of(process)
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert not Path(f"/proc/{engine}").exists()

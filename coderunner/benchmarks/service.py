"""The service under measurement: a real one, started here on a free port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from http_client import Connection, request

SOURCE = Path(__file__).resolve().parent.parent / "src"
EXECUTE = "/api/runner/execute"
LIVE = "/api/health/live"
_READY = "/api/health/ready"
_HEALTH = "/api/health"
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.002
_SETTINGS = {"HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json", "SHUTDOWN_DRAIN_SECONDS": "0", "API_KEYS": ""}


class StartFailed(Exception):
    """The service ended, or did not get ready in time; the message has the end of its log."""


@dataclass(frozen=True)
class Service:
    """A running service."""

    pid: int
    port: int

    def ready_workers(self) -> dict[str, int]:
        """Return how many workers stand ready, by kind, as the health page says."""
        answer = _ask(self.port, _HEALTH)
        workers = json.loads(answer)["result"]["checks"]["sandbox"]["workers"]
        return {name: state["ready"] for name, state in workers.items()}

    def settle(self) -> None:
        """Wait until the pools have stopped refilling."""
        before: dict[str, int] = {}
        while (now := self.ready_workers()) != before or not all(now.values()):
            before = now
            time.sleep(0.2)


@contextmanager
def running(settings: Mapping[str, str]) -> Iterator[Service]:
    """Start the service with these settings, yield it once it is ready, and end it.

    Raises:
        StartFailed: it did not get ready.
    """
    with tempfile.TemporaryFile("w+") as log:
        process = _start(settings, log.fileno())
        try:
            yield _wait_until_ready(process, log.fileno())
        finally:
            _stop(process)


def _start(settings: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    # In the folder of the sources: a developer's .env file is for another start.
    return subprocess.Popen(
        [sys.executable, str(SOURCE / "main.py")],
        cwd=SOURCE,
        env={**os.environ, **_SETTINGS, **settings},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], log: int) -> Service:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        port = _port(log)
        if port and _is_ready(port):
            return Service(process.pid, port)
        time.sleep(_POLL_SECONDS)
    raise StartFailed(_text(log)[-2000:] or "the service wrote nothing")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _text(log: int) -> str:
    return os.pread(log, 1 << 20, 0).decode("utf-8", "replace")


def _port(log: int) -> int | None:
    for line in _text(log).splitlines():
        if '"listening"' in line:
            port: int = json.loads(line)["port"]
            return port
    return None


def _is_ready(port: int) -> bool:
    with suppress(ConnectionError):
        connection = Connection(port)
        answer = connection.ask(request(_READY))
        connection.close()
        return answer.status == 200
    return False


def _ask(port: int, path: str) -> bytes:
    connection = Connection(port)
    answer = connection.ask(request(path))
    connection.close()
    return answer.body

"""Uploads and downloads, side by side with the raw disk and with a bare Tornado handler.

``storage.py --mb 1024 --small 300`` sets the size of the large file and the number of small ones.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAIN = HERE.parent / "src" / "main.py"
_MEBIBYTE = 1 << 20
_SMALL_BYTES = 20_000
_DOWNLOAD = "/api/file/download"


@dataclass(frozen=True)
class Peer:
    """A server to be measured: its process, its port, and where uploads and downloads go."""

    pid: int
    port: int
    upload: str
    download: Callable[[dict[str, object]], str]

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def memory_mb(self) -> float:
        """Return the most memory it has held so far, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def service(folder: Path) -> Iterator[Peer]:
    """Run dataflowtools on its defaults."""
    environment = {**os.environ, "PORT": "0", "LOG_FORMAT": "json", "OCR_PRELOAD": "false"}
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, str(MAIN)], cwd=folder, env=environment, stderr=stream)
    try:
        port = _port_once_ready(process, log)
        yield Peer(process.pid, port, "/api/file/upload?name=a.bin", lambda file: f"{_DOWNLOAD}/{file['file_id']}")
    finally:
        process.terminate()
        process.wait(60)


def _port_once_ready(process: subprocess.Popen[bytes], log: Path) -> int:
    while process.poll() is None:
        events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
        if any(event.get("event") == "ready" for event in events):
            return next(int(event["port"]) for event in events if event.get("event") == "listening")
        time.sleep(0.1)
    raise SystemExit(log.read_text())


@contextmanager
def bare_handler(folder: Path) -> Iterator[Peer]:
    """Run the bare handler."""
    command = [sys.executable, str(HERE / "bare_handler.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        first = process.stdout.readline() if process.stdout else b""
        yield Peer(process.pid, int(first), "/", lambda _: "/")
        process.terminate()


def upload(peer: Peer, connection: http.client.HTTPConnection, pieces: Iterator[bytes], size: int) -> dict[str, object]:
    """Send a body; return what the server says of it."""
    connection.putrequest("POST", peer.upload)
    connection.putheader("Content-Length", str(size))
    connection.putheader("Content-Type", "application/octet-stream")
    connection.endheaders()
    for piece in pieces:
        connection.send(piece)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 201:
        raise SystemExit(body.decode())
    result: dict[str, object] = json.loads(body)["result"] if body else {}
    return result


def download(connection: http.client.HTTPConnection, path: str) -> int:
    """Receive a content; return its size."""
    connection.request("GET", path)
    answer = connection.getresponse()
    size = 0
    while piece := answer.read(_MEBIBYTE):
        size += len(piece)
    return size


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def raw_disk(folder: Path, megabytes: int, piece: bytes) -> list[list[str]]:
    """Write, with and without digest and fsync, what an upload has to."""

    def write(*, durable: bool) -> None:
        digest = hashlib.sha256()
        with (folder / "raw").open("wb", buffering=0) as file:
            for _ in range(megabytes):
                file.write(piece)
                if durable:
                    digest.update(piece)
            if durable:
                os.fsync(file.fileno())

    def read() -> None:
        with (folder / "raw").open("rb", buffering=0) as file:
            while file.read(_MEBIBYTE):
                pass

    rows = [
        ["raw disk: write", _rate(megabytes, seconds_of(lambda: write(durable=False))), "", ""],
        ["raw disk: write, SHA-256, fsync", _rate(megabytes, seconds_of(lambda: write(durable=True))), "", ""],
    ]
    rows.append(["raw disk: read", "", _rate(megabytes, seconds_of(read)), ""])
    (folder / "raw").unlink()
    return rows


def large(name: str, peer: Peer, megabytes: int, piece: bytes) -> list[str]:
    """Send and receive one large file."""
    connection = peer.connect()
    before = peer.memory_mb()
    kept: dict[str, object] = {}
    size = megabytes * _MEBIBYTE

    def send() -> None:
        kept.update(upload(peer, connection, (piece for _ in range(megabytes)), size))

    sent = seconds_of(send)
    received = seconds_of(lambda: download(connection, peer.download(kept)))
    return [name, _rate(megabytes, sent), _rate(megabytes, received), f"+{peer.memory_mb() - before:.0f}"]


def small(name: str, peer: Peer, count: int) -> list[str]:
    """Send and receive many small files, one after the other."""
    connection = peer.connect()
    content = os.urandom(_SMALL_BYTES)
    sent, received = [], []
    for _ in range(count):
        kept: dict[str, object] = {}
        sent.append(seconds_of(lambda: kept.update(upload(peer, connection, iter([content]), _SMALL_BYTES))))  # noqa: B023
        received.append(seconds_of(lambda: download(connection, peer.download(kept))))  # noqa: B023
    return [name, _milliseconds(sent), _milliseconds(received)]


def durable_small(folder: Path, count: int) -> list[str]:
    """Write small files so that each survives a power cut: file and folder."""
    content = os.urandom(_SMALL_BYTES)

    def write(number: int) -> None:
        with (folder / f"small-{number}").open("wb", buffering=0) as file:
            file.write(content)
            os.fsync(file.fileno())
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    times = [seconds_of(lambda number=number: write(number)) for number in range(count)]  # type: ignore[misc]
    return ["raw disk: write, fsync of file and folder", _milliseconds(times), ""]


def _rate(megabytes: int, seconds: float) -> str:
    return f"{megabytes / seconds:.0f}"


def _milliseconds(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{statistics.median(ordered) * 1000:.1f} / {ordered[int(len(ordered) * 0.95)] * 1000:.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table as Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows)) + "\n"


def main() -> int:
    """Measure and print; returns the exit status of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mb", type=int, default=1024, help="size of the large file")
    parser.add_argument("--small", type=int, default=200, help="number of small files")
    parser.add_argument("--folder", help="where to work: the disk to measure; by default that of temporary files")
    options = parser.parse_args()
    piece = os.urandom(_MEBIBYTE)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as name:
        folder = Path(name)
        rows = raw_disk(folder, options.mb, piece)
        lines = [durable_small(folder, options.small)]
        for kind, run in (("bare Tornado handler", bare_handler), ("dataflowtools", service)):
            with run(folder) as peer:
                lines.append(small(kind, peer, options.small))
                rows.append(large(kind, peer, options.mb, piece))
    print(table([f"one file of {options.mb} MiB", "upload MiB/s", "download MiB/s", "memory MiB"], rows))
    head = [f"files of {_SMALL_BYTES // 1000} kB", "upload ms, p50 / p95", "download ms, p50 / p95"]
    print(table(head, lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())

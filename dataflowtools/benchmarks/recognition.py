"""The benchmark of OCR and barcodes: one run, beside calling the libraries directly.

``recognition.py --only accuracy,direct`` runs parts, ``--pages N`` sets how many pages the part ``memory`` reads.
Tesseract is measured where its command is installed, with ``chi_sim``, ``chi_tra`` and ``eng``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from servicekit.testing.process import ServiceProcess, children

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.append(str(Path(__file__).resolve().parent.parent / "src"))

from drivenadapters.workers.packages import find_packages
from harness.scans import Scan, barcodes, character_error, scans, word_recall

_HERE = Path(__file__).resolve().parent
_EXTRACT, _BARCODE = "/api/ocr/extract", "/api/ocr/barcode"
_SMALL = ("en_testocr", "zh_exam", "zh_carelabel", "zh_vertical", "en_ack", "tess_phototest-rotated-L")


@dataclass(frozen=True)
class Service:
    """The service under measurement."""

    process: ServiceProcess
    client: httpx.Client
    started_in: float

    def post(self, path: str, file: Path, **options: str) -> tuple[float, dict[str, object]]:
        """Return how long a request took, and its result."""
        begun = time.monotonic()
        answer = self.client.post(path, files={"file": (file.name, file.read_bytes())}, data=options)
        answer.raise_for_status()
        return time.monotonic() - begun, answer.json()["result"]

    def resident_mb(self) -> float:
        """Return the memory that the service and all it started hold, shared pages counted once for each process."""
        pids, todo = [], [self.process.process.pid]
        while todo:
            pids.append(todo.pop())
            todo += children(pids[-1])
        return sum(_proportional_kb(pid) for pid in pids) / 1024


@contextmanager
def running(**settings: str) -> Iterator[Service]:
    """Serve from an empty data folder, without a cache, so that every page is read."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        process = ServiceProcess(
            Path(folder), main=_HERE.parent / "src" / "main.py", DATA_DIR=folder, CACHE_MB="0", **settings
        )
        try:
            url = process.url
            with httpx.Client(base_url=url, timeout=600, trust_env=False) as client:
                yield Service(process, client, time.monotonic() - begun)
        finally:
            process.end()


def accuracy(_: argparse.Namespace) -> None:
    """Every image of the corpus: errors, words found, seconds."""
    groups: dict[str, list[tuple[Scan, float, float, float]]] = {}
    with running() as service:
        service.post(_EXTRACT, scans()[0].path)
        for scan in scans():
            seconds, result = service.post(_EXTRACT, scan.path)
            text = str(result["text"])
            score = (scan, character_error(scan.text, text), word_recall(scan.text, text), seconds)
            groups.setdefault(scan.group, []).append(score)
        show(
            "OCR by group",
            ("group", "images", "characters wrong", "words found", "s a page"),
            [
                (
                    group,
                    str(len(rows)),
                    f"{mean([error for scan, error, _, _ in rows if scan.metric == 'cer']):.2%}",
                    f"{mean([recall for _, _, recall, _ in rows]):.3f}",
                    f"{mean([seconds for *_, seconds in rows]):.2f}",
                )
                for group, rows in groups.items()
            ],
        )


def direct(_: argparse.Namespace) -> None:
    """The same images through the service and through the libraries called directly."""
    pages = [scan for scan in scans() if scan.path.suffix != ".pdf"]
    texts = {str(scan.path): scan.text for scan in pages}
    engines = ["rapidocr", *(["tesseract"] if shutil.which("tesseract") else [])]
    with running() as service:
        service.post(_EXTRACT, pages[0].path)
        rows = [
            _row("service", [(*service.post(_EXTRACT, scan.path), scan.text) for scan in pages], service.resident_mb())
        ]
    for engine in engines:
        measured = _direct(engine, list(texts))
        read = [(item["seconds"], item, texts[item["file"]]) for item in measured["results"]]
        rows.append(_row(engine, read, measured["peak_mb"]))
    show("OCR, side by side", ("engine", "s a page", "slowest", "words found", "characters wrong", "MB"), rows)


def codes(_: argparse.Namespace) -> None:
    """The images with barcodes through the service and through the libraries called directly."""
    rows = barcodes()
    expected = {row["path"]: row["expected"].split("\n")[0] for row in rows if row["expected"]}
    table = []
    with running() as service:
        for mode in ("thorough", "fast"):
            service.post(_BARCODE, Path(rows[0]["path"]))
            answers = {path: service.post(_BARCODE, Path(path), mode=mode) for path in expected}
            found = {path: str(result) for path, (_, result) in answers.items()}
            times = [seconds for seconds, _ in answers.values()]
            table.append(_code_row(f"service, {mode}", expected, found, times, service.resident_mb()))
    for engine in ("zxingcpp", "pyzbar"):
        measured = _direct(engine, list(expected))
        found = {item["file"]: item["text"] for item in measured["results"]}
        times = [item["seconds"] for item in measured["results"]]
        table.append(_code_row(engine, expected, found, times, measured["peak_mb"]))
    show("Barcodes, side by side", ("reader", "found", "of", "median ms", "slowest ms", "MB"), table)


def load(_: argparse.Namespace) -> None:
    """Small pages from one client, and from four at once; start and first page."""
    pages = [scan.path for scan in scans() if scan.path.stem in _SMALL]
    with running() as service:
        first, _ = service.post(_EXTRACT, pages[0])
        rows = [
            ("start to ready", f"{service.started_in:.2f} s", ""),
            ("first page, right after", f"{first:.2f} s", ""),
            ("the same page again", f"{service.post(_EXTRACT, pages[0])[0]:.2f} s", ""),
        ]
        for clients in (1, 4):
            work = list(itertools.islice(itertools.cycle(pages), 2 * len(pages)))
            begun = time.monotonic()
            with ThreadPoolExecutor(clients) as threads:
                times = [seconds for seconds, _ in threads.map(lambda path: service.post(_EXTRACT, path), work)]
            whole = time.monotonic() - begun
            rows.append((f"{clients} at once", f"{len(work) / whole:.2f} pages/s", f"median {median(times):.2f} s"))
    show("Start and load", ("", "", ""), rows)


def memory(arguments: argparse.Namespace) -> None:
    """Memory while many pages of all sizes are read."""
    pages = [scan.path for scan in scans()]
    rows = []
    with running() as service:
        rows.append(("0", f"{service.resident_mb():.0f}", "", ""))
        for count, path in enumerate(itertools.islice(itertools.cycle(pages), arguments.pages), 1):
            service.post(_EXTRACT, path)
            if count % 25 == 0 or count == arguments.pages:
                engine = service.client.get("/api/health").json()["result"]["checks"]["ocr"]
                rows.append(
                    (str(count), f"{service.resident_mb():.0f}", str(engine["resident_mb"]), str(engine["replaced"]))
                )
    show("Memory, MB", ("pages", "service with all workers", "engine", "engine replaced"), rows)


def _row(name: str, read: Sequence[tuple[float, object, str]], megabytes: float) -> tuple[str, ...]:
    seconds = [item[0] for item in read]
    texts = [(str(item[1]["text"]), item[2]) for item in read]  # type: ignore[index]
    return (
        name,
        f"{mean(seconds):.2f}",
        f"{max(seconds):.1f}",
        f"{mean([word_recall(expected, text) for text, expected in texts]):.3f}",
        f"{mean([min(1.0, character_error(expected, text)) for text, expected in texts]):.1%}",
        f"{megabytes:.0f}",
    )


def _code_row(
    name: str, expected: dict[str, str], found: dict[str, str], times: Sequence[float], megabytes: float
) -> tuple[str, ...]:
    hits = sum(text.strip("()").lstrip("0")[-12:] in found[path].replace(")", "") for path, text in expected.items())
    return (
        name,
        str(hits),
        str(len(expected)),
        f"{median(times) * 1000:.0f}",
        f"{max(times) * 1000:.0f}",
        f"{megabytes:.0f}",
    )


def _direct(engine: str, files: Sequence[str]) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(find_packages(None))}
    command = [sys.executable, str(_HERE / "direct.py"), engine, *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    measured: dict[str, object] = json.loads(done.stdout)
    return measured


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def mean(values: Sequence[float]) -> float:
    """Return the mean; nothing of nothing."""
    return statistics.fmean(values) if values else float("nan")


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print(f"\n{title}")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    sys.stdout.flush()


PARTS = {part.__name__: part for part in (load, accuracy, direct, codes, memory)}


def main() -> None:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--pages", type=int, default=100, help="pages of the part memory")
    arguments = parser.parse_args()
    for name in arguments.only.split(","):
        PARTS[name](arguments)


if __name__ == "__main__":
    main()

"""Measures the work on tables beside plain scripts in pandas, Polars and DuckDB; prints one page.

`python benchmarks/tables.py` in the folder of the service; `--rows` and `--only` make it shorter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent / "tests")]
WORKS = ("read", "group", "join", "sort", "filter", "describe", "validate")
ENGINES = ("ours-pandas", "ours-duckdb", "pandas", "polars", "duckdb")
_SMALL_ROUNDS = 30


def main() -> None:
    """Write the table, run every engine on every piece of work, then small tables end to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--only", default=",".join(WORKS))
    wanted = parser.parse_args()
    print(f"{os.cpu_count()} cores, load average at the start {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        write_table(path, wanted.rows)
        print(
            f"\n{wanted.rows:,} rows, {path.stat().st_size >> 20} MiB of CSV; seconds and peak MiB, reading included\n"
        )
        print(f"{'':10}" + "".join(f"{engine:>18}" for engine in ENGINES))
        for work in wanted.only.split(","):
            print(f"{work:10}" + "".join(f"{measured(engine, work, path):>18}" for engine in ENGINES), flush=True)
    print("\n100 rows, from the request to the answer; milliseconds, median and 95th percentile\n")
    asyncio.run(small_tables())


def write_table(path: Path, rows: int) -> None:
    """Write a table of six columns."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    random = np.random.default_rng(1)
    days = np.datetime64("2020-01-01") + random.integers(0, 1500, rows).astype("m8[D]")
    cities = pa.DictionaryArray.from_arrays(
        pa.array(random.integers(0, 50, rows)), pa.array([f"city {number}" for number in range(50)])
    )
    columns = {
        "id": pa.array(np.arange(rows)),
        "city": cities.cast(pa.string()),
        "x": pa.array((random.random(rows) * 1000).round(3)),
        "y": pa.array((random.random(rows) * 10).round(2)),
        "n": pa.array(random.integers(0, 100_000, rows)),
        "day": pa.array(days),
    }
    csv.write_csv(pa.table(columns), path)


def measured(engine: str, work: str, path: Path) -> str:
    """Run one contender and return its cell."""
    if engine == "ours-duckdb" and work in ("describe", "validate"):
        return "-"
    command = [sys.executable, str(HERE / "contenders.py"), engine, work, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return "failed"
    found = json.loads(done.stdout)
    return f"{found['seconds']:.2f} / {found['peak_mb']}"


async def small_tables() -> None:
    """Measure a small table through real workers, beside pandas in a process that is warm already."""
    from contenders import STEPS
    from sandboxkit.admission import Admission

    from drivenadapters.tables.custom_code import HttpCustomCode
    from drivenadapters.tables.workers import TABLES, ConfinedTableWorkers
    from drivenadapters.workers.packages import find_packages
    from drivenadapters.workers.specification import WorkerSettings
    from drivenadapters.workers.tasks import TaskWorkers
    from fakes.stored_files import FakeStoredFiles
    from logics.tables.limits import TableLimits
    from logics.tables.requests import TransformRequest
    from logics.tables.transform import TransformTable

    workers = TaskWorkers((TABLES,), WorkerSettings(find_packages(None)), Admission(2, 16, 60))
    await workers.start()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.csv")
        write_table(path, 100)
        files = FakeStoredFiles(Path(folder))
        file_id = files.put("small.csv", path.read_bytes()).file_id  # noqa: ASYNC240 - nothing else runs here
        confined = ConfinedTableWorkers(workers)
        transform = TransformTable(files, confined, HttpCustomCode("http://127.0.0.1:9"), TableLimits())
        for engine in ("pandas", "duckdb"):
            asked: dict[str, Any] = {"source": {"file_id": file_id}, "steps": STEPS["group"], "engine": engine}
            request = TransformRequest.model_validate(asked)
            times = []
            for _ in range(_SMALL_ROUNDS):
                started = time.perf_counter()
                await transform(request)
                times.append((time.perf_counter() - started) * 1000)
                await asyncio.sleep(0.2)  # a worker is made ready meanwhile, as between requests of a quiet service
            print(row(f"ours, {engine}", times))
        print(row("pandas, warm, no isolation", plain_times(path)))
    await workers.close()


def plain_times(path: Path) -> list[float]:
    """Measure plain pandas on the small table."""
    from contenders import pandas

    times = []
    for _ in range(_SMALL_ROUNDS):
        started = time.perf_counter()
        pandas(path, "group")
        times.append((time.perf_counter() - started) * 1000)
    return times


def row(name: str, times: list[float]) -> str:
    """Return a line of the page."""
    ordered = sorted(times)
    return f"{name:30} {statistics.median(ordered):8.1f} {ordered[int(len(ordered) * 0.95) - 1]:8.1f}"


if __name__ == "__main__":
    main()

"""What the service is compared with: bare interpreters, bare forks, a bare handler, a notebook kernel."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from load import Answers, Load, measure_path
from programs import GROUPBY, PRINT
from samples import Latency, summarise

_HERE = Path(__file__).resolve().parent
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Floor:
    """One thing to compare with; ``missing`` says why it was not measured."""

    label: str
    latency: Latency | None
    per_second: float | None = None
    missing: str = ""


def bare_interpreter(label: str, code: str, count: int, packages: str) -> Floor:
    """Measure ``python -c``: a new interpreter for every run."""
    return Floor(label, summarise([_run_interpreter(code, packages) for _ in range(count)]))


def _run_interpreter(code: str, packages: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code],
        env=_with_packages(packages),
        stdout=subprocess.PIPE,
        timeout=_PATIENCE_SECONDS,
        check=True,
    )
    return time.perf_counter() - started


def bare_fork(label: str, modules: list[str], count: int, packages: str) -> Floor:
    """Measure fork and exit of a process with these modules imported, one after the other."""
    seconds = _measure_in_script(["forking.py", str(count), *modules], "", packages)
    return Floor(label, summarise(seconds), per_second=len(seconds) / sum(seconds))


def warm_kernel(label: str, code: str, count: int, packages: str) -> Floor:
    """Measure a warm Jupyter kernel, where Jupyter is installed."""
    absent = [name for name in ("jupyter_client", "ipykernel") if importlib.util.find_spec(name) is None]
    if absent:
        return Floor(label, None, missing=f"not installed: {', '.join(absent)}")
    seconds = _measure_in_script(["notebook.py", str(count)], code, packages)
    return Floor(label, summarise(seconds), per_second=len(seconds) / sum(seconds))


def empty_handler(loads: list[Load]) -> list[Answers]:
    """Measure a Tornado server whose handler does nothing, under each load."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [sys.executable, str(_HERE / "empty_handler.py"), str(listening.fileno())]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listening.fileno()]):
            return [measure_path(listening.getsockname()[1], "/", load, PRINT) for load in loads]


def interpreters(packages: str) -> list[Floor]:
    """Measure what starts anew for every run, and what never does."""
    return [
        bare_interpreter("python -c print(1)", PRINT, 60, packages),
        bare_interpreter("python -c pandas groupby", GROUPBY, 12, packages),
        bare_fork("fork + exit", [], 300, packages),
        bare_fork("fork + exit, pandas imported", ["pandas"], 200, packages),
        warm_kernel("warm Jupyter kernel, print(1)", PRINT, 200, packages),
        warm_kernel("warm Jupyter kernel, pandas groupby", GROUPBY, 100, packages),
    ]


def _measure_in_script(command: list[str], text: str, packages: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, str(_HERE / command[0]), *command[1:]],
        env=_with_packages(packages),
        input=text.encode(),
        stdout=subprocess.PIPE,
        timeout=_PATIENCE_SECONDS,
        check=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


def _with_packages(packages: str) -> dict[str, str]:
    """Return an environment in which the sandbox's own pandas is the one that is imported."""
    given = os.environ.get("PYTHONPATH")
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **one_thread, "PYTHONPATH": f"{given}:{packages}" if given else packages}

"""Packages: from the request to the first import, beside what the installers take alone.

Needs the package index that pip is configured for. Every installation starts with the folders that
its line says: "cold" with nothing at all, "warm" with the installer's cache of the one before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from http_client import Connection, request
from programs import GROUPBY, PRINT
from samples import Latency, summarise
from service import EXECUTE, Service, running

_INSTALL = "/api/pypkg/install"
_ROUNDS = 150
_PAUSE_SECONDS = 0.01
_WARM_SECONDS = 60.0


@dataclass(frozen=True)
class Package:
    """What is installed, and how it is imported; not what the base has."""

    label: str
    requirement: str
    module: str


PACKAGES = (
    Package("small pure wheel", "tinydb==4.8.2", "tinydb"),
    Package("scikit-learn", "scikit-learn==1.7.2", "sklearn.linear_model"),
)


@dataclass(frozen=True)
class Installation:
    """Seconds of one way to install a package; imports are None where there is no service."""

    label: str
    way: str
    install: float
    first_import: float | None = None
    next_import: float | None = None


@dataclass(frozen=True)
class Comparison:
    """The same program in the default environment and in a named one, by turns."""

    label: str
    default: Latency
    named: Latency


def installations(settings: dict[str, str]) -> list[Installation]:
    """Install each package in each way."""
    return [row for package in PACKAGES for row in (*_served(package, settings), *_alone(package))]


def comparisons(settings: dict[str, str]) -> list[Comparison]:
    """Run programs in a warm named environment beside the default one."""
    with _service(settings) as (service, _):
        _ask(service, _INSTALL, {"package": PACKAGES[0].requirement, "environment": "named"})
        return [_compare(service, label, code) for label, code in (("print(1)", PRINT), ("pandas groupby", GROUPBY))]


@contextmanager
def _service(settings: dict[str, str], cache: Path | None = None) -> Iterator[tuple[Service, Path]]:
    """Start a service with an empty store; ``cache`` is that of an earlier one."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store = Path(folder, "store")
        store.mkdir()
        Path(folder).chmod(0o755)
        if cache is not None:
            (store / "cache").symlink_to(cache)
        with running({**settings, "PACKAGES_DIR": str(store)}) as service:
            service.settle()
            yield service, store


def _served(package: Package, settings: dict[str, str]) -> Iterator[Installation]:
    with _service(settings) as (service, store):
        yield _through(service, package, "service, cold", "one")
        yield _through(service, package, "service, set known", "two")
        with _service(settings, store / "cache") as (second, _):
            yield _through(second, package, "service, warm cache", "one")


def _through(service: Service, package: Package, way: str, environment: str) -> Installation:
    install = _ask(service, _INSTALL, {"package": package.requirement, "environment": environment})
    program = {"code": f"import {package.module}\nprint(1)", "environment": environment}
    times = [_ask(service, EXECUTE, program) for _ in range(4)]
    return Installation(package.label, way, install, times[0], min(times[1:]))


def _alone(package: Package) -> Iterator[Installation]:
    """Install with uv and with pip, as on a command line, without what the base has."""
    beside = Path(sys.executable).parent
    target = ["--only-binary", ":all:", "--no-deps", package.requirement, "--target"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *target]
    for name, command, variable in (
        ("uv pip install", [str(beside / "uv"), "pip", "install", "--quiet", *target], "UV_CACHE_DIR"),
        ("pip install", pip, "PIP_CACHE_DIR"),
    ):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            for state in ("cold", "warm cache"):
                variables = ["env", f"{variable}={folder}/cache"]
                started = time.perf_counter()
                subprocess.run([*variables, *command, f"{folder}/{state[0]}"], check=True, capture_output=True)
                yield Installation(package.label, f"{name}, {state}", time.perf_counter() - started)


def _compare(service: Service, label: str, code: str) -> Comparison:
    _warm_up(service, code)
    times: dict[str, list[float]] = {"default": [], "named": []}
    for number in range(_ROUNDS + 10):
        for environment in sorted(times, reverse=bool(number % 2)):
            taken = _ask(service, EXECUTE, {"code": code, "environment": environment})
            if number >= 10:
                times[environment].append(taken)
            time.sleep(_PAUSE_SECONDS)
    return Comparison(label, summarise(times["default"]), summarise(times["named"]))


def _warm_up(service: Service, code: str) -> None:
    """Run the program until the environment's workers of its kind are up: until then light ones do."""
    end = time.monotonic() + _WARM_SECONDS
    while time.monotonic() < end:
        default, named = (_ask(service, EXECUTE, {"code": code, "environment": name}) for name in ("default", "named"))
        if named < 2 * default:
            return


def _ask(service: Service, path: str, fields: dict[str, str]) -> float:
    """Return the seconds of a request; raises RuntimeError unless it succeeded."""
    connection = Connection(service.port)
    connection.socket.settimeout(600)
    message = request(path, json.dumps(fields).encode())
    started = time.perf_counter()
    answer = connection.ask(message)
    taken = time.perf_counter() - started
    connection.close()
    if answer.status != 200 or json.loads(answer.body)["status"] != "success":
        raise RuntimeError(answer.body[:1000].decode())
    return taken


def rows_of(found: Sequence[Installation]) -> list[tuple[str, ...]]:
    """Return the lines of the table."""
    return [
        (row.label, row.way, *(("-" if item is None else f"{item:.3f}") for item in (row.install, *_imports(row))))
        for row in found
    ]


def _imports(row: Installation) -> tuple[float | None, float | None]:
    return row.first_import, row.next_import

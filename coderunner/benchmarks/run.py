"""The benchmark of coderunner: one run, one page, side by side with what the service is compared with.

``run.py --only latency,memory`` runs parts, ``--json FILE`` writes everything measured,
``--set NAME=VALUE`` starts the service with a setting, ``--quick`` measures a quarter as long.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "src"))

import installs
import tables
from drivenadapters.sandbox.packages import find_base
from floors import empty_handler, interpreters
from load import Load, measure, measure_path
from overload import overload
from programs import FRESH, REPEATED
from service import LIVE, Service, running
from standing import standing_memory, start_up

_PACED_PER_SECOND = 50
_CROWDS = (1, 8, 64)
_STARTS = 3
_ON_REQUEST = ("packages",)  # needs a package index

Shown = tuple[str, Any]


class Benchmark:
    """The parts; each returns its text and its data.

    Args:
        settings: of the service, by the names of its environment variables.
        shorten: divides the duration of each measurement.
    """

    def __init__(self, settings: dict[str, str], shorten: float) -> None:
        self._settings = settings
        self._paced = Load("paced", 6 / shorten, rate=_PACED_PER_SECOND)
        self._crowds = [Load("closed", 5 / shorten, clients=clients) for clients in _CROWDS]

    def latency(self, service: Service) -> Shown:
        """Single requests at a steady pace."""
        rows = [measure(service, program, self._paced) for program in (*REPEATED, *FRESH)]
        return tables.measurements("Latency of single requests (CPU columns: ms a run)", rows), rows

    def throughput(self, service: Service) -> Shown:
        """As many requests as 1, 8 and 64 clients can make."""
        rows = [measure(service, program, load) for program in REPEATED for load in self._crowds]
        rows += [measure(service, program, self._crowds[1]) for program in FRESH]
        return tables.measurements("Under load (CPU columns: ms a run)", rows), rows

    def handlers(self, service: Service) -> Shown:
        """An empty Tornado handler, and the service's simplest."""
        loads = [self._paced, self._crowds[1]]
        empty = zip(loads, empty_handler(loads), strict=True)
        rows = [("empty Tornado handler", load, answers) for load, answers in empty]
        rows += [("the service's liveness", load, measure_path(service.port, LIVE, load)) for load in loads]
        return tables.handlers(rows), rows

    def overload(self, service: Service) -> Shown:
        """Twice as many requests as can be served."""
        rows = [overload(service, program) for program in REPEATED]
        return tables.overloads(rows), rows

    def memory(self, service: Service) -> Shown:
        """Memory of the processes at rest."""
        rows = standing_memory(service)
        return tables.standing(rows), rows

    def startup(self, _: Service) -> Shown:
        """Time from start to readiness."""
        result = start_up(self._settings, _STARTS)
        return tables.start_up(result), result

    def compare(self, _: Service) -> Shown:
        """Interpreters, forks and a notebook kernel."""
        rows = interpreters(find_base(None).folders[0])
        return tables.floors(rows), rows

    def packages(self, _: Service) -> Shown:
        """Installations and first imports, and runs in a named environment."""
        found, compared = installs.installations(self._settings), installs.comparisons(self._settings)
        return tables.packages(found, compared), [found, compared]

    @property
    def parts(self) -> dict[str, Callable[[Service], Shown]]:
        """Return the parts in the order in which they run."""
        resting, loaded = (self.memory, self.latency), (self.throughput, self.handlers, self.compare, self.overload)
        chosen = (*resting, *loaded, self.startup, self.packages)
        return {part.__name__: part for part in chosen}


def main(arguments: list[str]) -> int:
    """Run the parts asked for; returns the exit status."""
    benchmark_parts = list(Benchmark({}, 1).parts)
    options = _parser(benchmark_parts).parse_args(arguments)
    benchmark = Benchmark(dict(options.settings), 4 if options.quick else 1)
    started = time.monotonic()
    results: dict[str, Any] = {"machine": machine()}
    print(describe_machine(results["machine"]))
    with running(dict(options.settings)) as service:
        for name in options.only or [part for part in benchmark_parts if part not in _ON_REQUEST]:
            text, results[name] = benchmark.parts[name](service)
            print(text, flush=True)
    results["seconds"] = time.monotonic() - started
    print(f"Measured in {results['seconds']:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(results, default=_plain, indent=1) + "\n", encoding="utf-8")
    return 0


def machine() -> dict[str, Any]:
    """Return what the numbers depend on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


def describe_machine(facts: dict[str, Any]) -> str:
    """Return the facts about the machine in one line."""
    return "{cores} cores, Linux {kernel}, Python {python}, load average at the start {load_average:.2f}\n".format(
        **facts
    )


def _parser(parts: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure coderunner on this machine.")
    parser.add_argument("--only", type=_names(parts), metavar="PARTS", help=f"comma-separated: {', '.join(parts)}")
    parser.add_argument("--set", dest="settings", type=_setting, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--quick", action="store_true", help="a quarter of the time, for a first impression")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured here too")
    return parser


def _names(known: list[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return names

    return parse


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Orders for the client process, and what came of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from processes import cpu_times
from programs import Program
from samples import Latency, summarise
from service import EXECUTE, Service

_CLIENT = str(Path(__file__).resolve().parent / "client.py")
_SPARE_SECONDS = 60.0


class MeasurementFailed(Exception):
    """Requests were answered wrongly, so that their times mean nothing."""


@dataclass(frozen=True)
class Load:
    """How to send requests.

    Attributes:
        rhythm: ``paced`` one at a time at a rate, ``closed`` each client on its last
            answer, ``open`` at a rate whatever the answers.
        seconds: how long.
        clients: connections.
        rate: requests a second, for ``paced`` and ``open``.
    """

    rhythm: Literal["paced", "closed", "open"]
    seconds: float
    clients: int = 1
    rate: float = 0.0


@dataclass(frozen=True)
class Answers:
    """What the client saw.

    Attributes:
        served: times of successful answers.
        refused: times of answers 429.
        sent_per_second: requests sent, whatever became of them.
        per_second: successful answers a second.
        client_cpu_ms: of the client process, for each request.
    """

    served: Latency
    refused: Latency
    sent_per_second: float
    per_second: float
    client_cpu_ms: float


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time for each run, by who spent it.

    Attributes:
        others: share of the machine that went to processes that are no part of this
            measurement: above a few per cent, the times of the row are too long.
    """

    service_ms: float
    fork_servers_ms: float
    workers_ms: float
    others: float


@dataclass(frozen=True)
class Measurement:
    """One row: a program under a load."""

    label: str
    load: Load
    answers: Answers
    cost: Cost


def measure(service: Service, program: Program, load: Load, *, rested: bool = True) -> Measurement:
    """Load the service with a program and account for the time of all involved.

    ``rested`` waits first until the service has its workers ready again.
    """
    if rested:
        service.settle()
    before = cpu_times(service.pid)
    raw = _obey(load, service.port, EXECUTE, program.code, fresh=program.fresh)
    spent = cpu_times(service.pid) - before
    answers = _answers(raw)
    runs = max(1, len(raw["served"]))
    ours = spent.service + spent.fork_servers + spent.workers + raw["cpu_seconds"]
    idle_machine = raw["elapsed"] * (os.cpu_count() or 1)
    cost = Cost(
        spent.service * 1000 / runs,
        spent.fork_servers * 1000 / runs,
        spent.workers * 1000 / runs,
        max(0.0, spent.machine - ours) / idle_machine,
    )
    return Measurement(program.label, load, answers, cost)


def measure_path(port: int, path: str, load: Load, code: str | None = None) -> Answers:
    """Load any path of any server; GET without code, POST with it."""
    return _answers(_obey(load, port, path, code, fresh=False))


def _obey(load: Load, port: int, path: str, code: str | None, *, fresh: bool) -> dict[str, Any]:
    order = {**asdict(load), "port": port, "path": path, "code": code, "fresh": fresh}
    done = subprocess.run(
        [sys.executable, _CLIENT],
        input=json.dumps(order).encode(),
        stdout=subprocess.PIPE,
        timeout=load.seconds + _SPARE_SECONDS,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if result["wrong"]:
        raise MeasurementFailed(f"{result['wrong']} wrong answers, such as {result['example']}")
    return result


def _answers(raw: dict[str, Any]) -> Answers:
    return Answers(
        served=summarise(raw["served"]),
        refused=summarise(raw["refused"]),
        sent_per_second=raw["sent"] / raw["seconds"],
        per_second=len(raw["served"]) / raw["seconds"],
        client_cpu_ms=raw["cpu_seconds"] * 1000 / max(1, raw["sent"]),
    )

"""What a service costs before its first request: start-up time and memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

import processes
from http_client import Connection, request
from processes import Memory
from programs import PRINT, body
from service import EXECUTE, Service, running


@dataclass(frozen=True)
class StartUp:
    """Median seconds from the start of the process.

    Attributes:
        ready_seconds: until readiness says 200.
        answer_seconds: until the first ``print(1)`` has been answered.
    """

    starts: int
    ready_seconds: float
    answer_seconds: float


@dataclass(frozen=True)
class Standing:
    """Median memory of processes of one kind, none of them working."""

    label: str
    processes: int
    memory: Memory


def start_up(settings: Mapping[str, str], starts: int) -> StartUp:
    """Start the service some times and return how long it took."""
    times = [_start_once(settings) for _ in range(starts)]
    ready, answered = zip(*times, strict=True)
    return StartUp(starts, statistics.median(ready), statistics.median(answered))


def _start_once(settings: Mapping[str, str]) -> tuple[float, float]:
    started = time.perf_counter()
    with running(settings) as service:
        ready = time.perf_counter() - started
        connection = Connection(service.port)
        connection.ask(request(EXECUTE, body(PRINT)))
        connection.close()
        return ready, time.perf_counter() - started


def standing_memory(service: Service) -> list[Standing]:
    """Return the memory of the service, its fork servers and its ready workers."""
    service.settle()
    groups: dict[str, list[int]] = {"service": [service.pid]}
    for server in processes.children(service.pid):
        kind = processes.kind(server)
        groups.setdefault(f"fork server, {kind}", []).append(server)
        groups.setdefault(f"ready worker, {kind}", []).extend(processes.children(server))
    return [_median(label, pids) for label, pids in sorted(groups.items()) if pids]


def _median(label: str, pids: list[int]) -> Standing:
    found = [memory for pid in pids if (memory := processes.memory(pid)) is not None]
    return Standing(
        label,
        len(found),
        Memory(
            *(
                round(statistics.median(getattr(memory, name) for memory in found))
                for name in ("private", "proportional", "page_tables")
            )
        ),
    )

"""Plain-text tables of the results."""

from __future__ import annotations

import math
from collections.abc import Sequence

import installs
from floors import Floor
from load import Answers, Load, Measurement
from overload import Overload
from samples import Latency
from standing import Standing, StartUp

Row = Sequence[str]
_TIMES = ("p50 ms", "p95 ms", "p99 ms")
_COSTS = ("service", "fork s.", "worker", "client", "others")


def table(title: str, head: Row, rows: Sequence[Row]) -> str:
    """Return a table: the first column to the left, numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([title, rule, _line(head, widths), rule, *(_line(row, widths) for row in rows), ""])


def _line(cells: Row, widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if not at else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()


def number(value: float, digits: int = 2) -> str:
    """Return a number, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def times(latency: Latency) -> Row:
    """Return the three percentiles."""
    return (number(latency.p50), number(latency.p95), number(latency.p99))


def measurements(title: str, rows: Sequence[Measurement]) -> str:
    """Return the table of programs under loads."""
    head = ("over HTTP", "load", *_TIMES, "runs/s", *_COSTS)
    return table(title, head, [(row.label, describe(row.load), *_measured(row)) for row in rows])


def packages(found: Sequence[installs.Installation], compared: Sequence[installs.Comparison]) -> str:
    """Return the tables of installations, and of runs with and without an environment."""
    head = ("seconds", "", "install", "first import", "next import")
    rows = [(row.label, *times(row.default), *times(row.named)) for row in compared]
    latency = table("In a named environment", ("by turns", *_TIMES, *(f"named {name}" for name in _TIMES)), rows)
    return table("Packages", head, installs.rows_of(found)) + "\n" + latency


def _measured(row: Measurement) -> Row:
    cost = row.cost
    spent = (cost.service_ms, cost.fork_servers_ms, cost.workers_ms, row.answers.client_cpu_ms)
    return (
        *times(row.answers.served),
        number(row.answers.per_second, 0),
        *(number(value) for value in spent),
        f"{cost.others:.0%}",
    )


def describe(load: Load) -> str:
    """Return a load in words."""
    if load.rhythm == "closed":
        return f"{load.clients} client" + "s" * (load.clients > 1)
    return f"{load.rhythm} {load.rate:.0f}/s"


def handlers(rows: Sequence[tuple[str, Load, Answers]]) -> str:
    """Return the table of handlers that run no program."""
    head = ("no program", "load", *_TIMES, "req/s", "client")
    cells = [
        (label, describe(load), *times(answers.served), number(answers.per_second, 0), number(answers.client_cpu_ms))
        for label, load, answers in rows
    ]
    return table("Handlers that run no program", head, cells)


def floors(rows: Sequence[Floor]) -> str:
    """Return the table of what the service is compared with."""
    return table("Without the service, one after the other", ("", *_TIMES, "runs/s"), [_floor(row) for row in rows])


def _floor(row: Floor) -> Row:
    if row.latency is None:
        return (f"{row.label} ({row.missing})", "-", "-", "-", "-")
    rate = "-" if row.per_second is None else number(row.per_second, 0)
    return (row.label, *times(row.latency), rate)


def overloads(rows: Sequence[Overload]) -> str:
    """Return the table of behaviour at overload."""
    head = ("twice the capacity", "capacity", "sent/s", "runs/s", "429/s", *_TIMES, "429 p99", "after p99")
    return table("Overload (times in ms)", head, [_overload(row) for row in rows])


def _overload(row: Overload) -> Row:
    answers, seconds = row.during.answers, row.during.load.seconds
    return (
        row.during.label,
        number(row.capacity_per_second, 0),
        number(answers.sent_per_second, 0),
        number(answers.per_second, 0),
        number(answers.refused.count / seconds, 0),
        *times(answers.served),
        number(answers.refused.p99),
        number(row.afterwards.p99),
    )


def standing(rows: Sequence[Standing]) -> str:
    """Return the table of memory at rest."""
    head = ("memory at rest, MiB", "processes", "private", "proportional", "page tables")
    cells = [
        (
            row.label,
            str(row.processes),
            *(number(kib / 1024) for kib in (row.memory.private, row.memory.proportional, row.memory.page_tables)),
        )
        for row in rows
    ]
    return table("Memory, median of each kind", head, cells)


def start_up(result: StartUp) -> str:
    """Return the line about start-up."""
    return (
        f"Start-up, median of {result.starts}: ready after {result.ready_seconds:.2f} s, "
        f"first print(1) answered after {result.answer_seconds:.2f} s\n"
    )

"""Ways from one kind of file to another, put together from what the kinds declare."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from logics.documents import Format, Target

MOST_STEPS = 3
# What a step costs: mostly how much of a file's looks and meaning it loses, a little how long it takes.
_COSTS = {
    "plain": 0.5,
    "rows": 1.0,
    "tables": 1.0,
    "weasyprint": 1.5,
    "libreoffice": 2.0,
    "pandoc": 2.1,
    "found_tables": 2.2,
    "values": 3.0,
    "extract": 3.0,
}
_FIRST_ONLY = "plain"  # a text that was something else before had more to it
# What was taken out of a document is not dressed up as a document again, and no table is looked for in plain text.
_ONWARD = {
    "extract": frozenset({"html"}),
    "found_tables": frozenset({"xls", "ods"}),
    "plain": frozenset({"docx", "doc", "odt", "rtf", "pdf"}),
}


@dataclass(frozen=True)
class Step:
    """One conversion by one engine."""

    source: str
    target: str
    engine: str
    note: str = ""


@dataclass(frozen=True)
class Engine:
    """Something that converts.

    Attributes:
        name: of the engine.
        version: changes when it may write something else.
        missing: why it cannot be used here; empty if it can.
    """

    name: str
    version: str = ""
    missing: str = ""


@dataclass(frozen=True)
class StepResult:
    """What a step tells besides the file that it wrote.

    Attributes:
        warnings: for the caller.
        kind: of the file, where it is not the step's target: ``zip`` for several files in one.
    """

    warnings: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True)
class Route:
    """The steps from a kind to another, the cheapest there are."""

    steps: tuple[Step, ...]

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines, each once."""
        return tuple(dict.fromkeys(step.engine for step in self.steps))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds from the first to the last; none without steps."""
        return (*(step.source for step in self.steps[:1]), *(step.target for step in self.steps))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is lost on the way."""
        return tuple(dict.fromkeys(step.note for step in self.steps if step.note))


@dataclass(frozen=True)
class ConversionOptions:
    """What a caller chose, by name; each engine takes what it knows.

    Attributes:
        password: of the file.
        choices: JSON-ready.
    """

    password: str = field(default="", repr=False)
    choices: Mapping[str, Any] = field(default_factory=dict)


# Rows in a request are no file; what they can be made into is declared here.
ROWS = Format(
    kind="rows",
    title="Rows",
    media_types=("application/json",),
    endings=("json",),
    extracts=(),
    targets=tuple(Target(kind, "rows") for kind in ("xlsx", "csv", "tsv", "json", "jsonl", "parquet", "html", "md")),
)


class Routes:
    """All ways that the declared steps allow."""

    def __init__(self, formats: Iterable[Format]) -> None:
        self._steps: dict[str, list[Step]] = {}
        for known in formats:
            steps = (Step(known.kind, target.kind, target.engine, target.note) for target in known.targets)
            self._steps[known.kind] = list(steps)

    def from_kind(self, source: str, without: frozenset[str] = frozenset()) -> dict[str, Route]:
        """Return the best route to every kind that can be reached.

        Args:
            source: kind of the file.
            without: engines that are missing.
        """
        found: dict[str, Route] = {}
        queue: list[tuple[float, int, tuple[Step, ...]]] = []
        count = 0
        for step in self._onward(source, (), without):
            heapq.heappush(queue, (_cost(step), count := count + 1, (step,)))
        while queue:
            cost, _, steps = heapq.heappop(queue)
            reached = steps[-1].target
            if reached == source:
                continue
            found.setdefault(reached, Route(steps))
            for step in self._onward(reached, steps, without) if len(steps) < MOST_STEPS else ():
                heapq.heappush(queue, (cost + _cost(step), count := count + 1, (*steps, step)))
        return found

    def sources(self) -> tuple[str, ...]:
        """Return the kinds that can be made into something."""
        return tuple(kind for kind, steps in self._steps.items() if steps)

    def _onward(self, kind: str, steps: tuple[Step, ...], without: frozenset[str]) -> Iterator[Step]:
        limits = [_ONWARD[step.engine] for step in steps if step.engine in _ONWARD]
        passed = {step.source for step in steps}
        # Whatever an engine makes of a file, it makes directly: twice in a row only loses something in between.
        unwanted = {*without, *(step.engine for step in steps[-1:]), *((_FIRST_ONLY,) if steps else ())}
        for step in self._steps.get(kind, ()):
            if step.engine in unwanted or step.target in passed:
                continue
            if all(step.target in allowed for allowed in limits):
                yield step


def _cost(step: Step) -> float:
    return _COSTS.get(step.engine, 2.0)

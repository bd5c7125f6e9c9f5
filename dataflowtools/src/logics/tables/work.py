"""What the workers are asked to do with tables, and what coderunner is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Progress = Callable[[float, float, str], None]


@dataclass(frozen=True)
class TableTask:
    """One piece of work on tables.

    Attributes:
        operation: what to do.
        request: JSON-ready.
        sources: descriptors of files open for reading, by the name that the request uses.
        sinks: descriptors of empty files, by name.
        progress: hears how far it is.
    """

    operation: str
    request: Mapping[str, Any]
    sources: Mapping[str, int] = field(default_factory=dict)
    sinks: Mapping[str, int] = field(default_factory=dict)
    progress: Progress | None = None


@dataclass(frozen=True)
class CustomProgram:
    """A caller's code for a table.

    Attributes:
        code: Python; ``df`` is the table.
        inputs: further variables.
        packages, environment, timeout, memory_mb: passed on; None for coderunner's own defaults.
    """

    code: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    environment: str | None = None
    timeout: float | None = None
    memory_mb: int | None = None


@dataclass(frozen=True)
class CustomOutcome:
    """What came of a caller's code: standard output, and what it took."""

    stdout: str
    usage: Mapping[str, Any]

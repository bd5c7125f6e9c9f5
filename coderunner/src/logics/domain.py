"""The words of this service: a program, what it may use, and the report of its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from logics.packages import BASE_SET, PackageSet

DEFAULT_ENVIRONMENT = "default"


class RunStatus(StrEnum):
    """How a run ended; all of them are served requests."""

    SUCCESS = "success"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY_EXCEEDED = "memory_exceeded"
    OUTPUT_EXCEEDED = "output_exceeded"
    REJECTED = "rejected"
    CRASHED = "crashed"


@dataclass(frozen=True)
class NamedFile:
    """A file that goes into a run or comes out of it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Program:
    """Code and everything it is run with.

    Attributes:
        code: Python source.
        timeout_s: wall-clock seconds until it is stopped.
        memory_mb: mebibytes that it may take.
        inputs: become variables, and arguments of ``main``.
        stdin: what ``input()`` and ``sys.stdin`` read.
        files: found in the working directory.
        environment: name of the package environment.
        packages: the set that the environment, or the program itself, asks for.
        network: whether it may connect out.
    """

    code: str
    timeout_s: float
    memory_mb: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    stdin: str = ""
    files: tuple[NamedFile, ...] = ()
    environment: str = DEFAULT_ENVIRONMENT
    packages: PackageSet = BASE_SET
    network: bool = False


@dataclass(frozen=True)
class ProgramError:
    """What went wrong in the program, in terms of its own lines.

    Lines and columns count from 1 and are None where no line of the program is to blame.
    """

    type: str
    message: str
    line: int | None = None
    column: int | None = None
    traceback: str = ""
    hint: str | None = None


@dataclass(frozen=True)
class RunUsage:
    """What a run took: milliseconds and mebibytes."""

    wall_ms: float
    cpu_ms: float
    peak_memory_mb: float
    queued_ms: float


@dataclass(frozen=True)
class RunReport:
    """The end of a run.

    Attributes:
        status: how it ended.
        stdout, stderr: what it printed, kept whatever happened.
        return_value: JSON-ready.
        error: None after a success.
        artifacts: files that it wrote, and its open figures.
        left_out: names of files that were not returned, with the reason.
        truncated: some output or file is missing for its size.
        usage: what it took.
    """

    status: RunStatus
    stdout: str
    stderr: str
    return_value: Any
    error: ProgramError | None
    artifacts: tuple[NamedFile, ...]
    left_out: tuple[tuple[str, str], ...]
    truncated: bool
    usage: RunUsage

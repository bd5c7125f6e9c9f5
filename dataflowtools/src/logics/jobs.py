"""Batch jobs: one operation on many files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from logics.files import StoredFile

Progress = Callable[[float, float, str], None]
"""Hears how far an item is: done and total in units of the operation's choice, and what is being done."""


class JobState(StrEnum):
    """Where a job is. A finished one may have failed items."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    """Where a file of a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CallbackState(StrEnum):
    """Where the notice of a job's end is."""

    NONE = "none"
    WAITING = "waiting"
    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Callback:
    """Where to tell of a job's end, and what came of it. ``secret`` signs it."""

    url: str = ""
    secret: str = ""
    state: CallbackState = CallbackState.NONE
    attempts: int = 0
    error: str = ""


@dataclass(frozen=True)
class Job:
    """A batch job; the counts are of its items."""

    job_id: str
    operation: str
    options: Mapping[str, Any]
    total: int
    created_at: datetime
    state: JobState = JobState.QUEUED
    counts: Mapping[ItemState, int] = field(default_factory=dict)
    callback: Callback = Callback()
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def ended(self) -> int:
        """Number of items that nothing will happen to any more."""
        return sum(self.counts.get(state, 0) for state in (ItemState.DONE, ItemState.FAILED, ItemState.CANCELLED))

    def remaining_seconds(self, now: datetime) -> float | None:
        """Estimate how long the rest takes, from what the items so far took; None before the first has ended."""
        if self.state is not JobState.RUNNING or not self.ended or self.started_at is None:
            return None
        return (now - self.started_at).total_seconds() / self.ended * (self.total - self.ended)


@dataclass(frozen=True)
class ItemOutcome:
    """What came of an item: a result, or a stable code and a message."""

    state: ItemState
    result: Mapping[str, Any] | None = None
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True)
class JobItem:
    """A file of a job. ``progress`` is ``{done, total, what}`` where the operation told."""

    position: int
    file_id: str
    state: ItemState
    progress: Mapping[str, Any] = field(default_factory=dict)
    outcome: ItemOutcome | None = None


@dataclass(frozen=True)
class WorkItem:
    """An attempt at an item, held by a lease.

    Attributes:
        repeated: whether an earlier attempt was cut off, so that its effects may be there.
        failures: how often that, or a passing error, has ended an attempt.
    """

    job_id: str
    position: int
    attempt: int
    file_id: str
    operation: str
    options: Mapping[str, Any]
    repeated: bool = False
    failures: int = 0

    @property
    def origin(self) -> str:
        """The name of the attempt, which the files it makes carry."""
        return f"{self.job_id}/{self.position}/{self.attempt}"


OperationRun = Callable[[StoredFile, Mapping[str, Any], Progress], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class Operation:
    """What a batch does to each file.

    Attributes:
        run: works on one file and returns a JSON-ready result; one over 1 MiB becomes a file, and the item's result
            ``{"result_file_id"}``.
        check: looks at the options before the job is taken, and returns them complete; raises InvalidInput.
        gone_is_done: whether a file that is gone after a cut-off attempt means that the attempt succeeded.
    """

    run: OperationRun
    check: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda options: options
    gone_is_done: bool = False

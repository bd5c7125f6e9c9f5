"""From what the kernel and the worker said to the report of a run."""

from __future__ import annotations

import json
from typing import Any

from sandboxkit.outcome import Outcome, Usage, Verdict

from drivenadapters.sandbox.guest import results
from logics.domain import NamedFile, Program, ProgramError, RunReport, RunStatus, RunUsage

_MEBIBYTE = 1 << 20
_WORKER_FAILED = "exit code 70"  # sandboxkit's guest itself raised; EX_SOFTWARE of sysexits.h
_DEEPEST_VALUE = 200  # what the guest itself keeps to; far deeper ones could be read and not be written again
_GUEST_STATUSES = frozenset(
    {
        RunStatus.SUCCESS,
        RunStatus.ERROR,
        RunStatus.MEMORY_EXCEEDED,
        RunStatus.OUTPUT_EXCEEDED,
        RunStatus.REJECTED,
    }
)
_STATUSES = {
    Verdict.WALL_TIME_EXCEEDED: RunStatus.TIMEOUT,
    Verdict.CPU_TIME_EXCEEDED: RunStatus.TIMEOUT,
    Verdict.MEMORY_EXCEEDED: RunStatus.MEMORY_EXCEEDED,
    Verdict.FILES_EXCEEDED: RunStatus.OUTPUT_EXCEEDED,
    Verdict.POLICY_KILLED: RunStatus.REJECTED,
}


def report(outcome: Outcome, program: Program, queued_seconds: float) -> RunReport:
    """Return the report of a run that ended with this outcome."""
    status, value, error = _judge(outcome, program)
    return RunReport(
        status=status,
        stdout=outcome.stdout.decode("utf-8", "replace"),
        stderr=outcome.stderr.decode("utf-8", "replace"),
        return_value=value,
        error=error or _explain(status, outcome, program),
        artifacts=tuple(NamedFile(file.name, file.content) for file in outcome.files),
        left_out=outcome.files_left_out,
        truncated=outcome.output_full or bool(outcome.files_left_out),
        usage=_usage(outcome.usage, queued_seconds),
    )


def _judge(outcome: Outcome, program: Program) -> tuple[RunStatus, Any, ProgramError | None]:
    if outcome.verdict is not Verdict.COMPLETED:
        return _STATUSES.get(outcome.verdict, RunStatus.CRASHED), None, None
    parsed = _parse(outcome.result or b"")
    if parsed is None:
        return RunStatus.CRASHED, None, None
    return parsed


def _parse(result: bytes) -> tuple[RunStatus, Any, ProgramError | None] | None:
    """Read the result frame, which the program may have forged: anything odd is None."""
    containers = results.count_containers(result)
    if containers > results.MOST_CONTAINERS:
        return RunStatus.OUTPUT_EXCEEDED, None, ProgramError(**results.too_many_containers(containers))
    try:
        message = json.loads(result)
        status = RunStatus(message["status"])
        error = message["error"]
        described = None if error is None else _error(error)
        value = message["return_value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if status not in _GUEST_STATUSES or (containers > _DEEPEST_VALUE and _is_too_deep(value)):
        return None
    return status, value, described


def _is_too_deep(value: Any) -> bool:
    """Whether a parsed value is nested deeper than any guest sends."""
    level = [value]
    for _ in range(_DEEPEST_VALUE + 1):
        level = [item for container in level for item in _items(container)]
        if not level:
            return False
    return True


def _items(value: Any) -> list[Any]:
    """Return the containers directly inside a container."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inside if isinstance(item, (dict, list))]


def _error(values: dict[str, Any]) -> ProgramError:
    return ProgramError(
        type=str(values["type"]),
        message=str(values["message"]),
        line=_position(values["line"]),
        column=_position(values["column"]),
        traceback=str(values["traceback"]),
        hint=None if values["hint"] is None else str(values["hint"]),
    )


def _position(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _explain(status: RunStatus, outcome: Outcome, program: Program) -> ProgramError | None:
    """Say what ended a run that could not say so itself."""
    if status is RunStatus.SUCCESS:
        return None
    if status is RunStatus.TIMEOUT:
        return _timeout(outcome, program)
    if status is RunStatus.MEMORY_EXCEEDED:
        message = f"the program needed more than {program.memory_mb} MiB of memory"
        return ProgramError("MemoryError", message, hint="Process the data in parts, or raise memory_mb.")
    if outcome.verdict is Verdict.FILES_EXCEEDED:
        return ProgramError(
            "WorkingDirectoryFull",
            "the program wrote more files than the working directory may hold",
            hint="Write fewer or smaller files; the limits are WORKDIR_MB and WORKDIR_ENTRIES.",
        )
    if status is RunStatus.OUTPUT_EXCEEDED:
        return ProgramError(
            "OutputTooLarge",
            "the program printed more than it may; what fits is in result and stderr",
            hint="Print less, or write to a file in the working directory. The limit is MAX_OUTPUT_KB.",
        )
    return _crash(outcome)


def _timeout(outcome: Outcome, program: Program) -> ProgramError:
    what = "seconds of processor time" if outcome.verdict is Verdict.CPU_TIME_EXCEEDED else "seconds"
    return ProgramError(
        "TimeoutError",
        f"the program was stopped after {program.timeout_s:g} {what}",
        hint="Raise the field timeout, or make the program do less.",
    )


def _crash(outcome: Outcome) -> ProgramError:
    if outcome.verdict is Verdict.EXITED and outcome.detail == _WORKER_FAILED:
        message = "the worker itself failed; the operator's log has the reason"
        return ProgramError("WorkerFailed", message, hint="Run it again.")
    if outcome.verdict is Verdict.EXITED:
        message = f"the program ended the process itself ({outcome.detail})"
        return ProgramError("ProcessExited", message, hint="Return from the code instead of exiting.")
    if outcome.verdict is Verdict.CRASHED:
        message = f"the interpreter was ended by {outcome.detail}"
        hint = "Native code failed, often by recursion without end or damaged input."
        return ProgramError("InterpreterCrashed", message, hint=hint)
    if outcome.verdict is Verdict.LOST:
        return ProgramError("WorkerLost", "the worker was lost", hint="Run it again.")
    return ProgramError("ProtocolViolated", "the program disturbed its worker's connection")


def _usage(usage: Usage, queued_seconds: float) -> RunUsage:
    return RunUsage(
        wall_ms=round(usage.wall_seconds * 1000, 3),
        cpu_ms=round(usage.cpu_seconds * 1000, 3),
        peak_memory_mb=round(usage.peak_bytes / _MEBIBYTE, 3),
        queued_ms=round(queued_seconds * 1000, 3),
    )

"""A sandbox without confinement, for programs that the tests themselves wrote.

It runs in the test's own process, so it enforces neither time nor memory; a program
that asks for ``sys.exit`` or prints behaves as in the real one.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any

from errors import Busy, Unavailable
from logics.domain import Program, ProgramError, RunReport, RunStatus, RunUsage

_NOTHING_USED = RunUsage(wall_ms=0.0, cpu_ms=0.0, peak_memory_mb=0.0, queued_ms=0.0)


class FakeSandbox:
    """Satisfies the port ``Sandbox``; remembers the programs that it was given.

    Args:
        capacity: runs at a time; one more is Busy at once.
    """

    def __init__(self, capacity: int = 4) -> None:
        self.programs: list[Program] = []
        self.scripted: dict[str, RunReport] = {}
        self._capacity = capacity
        self._running = 0
        self._open = False
        self._gate = asyncio.Event()
        self._gate.set()

    async def start(self) -> None:
        """Take programs from now on."""
        self._open = True

    async def close(self) -> None:
        """Take no more programs."""
        self._open = False

    async def health(self) -> Mapping[str, Any]:
        """Return what the health page shows; raises Unavailable when closed."""
        self._require_open()
        return {"layers": {}, "workers": {}, "running": self._running, "waiting": 0, "capacity": self._capacity}

    def hold(self) -> None:
        """Let runs begin and not end."""
        self._gate.clear()

    def let_go(self) -> None:
        """Let held runs end."""
        self._gate.set()

    async def run(self, program: Program) -> RunReport:
        """Run a program; raises Busy and Unavailable as the port says."""
        self._require_open()
        if self._running == self._capacity:
            raise Busy(f"{self._running} runs in progress and 0 waiting", retry_after=1.0)
        self.programs.append(program)
        self._running += 1
        try:
            await self._gate.wait()
            return self.scripted.get(program.code) or _run_here(program)
        finally:
            self._running -= 1

    def _require_open(self) -> None:
        if not self._open:
            raise Unavailable("the sandbox is not running")


def finished(status: RunStatus = RunStatus.SUCCESS, **values: Any) -> RunReport:
    """Return a report with everything empty that is not given."""
    empty: dict[str, Any] = {
        "stdout": "",
        "stderr": "",
        "return_value": None,
        "error": None,
        "artifacts": (),
        "left_out": (),
        "truncated": False,
        "usage": _NOTHING_USED,
    }
    return RunReport(status=status, **{**empty, **values})


def _run_here(program: Program) -> RunReport:
    stdout = io.StringIO()
    namespace: dict[str, Any] = {**program.inputs, "__name__": "__main__", "print": _printer(stdout)}
    value, error = None, None
    try:
        code = compile(program.code, "<code>", "exec", dont_inherit=True)
        exec(code, namespace)  # noqa: S102 - the tests' own programs
        if callable(namespace.get("main")):
            value = namespace["main"](**program.inputs)
    except SystemExit as reason:
        error = _error(reason) if reason.code else None
    except Exception as reason:  # noqa: BLE001 - what the program did wrong is a result
        error = _error(reason)
    status = RunStatus.ERROR if error else RunStatus.SUCCESS
    return finished(status, stdout=stdout.getvalue(), return_value=value, error=error)


def _printer(stdout: io.StringIO) -> Any:
    return lambda *values: stdout.write(" ".join(map(str, values)) + "\n")


def _error(reason: BaseException) -> ProgramError:
    if isinstance(reason, SyntaxError):
        return ProgramError(type(reason).__name__, reason.msg, reason.lineno, reason.offset)
    line, trace = None, reason.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<code>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return ProgramError(type(reason).__name__, str(reason), line)

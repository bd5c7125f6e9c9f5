"""A warmed process that runs each program it is given in a forked child of its own.

One JSON object a line on standard input: {"code", "workdir"}; one a line on standard output:
{"output", "result", "error", "status"}. The language layer is the only layer at work here; with
"plain", only its audit hook.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import resource
import sys
import traceback
import warnings
from typing import Any

CPU_SECONDS = 20
RESULT_LIMIT = 100_000
WARMED = (
    "numpy pandas matplotlib.pyplot docx openpyxl lxml.etree lxml.html PIL.Image cv2 pymupdf yaml jinja2 requests "
    "sqlite3 pdfplumber bs4 scipy sklearn sympy tabulate dateutil.parser pytz fitz asyncio subprocess"
).split()


def main() -> None:
    """Serve programs until standard input ends."""
    from drivenadapters.sandbox.guest.policy import AllowedModules, Policy
    from drivenadapters.sandbox.packages import find_base

    warnings.simplefilter("ignore")
    for name in WARMED:
        _warm(name)
    policy = Policy(AllowedModules.from_names(find_base(None).modules))
    for line in sys.stdin:
        answer = _in_child(policy, json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _warm(name: str) -> None:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)


def _in_child(policy: Any, job: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve_one(policy, job, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        frame = pipe.read()
    _, status = os.waitpid(child, 0)
    return {**_parsed(frame), "status": status}


def _parsed(frame: bytes) -> dict[str, Any]:
    """What the child said; it can say anything."""
    with contextlib.suppress(ValueError):
        answer = json.loads(frame)
        if isinstance(answer, dict):
            return answer
    return {"output": "", "result": "", "error": f"no answer: {frame[:200]!r}"}


def _serve_one(policy: Any, job: dict[str, Any], writing: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    with contextlib.suppress(BaseException):
        answer = _run(policy, job)
        os.write(writing, json.dumps(answer).encode())
    os._exit(0)


def _run(policy: Any, job: dict[str, Any]) -> dict[str, str]:
    output, error = io.StringIO(), ""
    workdir = job.get("workdir")
    if workdir:
        os.chdir(workdir)
    namespace = policy.namespace(stdin=io.StringIO(job.get("stdin", "")), stdout=output, stderr=output, workdir=workdir)
    policy.install_audit_hook(workdir=workdir, readable=sys.path)
    policy.end_preparations()
    returned: Any = None
    try:
        returned = _execute(policy, job, namespace)
    except BaseException as exc:  # noqa: BLE001 - whatever the program raises is its result
        error = f"{type(exc).__name__}: {exc}"
        if job.get("traceback"):
            error += "".join(traceback.format_tb(exc.__traceback__))
    result = namespace.get("result", returned)
    return {
        "output": output.getvalue()[:RESULT_LIMIT],
        "result": _shown(result),
        "error": error[:RESULT_LIMIT],
    }


def _execute(policy: Any, job: dict[str, Any], namespace: dict[str, Any]) -> Any:
    """Run under the whole layer, or as plain Python with nothing but the audit hook."""
    from drivenadapters.sandbox.guest.policy import run

    if not job.get("plain"):
        return run(policy.compile(job["code"]), namespace).value
    code = compile(job["code"], "<plain>", "exec")
    plain: dict[str, Any] = {"__name__": "__main__"}
    exec(code, plain)  # noqa: S102 - what the test is about
    return plain.get("result")


def _shown(value: Any) -> str:
    try:
        return str(value)[:RESULT_LIMIT]
    except Exception as exc:  # noqa: BLE001 - a hostile __str__ is no concern of the worker
        return repr(type(exc))


if __name__ == "__main__":
    main()

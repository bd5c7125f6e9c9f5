"""A caller's code in the test's own process; and coderunner's endpoint, played by it."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import httpx

from drivenadapters.tables.custom_program import INPUT_FILE, OUTPUT_FILE, own_line, wrap
from errors import CodeFailed
from logics.tables.work import CustomOutcome, CustomProgram


class FakeCustomCode:
    """Satisfies the port ``CustomCode``."""

    async def run(self, program: CustomProgram, table: int, result: int) -> CustomOutcome:
        """See the port."""
        content = os.pread(table, os.fstat(table).st_size, 0)
        answer = execute(wrap(program.code), content, dict(program.inputs))
        if answer["status"] != "success":
            line = own_line(answer["error"]["line"], program.code)
            raise CodeFailed(f"the code failed in line {line}: {answer['error']['message']}")
        os.pwrite(result, base64.b64decode(answer["artifacts"][0]["content_base64"]), 0)
        return CustomOutcome(answer["result"], answer["usage"])


def play_coderunner(request: httpx.Request) -> httpx.Response:
    """Answer a request to execute as coderunner would."""
    asked = json.loads(request.content)
    table = base64.b64decode(asked["files"][0]["content_base64"])
    return httpx.Response(200, json=execute(asked["code"], table, asked["inputs"]))


def execute(code: str, table: bytes, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run a program in a folder of its own; only what tests themselves write comes here."""
    printed = io.StringIO()
    base: dict[str, Any] = {"usage": {"wall_ms": 1.0}, "artifacts": [], "stderr": "", "left_out": []}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        Path(INPUT_FILE).write_bytes(table)
        try:
            exec(compile(code, "program", "exec"), inputs)  # noqa: S102 - see above
        except Exception as error:  # noqa: BLE001 - whatever it raises is what is told
            trace = error.__traceback__
            while (
                trace is not None and trace.tb_next is not None and trace.tb_next.tb_frame.f_code.co_name == "<module>"
            ):
                trace = trace.tb_next
            line = trace.tb_lineno if trace is not None else None
            fault = {"type": type(error).__name__, "message": str(error), "line": line, "hint": None}
            return {**base, "status": "error", "result": printed.getvalue(), "error": fault}
        content = base64.b64encode(Path(OUTPUT_FILE).read_bytes()).decode()
    artifacts = [{"name": OUTPUT_FILE, "content_base64": content}]
    return {**base, "status": "success", "result": printed.getvalue(), "error": None, "artifacts": artifacts}

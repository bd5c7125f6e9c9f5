"""What coderunner answers, and what becomes of it."""

from __future__ import annotations

import tempfile
from typing import Any

import httpx
import pytest

from drivenadapters.tables.custom_code import HttpCustomCode
from errors import Busy, CodeFailed, CoderunnerDown, Forbidden, InvalidInput, ServiceError, TooLarge
from logics.tables.work import CustomProgram


async def run(answer: httpx.Response | Exception, size: int = 10, most: int = 100) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    custom = HttpCustomCode("http://coderunner", "key", most_bytes=most, transport=httpx.MockTransport(respond))
    with tempfile.TemporaryFile() as table, tempfile.TemporaryFile() as result:
        table.write(b"x" * size)
        table.flush()
        try:
            await custom.run(CustomProgram("pass"), table.fileno(), result.fileno())
        finally:
            await custom.close()


def refusal(status: int, **headers: str) -> httpx.Response:
    details = [{"field": "packages.0", "message": "no"}]
    body = {"status": "error", "error": {"code": "c", "message": "why not", "details": details}, "request_id": "r"}
    return httpx.Response(status, json=body, headers=headers)


def ended(status: str, **more: Any) -> httpx.Response:
    return httpx.Response(
        200, json={"status": status, "result": "", "stderr": "", "error": None, "artifacts": [], **more}
    )


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (refusal(400), InvalidInput, "coderunner: why not"),
        (refusal(403), Forbidden, "why not"),
        (refusal(413), TooLarge, "why not"),
        (refusal(422), CodeFailed, "why not"),
        (refusal(429, **{"Retry-After": "7"}), Busy, "why not"),
        (refusal(500), CoderunnerDown, "answered 500"),
        (refusal(401), CoderunnerDown, "answered 401"),
        (httpx.Response(200, text="<html>"), CoderunnerDown, "no answer"),
        (httpx.Response(200, json=[1]), CoderunnerDown, "something else"),
        (httpx.ConnectError("refused"), CoderunnerDown, "refused"),
        (ended("timeout"), CodeFailed, "ended with timeout"),
        (ended("success", left_out=["result.columns: too large"]), CodeFailed, "did not come back: result.columns"),
        (ended("error", error={"type": "E", "message": "m", "line": None, "hint": "h"}), CodeFailed, r"E: m \(h\)"),
    ],
)
async def test_each_answer_has_its_error(answer: Any, error: type[ServiceError], message: str) -> None:
    with pytest.raises(error, match=message):
        await run(answer)


async def test_waiting_time_and_fields_are_passed_on() -> None:
    with pytest.raises(Busy) as busy:
        await run(refusal(429, **{"Retry-After": "7"}))
    assert busy.value.retry_after == 7
    with pytest.raises(InvalidInput) as invalid:
        await run(refusal(400))
    assert invalid.value.details[0].field == "packages.0"


async def test_a_table_too_large_to_send_names_the_setting() -> None:
    with pytest.raises(TooLarge, match="MAX_CUSTOM_MB"):
        await run(ended("success"), size=101)

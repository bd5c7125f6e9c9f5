"""Callers' code on the coderunner service: the table travels as buffers."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Mapping
from typing import Any

import httpx
from servicekit import current_request

from drivenadapters.tables.custom_program import INPUT_FILE, OUTPUT_FILE, own_line, wrap
from errors import (
    Busy,
    CodeFailed,
    CoderunnerDown,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    ServiceError,
    TooLarge,
)
from logics.tables.work import CustomOutcome, CustomProgram

_CONNECT_SECONDS = 5.0
_LONGEST_SECONDS = 3600.0
_LONGEST_MESSAGE = 2000
_REFUSALS: dict[int, type[ServiceError]] = {400: InvalidInput, 403: Forbidden, 404: NotFound, 413: TooLarge}


class HttpCustomCode:
    """Satisfies the port ``CustomCode``."""

    def __init__(
        self,
        url: str,
        api_key: str = "",
        *,
        most_bytes: int = 64 << 20,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._most_bytes = most_bytes
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def run(self, program: CustomProgram, table: int, result: int) -> CustomOutcome:
        """See the port."""
        size = os.fstat(table).st_size
        if size > self._most_bytes:
            raise TooLarge(
                f"the table is {size >> 20} MiB; a custom step takes {self._most_bytes >> 20} (MAX_CUSTOM_MB)"
            )
        body = await asyncio.to_thread(_body, program, table, size)
        answer = await self._post(body)
        return await asyncio.to_thread(_take, answer, program, result)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, body: bytes) -> Mapping[str, Any]:
        context = current_request.get()
        headers = {
            **self._headers,
            **(context.outbound_headers() if context else {}),
            "Content-Type": "application/json",
        }
        timeout = httpx.Timeout(_LONGEST_SECONDS, connect=_CONNECT_SECONDS)
        try:
            answer = await self._connected().post(
                f"{self._url}/api/runner/execute", content=body, headers=headers, timeout=timeout
            )
            document = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as reason:
            raise CoderunnerDown(f"no answer from {self._url}: {str(reason) or type(reason).__name__}") from reason
        if not isinstance(document, dict) or "status" not in document:
            raise CoderunnerDown(f"{self._url} answered {answer.status_code} with something else than an envelope")
        if answer.status_code != httpx.codes.OK:
            raise self._refusal(answer.status_code, document, answer.headers.get("Retry-After", ""))
        return document

    def _refusal(self, status: int, document: Mapping[str, Any], retry_after: str) -> ServiceError:
        error = document.get("error") or {}
        message = f"coderunner: {str(error.get('message', ''))[:_LONGEST_MESSAGE]}"
        details = [
            FieldProblem(str(item.get("field", "")), str(item.get("message", ""))) for item in error.get("details", [])
        ]
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return Busy(message, retry_after=float(retry_after) if retry_after.isdigit() else 1.0)
        if status in _REFUSALS:
            return _REFUSALS[status](message, details=details)
        if status == httpx.codes.UNPROCESSABLE_ENTITY:
            return CodeFailed(message, details=details)
        return CoderunnerDown(f"{self._url} answered {status}: {message}")

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            # The address is the operator's: no proxy of the environment stands between.
            self._client = httpx.AsyncClient(trust_env=False, transport=self._transport)
        return self._client


def _body(program: CustomProgram, table: int, size: int) -> bytes:
    content = base64.b64encode(os.pread(table, size, 0)).decode("ascii")
    request: dict[str, Any] = {
        "code": wrap(program.code),
        "inputs": dict(program.inputs),
        "files": [{"name": INPUT_FILE, "content_base64": content}],
        "packages": list(program.packages),
    }
    optional = {"environment": program.environment, "timeout": program.timeout, "memory_mb": program.memory_mb}
    return json.dumps({**request, **{name: value for name, value in optional.items() if value is not None}}).encode()


def _take(answer: Mapping[str, Any], program: CustomProgram, result: int) -> CustomOutcome:
    if answer["status"] != "success":
        raise CodeFailed(_reason(answer, program))
    for artifact in answer.get("artifacts", []):
        if artifact["name"] == OUTPUT_FILE:
            content = base64.b64decode(artifact["content_base64"])
            written = 0
            while written < len(content):
                written += os.pwrite(result, content[written:], written)
            return CustomOutcome(str(answer.get("result", ""))[:10_000], answer.get("usage", {}))
    left_out = "; ".join(answer.get("left_out", []))
    raise CodeFailed(f"the code's table did not come back{': ' + left_out if left_out else ''}")


def _reason(answer: Mapping[str, Any], program: CustomProgram) -> str:
    error = answer.get("error") or {}
    status = answer["status"]
    if not error:
        return f"the code ended with {status}: {str(answer.get('stderr', ''))[-500:]}".rstrip(": ")
    number = own_line(error.get("line"), program.code)
    line = f" in line {number}" if number else ""
    hint = f" ({error['hint']})" if error.get("hint") else ""
    kind = "" if status == "error" else f"{status}: "
    return f"the code failed{line}: {kind}{error.get('type')}: {error.get('message')}{hint}"[:_LONGEST_MESSAGE]

"""Text recognised by an engine elsewhere, named by the operator.

The request it makes is ``POST`` to the address, ``multipart/form-data``: the file as ``file``, and as fields those of
``pages``, ``password``, ``language``, ``mode``, ``orientation``, ``layout``, ``granularity`` and ``min_confidence``
that were given. The answer it expects is that of ``POST /api/ocr/extract`` with ``output=json``, of which ``pages``
with ``text`` or ``lines`` are enough; so another instance of this service is such an engine.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, cast

import structlog
from pydantic import ValidationError
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError, SimpleAsyncHTTPClient

from drivenadapters.ocr.circuit import Circuit
from drivenadapters.ocr.external_answer import ExternalAnswer, to_document
from errors import Busy, DeadlineExceeded, ServiceError, TooLarge, Unavailable, Unprocessable, UnsupportedMedia
from logics.images import ImageSource
from logics.ports.images import Progress
from logics.recognition import RecognisedDocument, RecognitionOptions

_log = structlog.get_logger("dataflowtools.ocr")
_CHUNK = 1 << 20
_LARGEST_ANSWER = 64 << 20
_FIRST_WAIT = 0.2  # seconds; doubled with each attempt
_LONGEST_WAIT = 5.0
_WORTH_RETRYING = frozenset({429, 502, 503, 504})
_REFUSALS: dict[int, type[ServiceError]] = {
    400: Unprocessable,
    413: TooLarge,
    415: UnsupportedMedia,
    422: Unprocessable,
}


@dataclass(frozen=True)
class ExternalSettings:
    """Where the engine is, and how much patience it gets.

    Attributes:
        url: of the endpoint.
        key: sent as bearer token, if any.
        seconds: for an answer.
        connect_seconds: for a connection.
        retries: after the first attempt, where the engine did not work on the request.
    """

    url: str
    key: str | None = None
    seconds: float = 120
    connect_seconds: float = 5
    retries: int = 2


class ExternalRecogniser:
    """Satisfies the port ``TextRecogniser``.

    The address is the operator's; nothing in a request changes it, and redirects are not followed.

    Args:
        circuit: stops asking for a while after failures in a row.
        sleep: waits between attempts.
    """

    def __init__(
        self,
        settings: ExternalSettings,
        circuit: Circuit,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._circuit = circuit
        self._sleep = sleep
        self._client: AsyncHTTPClient | None = None

    @property
    def version(self) -> str:
        """See the port; two addresses are two versions."""
        return f"external {hashlib.sha256(self._settings.url.encode()).hexdigest()[:12]}"

    async def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def recognise(
        self, source: ImageSource, options: RecognitionOptions, progress: Progress | None
    ) -> RecognisedDocument:
        """See the port."""
        with self._circuit.passage():
            response = await self._ask(source, options)
        self._refuse(response)
        document = _document(response, source.name)
        if progress is not None:
            progress(len(document.pages), len(document.pages), "pages")
        return document

    async def _ask(self, source: ImageSource, options: RecognitionOptions) -> HTTPResponse:
        """Send the request until there is an answer that is worth having.

        Raises:
            Busy, Unavailable, DeadlineExceeded: there is none.
        """
        wait = _FIRST_WAIT
        for attempt in range(self._settings.retries + 1):
            last = attempt == self._settings.retries
            try:
                response = await self._fetch(source, options)
            except HTTPTimeoutError as reason:
                if "connect" not in str(reason).lower() or last:
                    raise DeadlineExceeded(f"the OCR service: {reason}") from reason
            except (OSError, HTTPStreamClosedError) as reason:
                if last:
                    raise Unavailable(f"the OCR service: {reason}") from reason
            else:
                if response.code not in _WORTH_RETRYING:
                    return response
                if last:
                    raise _overloaded(response)
                wait = max(wait, _asked_to_wait(response))
            await self._sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, hides nothing
            wait = min(wait * 2, _LONGEST_WAIT)
        raise AssertionError("the last attempt returns or raises")

    async def _fetch(self, source: ImageSource, options: RecognitionOptions) -> HTTPResponse:
        if self._client is None:
            self._client = SimpleAsyncHTTPClient(
                force_instance=True, max_body_size=_LARGEST_ANSWER, max_buffer_size=_LARGEST_ANSWER
            )
        return await self._client.fetch(self._request(source, options), raise_error=False)

    def _request(self, source: ImageSource, options: RecognitionOptions) -> HTTPRequest:
        boundary = token_hex(16)
        head, tail = _form(source.name, _fields(options), boundary)
        size = len(head) + os.fstat(source.descriptor).st_size + len(tail)

        async def produce(write: Any) -> None:  # Tornado's own types say that writing cannot be awaited
            await write(head)
            async for chunk in _chunks(source.descriptor):
                await write(chunk)
            await write(tail)

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(size),
            "Accept": "application/json",
        }
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key}"
        return HTTPRequest(
            self._settings.url,
            method="POST",
            headers=headers,
            body_producer=cast(Any, produce),
            connect_timeout=self._settings.connect_seconds,
            request_timeout=self._settings.seconds,
            follow_redirects=False,
        )

    def _refuse(self, response: HTTPResponse) -> None:
        """Raise what an answer that is none stands for."""
        if response.code == 200:
            return
        refusal = _REFUSALS.get(response.code)
        if refusal is None:
            raise Unavailable(f"the OCR service answered with status {response.code}")
        raise refusal(f"the OCR service refused the image: {_reason(response)}")


def _fields(options: RecognitionOptions) -> dict[str, str]:
    ranges = [f"{first}-{'' if last is None else last}" for first, last in options.reading.pages.ranges]
    given = {
        "pages": ",".join(ranges),
        "password": options.reading.password or "",
        "language": ",".join(options.languages),
        "mode": options.mode,
        "orientation": "auto" if options.orientation is None else str(options.orientation),
        "layout": options.layout,
        "granularity": options.granularity,
        "min_confidence": f"{options.min_confidence:g}",
    }
    return {name: value for name, value in given.items() if value}


def _form(name: str, fields: dict[str, str], boundary: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the file in the body of the request."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    safe = "".join("_" if letter < " " or letter in '"\\\x7f' else letter for letter in name) or "image"
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return "".join(parts).encode("utf-8", "replace"), f"\r\n--{boundary}--\r\n".encode()


async def _chunks(descriptor: int) -> AsyncIterator[bytes]:
    offset = 0
    while chunk := await asyncio.to_thread(os.pread, descriptor, _CHUNK, offset):
        offset += len(chunk)
        yield chunk


def _asked_to_wait(response: HTTPResponse) -> float:
    value = response.headers.get("Retry-After", "")
    return min(float(value), _LONGEST_WAIT) if value.isascii() and value.isdigit() else 0.0


def _overloaded(response: HTTPResponse) -> ServiceError:
    if response.code == 429:
        return Busy("the OCR service has no capacity at the moment", retry_after=_asked_to_wait(response) or 5.0)
    return Unavailable(f"the OCR service answered with status {response.code}")


def _reason(response: HTTPResponse) -> str:
    """Return what the engine says is wrong, as far as it is text."""
    try:
        answer: Any = json.loads(response.body)
        message = answer["error"]["message"]
    except (ValueError, LookupError, TypeError):
        message = f"status {response.code}"
    return str(message)[:500]


def _document(response: HTTPResponse, name: str) -> RecognisedDocument:
    try:
        return to_document(ExternalAnswer.model_validate_json(response.body), name)
    except ValidationError as reason:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in reason.errors()[:3])
        _log.warning("ocr_service_answer", problems=problems)
        raise Unavailable("the OCR service's answer is not understood") from reason

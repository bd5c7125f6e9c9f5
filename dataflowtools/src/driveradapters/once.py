"""Handlers that create: a repeated ``Idempotency-Key`` gets the answer that the first request got."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

from servicekit import ApiHandler

from errors import Conflict, InvalidInput, KeyReused, RequestRunning, ServiceError
from logics.answers import AnswerOnce, StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
ONCE_ERRORS: tuple[type[ServiceError], ...] = (Conflict, RequestRunning, KeyReused)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Location",)


class CreatingHandler(ApiHandler):
    """The base of handlers for POSTs that create; they need ``answer_once``.

    The method calls :meth:`create_once` with what does the work and replies::

        async def post(self) -> None:
            request = self.read_json(ConvertRequest)
            await self.create_once(lambda: self._convert(request))
    """

    _answer: StoredAnswer | None = None
    _holds_back = False

    def keep_answers_in(self, answer_once: AnswerOnce) -> None:
        """Take what keeps the answers; a subclass calls it in ``initialize``."""
        self._answer_once = answer_once

    async def create_once(self, create: Callable[[], Awaitable[None]], *, fingerprint: str | None = None) -> None:
        """Create and reply, or give the answer that an equal request got before.

        Args:
            create: does the work and replies.
            fingerprint: what makes two requests equal; by default their bodies.

        Raises:
            RequestRunning, KeyReused, InvalidInput: see the header's rules.
        """
        key = self.request.headers.get(HEADER)
        if key is None:
            await create()
            return
        if not _KEY.fullmatch(key):
            raise InvalidInput(f"{HEADER} has 1 to 255 visible ASCII characters")
        content = _digest(self.body if fingerprint is None else fingerprint.encode())
        async with self._answer_once.attempt(self._scoped(key), content) as attempt:
            if attempt.earlier is None:
                await self._hold_back(create)
                attempt.answer = self._answer
        if attempt.earlier is not None:
            self._repeat(attempt.earlier)
        elif self._answer is not None:
            self.finish(self._answer.body.encode())

    async def _hold_back(self, create: Callable[[], Awaitable[None]]) -> None:
        """Create, but send no answer before it is kept: whoever has it may ask again at once."""
        self._holds_back = True
        try:
            await create()
        finally:
            self._holds_back = False

    def finish(self, chunk: Any = None) -> Any:
        """Send, or keep what is to be sent."""
        if not self._holds_back:
            return super().finish(chunk)
        headers = {name: self._headers[name] for name in _KEPT_HEADERS if name in self._headers}
        self._answer = StoredAnswer(self.get_status(), headers, (chunk or b"").decode())
        return None

    def _scoped(self, key: str) -> str:
        """Return the key as this caller's for this address: others may choose the same."""
        credentials = (self.request.headers.get(name, "") for name in ("Authorization", "X-Api-Key"))
        return _digest("\n".join((self.route.method, self.route.path, *credentials, key)).encode())

    def _repeat(self, answer: StoredAnswer) -> None:
        self.set_status(answer.status)
        for name, value in answer.headers.items():
            self.set_header(name, value)
        self.set_header(REPLAYED, "true")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(answer.body.encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

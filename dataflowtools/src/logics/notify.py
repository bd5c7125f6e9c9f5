"""Telling callers that their jobs have ended."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from errors import Forbidden, ServiceError
from logics.jobs import CallbackState, Job
from logics.ports import CallbackSender, JobCallbacks

_log = structlog.get_logger("dataflowtools.callbacks")
_AT_ONCE = 10
_LEASE_SECONDS = 120.0
_MOST_ATTEMPTS = 8
_FIRST_PAUSE_SECONDS = 10.0
SIGNATURE_HEADER = "X-Dataflow-Signature"
DELIVERY_HEADER = "X-Dataflow-Delivery"


class NotifyCallers:
    """Sends the notices that are due, each until it is taken or has been refused eight times in about 20 minutes.

    A notice may come twice; ``X-Dataflow-Delivery``, the job's id, tells.

    Args:
        secret: signs the notices; empty: each job's own secret, which its caller was given.
    """

    def __init__(
        self,
        callbacks: JobCallbacks,
        sender: CallbackSender,
        *,
        secret: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._callbacks = callbacks
        self._sender = sender
        self._secret = secret
        self._clock = clock

    async def __call__(self) -> int:
        """Send what is due; return how many notices that were.

        Raises:
            Unavailable: the database does not answer.
        """
        due = await self._callbacks.take_due(_AT_ONCE, _LEASE_SECONDS)
        await asyncio.gather(*(self._notify(job) for job in due))
        return len(due)

    async def _notify(self, job: Job) -> None:
        body = _body(job)
        try:
            await self._sender.send(job.callback.url, body, self._headers(job, body))
        except ServiceError as reason:
            _log.warning("callback_not_taken", job_id=job.job_id, attempt=job.callback.attempts, reason=str(reason))
            await self._try_later(job, reason)
        else:
            await self._callbacks.settle(job.job_id, replace(job.callback, state=CallbackState.DELIVERED, error=""))

    async def _try_later(self, job: Job, reason: ServiceError) -> None:
        hopeless = isinstance(reason, Forbidden) or job.callback.attempts >= _MOST_ATTEMPTS
        state = CallbackState.FAILED if hopeless else CallbackState.DUE
        pause = _FIRST_PAUSE_SECONDS * 2 ** (job.callback.attempts - 1)
        await self._callbacks.settle(
            job.job_id, replace(job.callback, state=state, error=reason.message), next_after_seconds=pause
        )

    def _headers(self, job: Job, body: bytes) -> dict[str, str]:
        moment = int(self._clock())
        return {
            "Content-Type": "application/json",
            DELIVERY_HEADER: job.job_id,
            SIGNATURE_HEADER: f"t={moment},v1={signature(self._secret or job.callback.secret, moment, body)}",
        }


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return HMAC-SHA256, hexadecimal, of the moment in seconds, a full stop and the body."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _body(job: Job) -> bytes:
    notice = {
        "job_id": job.job_id,
        "operation": job.operation,
        "state": job.state,
        "total": job.total,
        "counts": {str(state): count for state, count in job.counts.items()},
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }
    return json.dumps(notice).encode()

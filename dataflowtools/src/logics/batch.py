"""Taking batch jobs, and telling of them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog

from errors import FieldProblem, InvalidInput, TooLarge, Unavailable
from logics.files import FileQuery
from logics.jobs import Callback, CallbackState, Job, JobItem, Operation
from logics.ports import CallbackSender, FileRecords, JobQueue, JobRecords

_log = structlog.get_logger("dataflowtools.batch")
_PAGE = 500


@dataclass(frozen=True)
class JobRequest:
    """What a caller wants done; the files are listed, or those that fit a query now."""

    operation: str
    file_ids: Sequence[str] = ()
    query: FileQuery | None = None
    options: Mapping[str, Any] | None = None
    callback_url: str = ""


class BatchJobs:
    """Takes jobs and tells of them.

    Args:
        operations: by name; what each file can undergo.
        most_files: of one job.
    """

    def __init__(
        self,
        records: JobRecords,
        files: FileRecords,
        queue: JobQueue,
        callbacks: CallbackSender,
        operations: Mapping[str, Operation],
        *,
        most_files: int,
    ) -> None:
        self._records = records
        self._files = files
        self._queue = queue
        self._callbacks = callbacks
        self._operations = operations
        self._most = most_files

    async def submit(self, request: JobRequest) -> Job:
        """Take a job; it is durable on return, and workers know of it.

        Raises:
            InvalidInput: the operation, its options, the files or the callback address cannot be.
            TooLarge: it has more files than a job may have.
            Unavailable: the database does not answer.
        """
        operation = self._operation(request.operation)
        _refuse_passwords(request.options or {}, "options")
        options = operation.check(request.options or {})
        if request.callback_url:
            await self._callbacks.check(request.callback_url)
        file_ids = await self._chosen(request)
        job = Job(
            job_id=secrets.token_hex(16),
            operation=request.operation,
            options=options,
            total=len(file_ids),
            created_at=datetime.now(UTC),
            callback=_callback(request.callback_url),
        )
        await self._records.add(job, file_ids)
        await self._wake(job)
        return await self._records.find(job.job_id)

    async def find(self, job_id: str) -> Job:
        """Return a job; raises UnknownJob."""
        return await self._records.find(job_id)

    async def items(self, job_id: str, after: int, limit: int) -> list[JobItem]:
        """Return items of a job, those behind a position."""
        return await self._records.items(job_id, after, limit)

    async def cancel(self, job_id: str) -> Job:
        """Start no more of a job; what is under way ends within seconds. Raises UnknownJob."""
        return await self._records.cancel(job_id)

    def _operation(self, name: str) -> Operation:
        if name not in self._operations:
            raise _refused("operation", f"unknown operation; there are {', '.join(sorted(self._operations))}")
        return self._operations[name]

    async def _chosen(self, request: JobRequest) -> list[str]:
        listed = list(dict.fromkeys(request.file_ids))
        if bool(listed) == (request.query is not None):
            raise _refused("file_ids", "either file_ids or a filter is needed")
        chosen = listed or await self._fitting(request.query or FileQuery())
        if not chosen:
            raise _refused("filter", "no file fits it")
        if len(chosen) > self._most:
            raise TooLarge(f"a job has at most {self._most} files (MAX_BATCH_FILES)")
        return chosen

    async def _fitting(self, query: FileQuery) -> list[str]:
        """Return the files that fit a query, one more than allowed at most."""
        found: list[str] = []
        query = replace(query, limit=_PAGE, oldest_first=True)
        while len(found) <= self._most:
            page = await self._files.page(query)
            found += [file.file_id for file in page.items]
            if page.following is None:
                break
            query = replace(query, after=page.following)
        return found

    async def _wake(self, job: Job) -> None:
        try:
            await self._queue.wake(job.job_id, job.total)
        except Unavailable as reason:
            _log.warning("workers_not_woken", reason=str(reason))


def _refuse_passwords(options: Mapping[str, Any], field: str) -> None:
    """Jobs are kept in the database until days after their end; a secret in them would be, too."""
    for name, value in options.items():
        if name == "password" and value:
            raise _refused(f"{field}.password", "passwords are not kept, so no job can have one")
        if isinstance(value, Mapping):
            _refuse_passwords(value, f"{field}.{name}")


def _callback(url: str) -> Callback:
    return Callback(url, secrets.token_hex(32), CallbackState.WAITING) if url else Callback()


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", details=[FieldProblem(field, message)])

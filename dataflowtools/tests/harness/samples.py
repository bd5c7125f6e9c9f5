"""Files and jobs for the tests."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from logics.files import StoredFile
from logics.jobs import Job
from logics.ports import FileRecords

START = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
_numbers = itertools.count()


def sample_file(**fields: Any) -> StoredFile:
    """Return a file with an id of its own."""
    file = StoredFile(f"{next(_numbers):032x}", "a.txt", 3, "0" * 64, "text/plain", "txt", START)
    return replace(file, **fields)


def sample_job(total: int = 1, **fields: Any) -> Job:
    """Return a job with an id of its own."""
    number = next(_numbers)
    job = Job(f"{number:032x}", "copy", {"deep": True}, total, START + timedelta(seconds=number))
    return replace(job, **fields)


async def recorded(records: FileRecords, origin: str = "", **fields: Any) -> StoredFile:
    """Record a file as if its content had been kept."""
    file = sample_file(**fields)
    await records.reserve([file.file_id])
    await records.add([file], origin=origin)
    return file

"""Working on jobs, over fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from errors import Busy, FileDamaged, Forbidden, InvalidInput, Unavailable
from fakes.contents import FakeContents
from fakes.detector import FakeTypeDetector
from fakes.jobs import FakeCallbackSender, FakeJobQueue, FakeJobs
from fakes.records import FakeRecords
from logics.batch import BatchJobs, JobRequest
from logics.files import StoredFile
from logics.jobs import Callback, CallbackState, ItemState, Job, JobState, Operation
from logics.notify import DELIVERY_HEADER, SIGNATURE_HEADER, NotifyCallers, signature
from logics.run_jobs import RunJobs
from logics.storage import FileStorage


class Yard:
    """Batch jobs over fakes; ``behaviour`` is what the operation ``act`` does."""

    def __init__(self, lease_seconds: float = 30) -> None:
        self.records = FakeRecords()
        self.jobs = FakeJobs(self.records, lease_seconds=lease_seconds)
        self.records._holds_lease = self.jobs.holds_lease
        self.files = FileStorage(self.records, FakeContents(), FakeTypeDetector(), largest_bytes=2_000_000)
        self.queue = FakeJobQueue()
        self.sender = FakeCallbackSender()
        self.ran: list[str] = []
        self.behaviour: Callable[[StoredFile], Any] = lambda _: None
        operations = {"act": Operation(self._act), "delete": Operation(self._act, gone_is_done=True)}
        self.batch = BatchJobs(self.jobs, self.records, self.queue, self.sender, operations, most_files=5)
        self.runner = RunJobs(self.jobs, self.files, self.queue, operations, lease_seconds=lease_seconds, concurrent=2)

    async def submit(self, count: int = 1, operation: str = "act", **fields: Any) -> Job:
        """Start a job on new files."""
        ids = [await self.file() for _ in range(count)]
        return await self.batch.submit(JobRequest(operation, ids, **fields))

    async def file(self) -> str:
        """Store a file; return its id."""
        async with self.files.new() as sink:
            return (await self.files.add("a.txt", sink)).file_id

    async def states(self, job: Job) -> list[ItemState]:
        """Return the states of a job's items."""
        return [item.state for item in await self.jobs.items(job.job_id, -1, 100)]

    async def _act(self, file: StoredFile, _: Mapping[str, Any], __: Any) -> Mapping[str, Any]:
        self.ran.append(file.file_id)
        outcome = self.behaviour(file)
        if asyncio.iscoroutine(outcome):
            outcome = await outcome
        return outcome or {}


@pytest.fixture
def yard() -> Yard:
    """An empty yard."""
    return Yard()


async def test_a_job_wakes_a_worker_for_each_file(yard: Yard) -> None:
    job = await yard.submit(3)
    assert yard.queue.woken == [job.job_id] * 3


async def test_a_job_is_taken_though_the_queue_is_down_and_found_later(yard: Yard) -> None:
    yard.queue.down = True
    job = await yard.submit(2)
    await yard.runner.find_work()
    assert await yard.states(job) == [ItemState.DONE, ItemState.DONE]


async def test_lost_wakings_are_made_up_for(yard: Yard) -> None:
    job = await yard.submit(1)
    yard.queue.woken.clear()
    await yard.runner.find_work()
    assert yard.queue.woken == [job.job_id]


async def test_files_are_named_once_and_bounded(yard: Yard) -> None:
    file_id = await yard.file()
    job = await yard.batch.submit(JobRequest("act", [file_id, file_id]))
    assert job.total == 1
    with pytest.raises(InvalidInput):
        await yard.batch.submit(JobRequest("nope", [file_id]))


async def test_a_failure_that_passes_is_tried_later_and_not_forever(yard: Yard) -> None:
    def fail(_: StoredFile) -> None:
        raise Unavailable("down")

    yard.behaviour = fail
    job = await yard.submit()
    for _ in range(5):
        yard.jobs._jobs[job.job_id].items[0].free_at = None
        await yard.runner.one(job.job_id)
    assert await yard.states(job) == [ItemState.FAILED]
    assert len(yard.ran) == 5


async def test_an_operation_that_this_worker_does_not_know_is_left_to_others(yard: Yard) -> None:
    job = await yard.submit()
    old = RunJobs(yard.jobs, yard.files, yard.queue, {}, lease_seconds=30, concurrent=1)
    await old.one(job.job_id)
    assert await yard.states(job) == [ItemState.WAITING]
    yard.jobs._jobs[job.job_id].items[0].free_at = None
    await yard.runner.one(job.job_id)
    assert await yard.states(job) == [ItemState.DONE]


async def test_a_full_queue_counts_against_nobody(yard: Yard) -> None:
    def fail(_: StoredFile) -> None:
        raise Busy("full")

    yard.behaviour = fail
    job = await yard.submit()
    for _ in range(20):
        yard.jobs._jobs[job.job_id].items[0].free_at = None
        await yard.runner.one(job.job_id)
    assert await yard.states(job) == [ItemState.WAITING]


async def test_a_file_that_kills_its_workers_is_given_up(yard: Yard) -> None:
    job = await yard.submit()
    for _ in range(5):
        assert await yard.jobs.claim(job.job_id, "dead") is not None
        yard.jobs._jobs[job.job_id].items[0].free_at = datetime.now(UTC)
    await yard.runner.one(job.job_id)
    assert yard.ran == []
    item = (await yard.jobs.items(job.job_id, -1, 1))[0]
    assert item.outcome is not None
    assert item.outcome.error_code == "worker_lost"


async def test_a_file_gone_after_a_cut_off_deletion_was_deleted(yard: Yard) -> None:
    job = await yard.submit(operation="delete")
    await yard.jobs.claim(job.job_id, "dead")
    yard.jobs._jobs[job.job_id].items[0].free_at = datetime.now(UTC)
    await yard.records.remove((await yard.jobs.items(job.job_id, -1, 1))[0].file_id)
    await yard.runner.one(job.job_id)
    assert await yard.states(job) == [ItemState.DONE]


async def test_a_file_that_never_was_is_a_failure_also_for_deletion(yard: Yard) -> None:
    job = await yard.batch.submit(JobRequest("delete", ["nope"]))
    await yard.runner.one(job.job_id)
    assert await yard.states(job) == [ItemState.FAILED]


async def test_what_is_wrong_with_a_file_is_its_error(yard: Yard) -> None:
    def fail(_: StoredFile) -> None:
        raise FileDamaged("cut off")

    yard.behaviour = fail
    job = await yard.submit()
    await yard.runner.one(job.job_id)
    outcome = (await yard.jobs.items(job.job_id, -1, 1))[0].outcome
    assert outcome is not None
    assert (outcome.error_code, outcome.error_message) == ("file_damaged", "cut off")


async def test_a_closing_worker_gives_its_file_back_and_takes_no_more(yard: Yard) -> None:
    started = asyncio.Event()

    async def wait() -> None:
        started.set()
        await asyncio.Event().wait()

    yard.behaviour = lambda _: wait()
    job = await yard.submit(2)
    running = asyncio.create_task(yard.runner.one(job.job_id))
    await started.wait()
    await yard.runner.close()
    await running
    await yard.runner.one(job.job_id)
    assert await yard.states(job) == [ItemState.WAITING, ItemState.WAITING]
    assert len(yard.ran) == 1


async def test_a_cancelled_job_ends_what_runs() -> None:
    yard = Yard(lease_seconds=0.06)
    started = asyncio.Event()

    async def wait() -> None:
        started.set()
        await asyncio.Event().wait()

    yard.behaviour = lambda _: wait()
    job = await yard.submit(2)
    running = asyncio.create_task(yard.runner.one(job.job_id))
    await started.wait()
    await yard.batch.cancel(job.job_id)
    await running
    assert await yard.states(job) == [ItemState.CANCELLED, ItemState.CANCELLED]
    assert (await yard.batch.find(job.job_id)).state is JobState.CANCELLED


async def test_a_large_result_becomes_a_file(yard: Yard) -> None:
    yard.behaviour = lambda _: {"text": "ä" * 600_000}
    job = await yard.submit()
    await yard.runner.one(job.job_id)
    outcome = (await yard.jobs.items(job.job_id, -1, 1))[0].outcome
    assert outcome is not None
    assert outcome.result is not None
    file = await yard.records.find(outcome.result["result_file_id"])
    assert (file.name, file.size) == ("a.txt.act.json", 1_200_012)


async def test_a_result_that_is_no_json_is_the_operation_s_fault_not_the_worker_s_end(yard: Yard) -> None:
    yard.behaviour = lambda _: {"text": object()}
    job = await yard.submit()
    await yard.runner.one(job.job_id)
    outcome = (await yard.jobs.items(job.job_id, -1, 1))[0].outcome
    assert outcome is not None
    assert outcome.error_code == "internal_error"


async def ended_job(yard: Yard, url: str = "https://example.com/") -> Job:
    job = await yard.submit(callback_url=url)
    await yard.runner.one(job.job_id)
    return await yard.jobs.find(job.job_id)


async def test_a_notice_is_signed_with_the_job_s_secret_or_the_operator_s(yard: Yard) -> None:
    for secret in ("", "operator's"):
        job = await ended_job(yard)
        assert await NotifyCallers(yard.jobs, yard.sender, secret=secret, clock=lambda: 7.9)() == 1
        url, body, headers = yard.sender.sent[-1]
        assert url == "https://example.com/"
        assert headers[DELIVERY_HEADER] == job.job_id
        assert headers[SIGNATURE_HEADER] == f"t=7,v1={signature(secret or job.callback.secret, 7, body)}"
        assert (await yard.jobs.find(job.job_id)).callback.state is CallbackState.DELIVERED


async def test_a_notice_is_tried_eight_times_with_growing_pauses(yard: Yard) -> None:
    job = await ended_job(yard)
    yard.sender.failures = [Unavailable("answered 500")] * 20
    notify = NotifyCallers(yard.jobs, yard.sender)
    pauses = []
    for _ in range(8):
        assert await notify() == 1
        assert await notify() == 0
        due = yard.jobs._jobs[job.job_id].due_at
        assert due is not None
        pauses.append(round((due - datetime.now(UTC)).total_seconds()))
        yard.jobs._jobs[job.job_id].due_at = datetime.now(UTC)
    assert pauses[:4] == [10, 20, 40, 80]
    callback = (await yard.jobs.find(job.job_id)).callback
    assert (callback.state, callback.attempts, callback.error) == (CallbackState.FAILED, 8, "answered 500")


async def test_a_notice_to_a_forbidden_address_is_given_up_at_once(yard: Yard) -> None:
    job = await ended_job(yard)
    yard.sender.failures = [Forbidden("private")]
    await NotifyCallers(yard.jobs, yard.sender)()
    assert (await yard.jobs.find(job.job_id)).callback.state is CallbackState.FAILED


def test_the_rest_is_estimated_from_what_has_ended() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    job = Job("1", "act", {}, 10, start, JobState.RUNNING, {ItemState.DONE: 2}, Callback(), start)
    assert job.remaining_seconds(datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)) == 40

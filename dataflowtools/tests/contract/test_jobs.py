"""Batch jobs: the same from a database of either kind and from the fake."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contract.conftest import Ports
from errors import LeaseLost, UnknownFile, UnknownJob
from harness.samples import recorded, sample_job
from logics.jobs import Callback, CallbackState, ItemOutcome, ItemState, Job, JobState, WorkItem

DONE = ItemOutcome(ItemState.DONE, {"n": 1})
FAILED = ItemOutcome(ItemState.FAILED, None, "code", "message")


async def added(ports: Ports, *file_ids: str, url: str = "") -> Job:
    callback = Callback(url, "secret", CallbackState.WAITING) if url else Callback()
    job = sample_job(len(file_ids), callback=callback)
    await ports.jobs.add(job, file_ids)
    return job


async def claimed(ports: Ports, job: Job) -> WorkItem:
    item = await ports.work.claim(job.job_id, "worker")
    assert item is not None
    return item


async def test_a_job_is_found_as_it_was_recorded(ports: Ports) -> None:
    job = await added(ports, "a", "b")
    found = await ports.jobs.find(job.job_id)
    assert (found.operation, found.options, found.total, found.state) == ("copy", {"deep": True}, 2, JobState.QUEUED)
    assert found.counts == {ItemState.WAITING: 2}
    assert [item.file_id for item in await ports.jobs.items(job.job_id, -1, 10)] == ["a", "b"]
    assert [item.position for item in await ports.jobs.items(job.job_id, 0, 10)] == [1]
    for unknown in ("nope", ""):
        with pytest.raises(UnknownJob):
            await ports.jobs.find(unknown)


async def test_items_are_claimed_once_in_their_order(ports: Ports) -> None:
    job = await added(ports, "a", "b", "c")
    items = [await ports.work.claim(job.job_id, "worker") for _ in range(4)]
    assert [item and item.file_id for item in items] == ["a", "b", "c", None]
    assert (await ports.jobs.find(job.job_id)).state is JobState.RUNNING


async def test_of_many_workers_each_gets_another_item(ports: Ports) -> None:
    job = await added(ports, *map(str, range(20)))
    items = await asyncio.gather(*(ports.work.claim(job.job_id, str(number)) for number in range(20)))
    assert sorted(item.position for item in items if item) == list(range(20))


async def test_the_last_item_ends_the_job_however_they_end_together(ports: Ports) -> None:
    job = await added(ports, *map(str, range(8)))
    items = [await claimed(ports, job) for _ in range(8)]
    ends = await asyncio.gather(*(ports.work.finish(item, DONE) for item in items))
    assert ends.count(True) == 1
    found = await ports.jobs.find(job.job_id)
    assert (found.state, found.counts) == (JobState.FINISHED, {ItemState.DONE: 8})
    assert found.finished_at is not None


async def test_outcomes_and_progress_are_kept(ports: Ports) -> None:
    job = await added(ports, "a", "b", "c")
    first, second, third = [await claimed(ports, job) for _ in range(3)]
    await ports.work.finish(first, DONE)
    await ports.work.finish(second, FAILED)
    assert await ports.work.renew(third, {"done": 1, "total": 2, "what": "pages"})
    items = await ports.jobs.items(job.job_id, -1, 10)
    assert [item.outcome for item in items] == [DONE, FAILED, None]
    assert items[2].progress == {"done": 1, "total": 2, "what": "pages"}


async def test_an_item_whose_worker_is_silent_goes_to_another(ports: Ports) -> None:
    job = await added(ports, "a")
    dead = await ports.hasty_work.claim(job.job_id, "dead")
    assert dead is not None
    assert not dead.repeated
    second = await claimed(ports, job)
    assert (second.attempt, second.repeated, second.failures) == (2, True, 1)
    with pytest.raises(LeaseLost):
        await ports.work.finish(dead, DONE)
    assert not await ports.work.renew(dead, {})
    assert await ports.work.finish(second, DONE)


async def test_what_a_cut_off_attempt_made_is_gone(ports: Ports) -> None:
    job = await added(ports, "a")
    dead = await ports.hasty_work.claim(job.job_id, "dead")
    assert dead is not None
    made = await recorded(ports.files, origin=dead.origin)
    second = await claimed(ports, job)
    with pytest.raises(UnknownFile):
        await ports.files.find(made.file_id)
    assert await ports.ledger.doomed(10) == [made.file_id]
    with pytest.raises(LeaseLost):
        await recorded(ports.files, origin=dead.origin)
    kept = await recorded(ports.files, origin=second.origin)
    await ports.work.finish(second, DONE)
    assert (await ports.files.find(kept.file_id)).file_id == kept.file_id
    with pytest.raises(LeaseLost):
        await recorded(ports.files, origin=second.origin)


async def test_what_a_failed_attempt_made_is_gone(ports: Ports) -> None:
    job = await added(ports, "a")
    item = await claimed(ports, job)
    made = await recorded(ports.files, origin=item.origin)
    await ports.work.finish(item, FAILED)
    with pytest.raises(UnknownFile):
        await ports.files.find(made.file_id)


async def test_a_released_item_is_taken_again_when_its_time_has_come(ports: Ports) -> None:
    job = await added(ports, "a")
    item = await claimed(ports, job)
    await ports.work.release(item, after_seconds=60, failed=True)
    assert await ports.work.claim(job.job_id, "worker") is None
    assert await ports.work.claimable(10) == []


async def test_a_release_counts_only_failures(ports: Ports) -> None:
    job = await added(ports, "a")
    await ports.work.release(await claimed(ports, job), after_seconds=0, failed=False)
    await ports.work.release(await claimed(ports, job), after_seconds=0, failed=True)
    again = await claimed(ports, job)
    assert (again.attempt, again.failures, again.repeated) == (3, 1, True)


async def test_claimable_items_are_told_by_their_jobs_the_oldest_first(ports: Ports) -> None:
    first, second = await added(ports, "a", "b"), await added(ports, "c")
    assert await ports.work.claimable(10) == [first.job_id, first.job_id, second.job_id]
    assert await ports.work.claimable(1) == [first.job_id]
    await claimed(ports, second)
    assert await ports.work.claimable(10) == [first.job_id, first.job_id]


async def test_a_cancelled_job_starts_nothing_more(ports: Ports) -> None:
    job = await added(ports, "a", "b")
    item = await claimed(ports, job)
    cancelled = await ports.jobs.cancel(job.job_id)
    assert cancelled.counts == {ItemState.RUNNING: 1, ItemState.CANCELLED: 1}
    assert not await ports.work.renew(item, {})
    assert await ports.work.finish(item, ItemOutcome(ItemState.CANCELLED))
    assert (await ports.jobs.find(job.job_id)).state is JobState.CANCELLED


async def test_a_job_whose_items_all_wait_is_cancelled_at_once(ports: Ports) -> None:
    job = await added(ports, "a", "b")
    assert (await ports.jobs.cancel(job.job_id)).state is JobState.CANCELLED
    assert (await ports.jobs.cancel(job.job_id)).state is JobState.CANCELLED
    assert await ports.work.claim(job.job_id, "worker") is None


async def test_a_finished_job_stays_finished(ports: Ports) -> None:
    job = await added(ports, "a")
    await ports.work.finish(await claimed(ports, job), DONE)
    assert (await ports.jobs.cancel(job.job_id)).state is JobState.FINISHED


async def test_a_cancelled_item_whose_worker_died_is_not_run_again(ports: Ports) -> None:
    job = await added(ports, "a")
    await ports.hasty_work.claim(job.job_id, "dead")
    await ports.jobs.cancel(job.job_id)
    assert await ports.work.claim(job.job_id, "worker") is None
    assert (await ports.jobs.find(job.job_id)).state is JobState.CANCELLED


async def test_a_notice_is_due_once_the_job_has_ended(ports: Ports) -> None:
    job = await added(ports, "a", url="https://example.com/")
    assert await ports.callbacks.take_due(10, 60) == []
    await ports.work.finish(await claimed(ports, job), DONE)
    due = await ports.callbacks.take_due(10, 60)
    assert [(each.job_id, each.callback.attempts, each.callback.secret) for each in due] == [(job.job_id, 1, "secret")]
    assert await ports.callbacks.take_due(10, 60) == []


async def test_a_notice_whose_sender_died_is_due_again(ports: Ports) -> None:
    job = await added(ports, "a", url="https://example.com/")
    await ports.work.finish(await claimed(ports, job), DONE)
    await ports.callbacks.take_due(10, 0)
    assert [each.callback.attempts for each in await ports.callbacks.take_due(10, 60)] == [2]


async def test_what_came_of_a_notice_is_kept(ports: Ports) -> None:
    job = await added(ports, "a", url="https://example.com/")
    await ports.work.finish(await claimed(ports, job), DONE)
    for state, error, due in ((CallbackState.DUE, "x" * 500, 1), (CallbackState.DELIVERED, "", 0)):
        await ports.callbacks.settle(job.job_id, Callback("https://example.com/", "secret", state, 0, error))
        assert (await ports.jobs.find(job.job_id)).callback.error == error
        assert len(await ports.callbacks.take_due(10, 0)) == due


async def test_jobs_without_an_address_have_no_notice(ports: Ports) -> None:
    job = await added(ports, "a")
    await ports.work.finish(await claimed(ports, job), DONE)
    assert await ports.callbacks.take_due(10, 60) == []


async def test_old_jobs_are_forgotten_once_their_notice_is_through(ports: Ports) -> None:
    plain, told, running = await added(ports, "a"), await added(ports, "b", url="https://x/"), await added(ports, "c")
    for job in (plain, told):
        await ports.work.finish(await claimed(ports, job), DONE)
    await ports.jobs.drop_ended(datetime.now(UTC) - timedelta(days=1))
    await ports.jobs.find(plain.job_id)
    await ports.jobs.drop_ended(datetime.now(UTC) + timedelta(seconds=1))
    with pytest.raises(UnknownJob):
        await ports.jobs.find(plain.job_id)
    await ports.jobs.find(told.job_id)
    await ports.jobs.find(running.job_id)

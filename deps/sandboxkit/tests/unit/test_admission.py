"""Slots are bounded, given in order, and never lost, whoever gives up when."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxkit.admission import Admission
from sandboxkit.errors import Saturated

_NEVER = 1000.0


class _Holder:
    """Holds a slot until told to leave, and records when it got it."""

    def __init__(self, admission: Admission, name: int, order: list[int]) -> None:
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._hold(admission, name, order))

    async def _hold(self, admission: Admission, name: int, order: list[int]) -> None:
        async with admission.slot():
            order.append(name)
            await self.leave.wait()


async def _turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_than_capacity_run_and_the_rest_wait() -> None:
    admission, order = Admission(2, 10, _NEVER), list[int]()
    holders = [_Holder(admission, name, order) for name in range(5)]
    await _turn()
    assert (order, admission.running, admission.waiting) == ([0, 1], 2, 3)
    for holder in holders:
        holder.leave.set()
    await asyncio.gather(*(holder.task for holder in holders))
    assert (admission.running, admission.waiting) == (0, 0)


async def test_slots_are_given_in_the_order_of_arrival() -> None:
    admission, order = Admission(1, 10, _NEVER), list[int]()
    holders = [_Holder(admission, name, order) for name in range(6)]
    for holder in holders:
        holder.leave.set()
        await _turn()
    assert order == [0, 1, 2, 3, 4, 5]


async def test_a_newcomer_does_not_overtake_those_who_wait() -> None:
    admission, order = Admission(1, 10, _NEVER), list[int]()
    first, second = _Holder(admission, 1, order), _Holder(admission, 2, order)
    await _turn()
    first.leave.set()
    await first.task
    third = _Holder(admission, 3, order)
    second.leave.set()
    third.leave.set()
    await asyncio.gather(second.task, third.task)
    assert order == [1, 2, 3]


async def test_a_full_queue_refuses_at_once_and_says_when_to_come_again() -> None:
    admission, order = Admission(1, 1, _NEVER), list[int]()
    holders = [_Holder(admission, name, order) for name in range(2)]
    await _turn()
    with pytest.raises(Saturated, match="1 runs in progress and 1 waiting") as refusal:
        async with admission.slot():
            pass
    assert refusal.value.retry_after > 0
    for holder in holders:
        holder.leave.set()
    await asyncio.gather(*(holder.task for holder in holders))


async def test_waiting_ends_at_its_deadline() -> None:
    admission, order = Admission(1, 1, 0.01), list[int]()
    holder = _Holder(admission, 0, order)
    await _turn()
    with pytest.raises(Saturated, match=r"waited 0\.01 s for one of 1 slots"):
        async with admission.slot():
            pass
    assert admission.waiting == 0
    holder.leave.set()
    await holder.task
    assert admission.running == 0


async def test_a_run_that_fails_gives_its_slot_back() -> None:
    admission = Admission(1, 0, _NEVER)
    with pytest.raises(ZeroDivisionError):
        async with admission.slot():
            raise ZeroDivisionError
    async with admission.slot():
        assert admission.running == 1


async def test_cancelling_one_who_waits_frees_its_place_in_the_queue() -> None:
    admission, order = Admission(1, 1, _NEVER), list[int]()
    holder, waiting = _Holder(admission, 0, order), _Holder(admission, 1, order)
    await _turn()
    waiting.task.cancel()
    await _turn()
    assert admission.waiting == 0
    holder.leave.set()
    await holder.task
    assert admission.running == 0


async def test_a_slot_given_in_the_instant_of_cancellation_goes_to_the_next() -> None:
    admission, order = Admission(1, 2, _NEVER), list[int]()
    holder, cancelled, last = (_Holder(admission, name, order) for name in range(3))
    await _turn()
    holder.leave.set()
    await asyncio.sleep(0)  # the holder wakes, leaves, and gives its slot to the next in line
    cancelled.task.cancel()
    last.leave.set()
    await asyncio.wait_for(last.task, 5)
    assert admission.running == 0
    assert admission.waiting == 0


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel", "pause"]), st.integers(0, 9)), max_size=60),
)
def test_no_sequence_of_events_loses_or_invents_a_slot(capacity: int, events: list[tuple[str, int]]) -> None:
    asyncio.run(_play(capacity, events))


async def _play(capacity: int, events: list[tuple[str, int]]) -> None:
    admission, order = Admission(capacity, 4, _NEVER), list[int]()
    holders: list[_Holder] = []
    for action, which in events:
        if action == "enter":
            holders.append(_Holder(admission, len(holders), order))
        elif action == "pause":
            await _turn()
        elif holders:
            holder = holders[which % len(holders)]
            holder.leave.set() if action == "leave" else holder.task.cancel()
        assert 0 <= admission.running <= capacity
    for holder in holders:
        holder.leave.set()
    ended = await asyncio.wait_for(
        asyncio.gather(*(holder.task for holder in holders), return_exceptions=True), timeout=5
    )
    assert all(isinstance(end, Saturated | asyncio.CancelledError | None) for end in ended)
    assert (admission.running, admission.waiting) == (0, 0)

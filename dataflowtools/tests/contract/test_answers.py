"""Answers by idempotency key: the same from a database of either kind and from the fake."""

from __future__ import annotations

import asyncio

import pytest

from contract.conftest import Ports
from errors import KeyReused, RequestRunning
from logics.answers import StoredAnswer

ANSWER = StoredAnswer(201, {"Location": "/x"}, '{"ä": "👍"}')


async def test_the_second_request_gets_the_answer_of_the_first(ports: Ports) -> None:
    assert await ports.answers.begin("key", "body", "1") is None
    await ports.answers.finish("key", "1", ANSWER)
    assert await ports.answers.begin("key", "body", "2") == ANSWER


async def test_while_the_first_runs_the_second_is_refused(ports: Ports) -> None:
    await ports.answers.begin("key", "body", "1")
    with pytest.raises(RequestRunning):
        await ports.answers.begin("key", "body", "2")


async def test_another_body_is_refused_running_or_answered(ports: Ports) -> None:
    await ports.answers.begin("key", "body", "1")
    with pytest.raises(KeyReused):
        await ports.answers.begin("key", "other", "2")
    await ports.answers.finish("key", "1", ANSWER)
    with pytest.raises(KeyReused):
        await ports.answers.begin("key", "other", "2")


async def test_after_a_failure_the_key_is_free(ports: Ports) -> None:
    await ports.answers.begin("key", "body", "1")
    await ports.answers.give_up("key", "1")
    assert await ports.answers.begin("key", "other", "2") is None


async def test_a_request_that_died_gives_its_key_to_the_next_and_cannot_answer_any_more(ports: Ports) -> None:
    await ports.hasty_answers.begin("key", "body", "dead")
    assert await ports.answers.begin("key", "body", "2") is None
    await ports.answers.finish("key", "dead", StoredAnswer(200, {}, "late"))
    await ports.answers.give_up("key", "dead")
    with pytest.raises(RequestRunning):
        await ports.answers.begin("key", "body", "3")


async def test_a_renewed_lease_holds(ports: Ports) -> None:
    await ports.hasty_answers.begin("key", "body", "1")
    await ports.answers.renew("key", "1")
    with pytest.raises(RequestRunning):
        await ports.answers.begin("key", "body", "2")


async def test_of_many_with_one_key_one_acts(ports: Ports) -> None:
    begun = await asyncio.gather(
        *(ports.answers.begin("key", "body", str(number)) for number in range(6)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in begun) == ["NoneType"] + ["RequestRunning"] * 5


async def test_expiry_leaves_what_is_still_kept(ports: Ports) -> None:
    await ports.answers.begin("key", "body", "1")
    await ports.answers.finish("key", "1", ANSWER)
    await ports.answers.expire()
    assert await ports.answers.begin("key", "body", "2") == ANSWER

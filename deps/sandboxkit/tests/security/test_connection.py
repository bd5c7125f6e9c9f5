"""What a hostile worker can send to its supervisor, and what that must not do."""

from __future__ import annotations

import asyncio
import os

import pytest

from conftest import Sandbox
from hostile import leaks, specs
from sandboxkit.outcome import Verdict
from sandboxkit.pool import Pool

_SEND = "import os, struct, time\ndef send(kind, body): os.write(3, struct.pack('<BI', ord(kind), len(body)) + body)\n"
_VIOLATIONS = {
    "noise": "os.write(3, bytes(range(255)) * 10)",
    "an unknown kind": "send('!', b'')",
    "a frame larger than allowed": "os.write(3, struct.pack('<BI', ord('R'), 0xffffffff))",
    "a frame one byte too large": "os.write(3, struct.pack('<BI', ord('N'), (64 << 20) + 1))",
    "endless notes": "while True: send('N', b'x')",
    "endless requests": "while True: send('Q', b'x')",
    "endless faults": "while True: send('F', b'x')",
    "endless jobs": "while True: send('J', b'x')",
}


@pytest.mark.parametrize("code", _VIOLATIONS.values(), ids=_VIOLATIONS.keys())
async def test_what_is_no_conversation_ends_the_worker(sandbox: Sandbox, code: str) -> None:
    outcome = await sandbox.run(specs.errand(f"{_SEND}{code}\ntime.sleep(1000)", wall=10))
    assert outcome.verdict is Verdict.PROTOCOL_VIOLATED
    assert outcome.result is None


async def test_a_frame_that_never_ends_is_ended_by_the_deadline(sandbox: Sandbox) -> None:
    outcome = await sandbox.run(
        specs.errand(f"{_SEND}os.write(3, struct.pack('<BI', ord('R'), 1000))\ntime.sleep(1000)", wall=0.3)
    )
    assert outcome.verdict is Verdict.WALL_TIME_EXCEEDED


async def test_a_forged_result_is_only_the_forgers_own(sandbox: Sandbox) -> None:
    forged = await sandbox.run(specs.errand(f"{_SEND}send('R', b'forged')\ntime.sleep(1000)"))
    honest = await sandbox.run(specs.errand("print('honest')"))
    assert (forged.verdict, forged.result) == (Verdict.COMPLETED, b"forged")
    assert (honest.verdict, honest.result, honest.stdout) == (Verdict.COMPLETED, b'"ok"', b"honest\n")


async def test_only_the_first_result_counts(sandbox: Sandbox) -> None:
    outcome = await sandbox.run(specs.errand(f"{_SEND}send('R', b'first'); send('R', b'second')"))
    assert outcome.result == b"first"


async def test_descriptors_sent_to_the_supervisor_are_not_taken(full: Pool) -> None:
    code = """
import socket
line = socket.socket(fileno=3)
for _ in range(2):
    socket.send_fds(line, [b"N\\0\\0\\0\\0"], [0] * 50)
line.detach()
"""
    before = await leaks.settled(full)
    outcome = await full.run(specs.errand(code, most_frames=100))
    assert outcome.result == b'"ok"'
    assert await leaks.settled(full) == before


async def test_requests_without_a_service_are_refused(full: Pool) -> None:
    outcome = await full.run(specs.errand("print(channel.request(b'please'))"))
    assert outcome.stdout == b'(b\'{"error": "not available"}\', [])\n'


async def test_a_request_is_answered_with_descriptors(full: Pool) -> None:
    async def answer(payload: bytes) -> tuple[bytes, tuple[int, ...]]:
        reading, writing = os.pipe()
        os.write(writing, b"through a pipe")
        os.close(writing)
        return payload.upper(), (reading,)

    before = await leaks.settled(full)
    code = "answer, fds = channel.request(b'please')\nimport os; print(answer, os.read(fds[0], 100))"
    outcome = await full.run(specs.errand(code, answer=answer))
    assert outcome.stdout == b"b'PLEASE' b'through a pipe'\n"
    assert await leaks.settled(full) == before


async def test_a_long_answer_arrives_whole(full: Pool) -> None:
    async def answer(_: bytes) -> tuple[bytes, tuple[int, ...]]:
        return b"x" * (8 << 20), ()

    outcome = await full.run(specs.errand("print(len(channel.request(b'much')[0]))", answer=answer))
    assert outcome.stdout == b"%d\n" % (8 << 20)


async def test_a_worker_cannot_have_more_than_a_few_questions_open(full: Pool) -> None:
    never = asyncio.get_running_loop().create_future()
    asked = 0

    async def answer(_: bytes) -> tuple[bytes, tuple[int, ...]]:
        nonlocal asked
        asked += 1
        await never
        raise AssertionError

    code = f"{_SEND}for _ in range(1000): send('Q', b'x')\ntime.sleep(1000)"
    outcome = await full.run(specs.errand(code, answer=answer, most_frames=10_000))
    assert outcome.verdict is Verdict.PROTOCOL_VIOLATED
    assert asked <= 16


async def test_a_large_job_and_a_large_result_arrive_whole(full: Pool) -> None:
    code = f"{_SEND}send('R', b'y' * (8 << 20))\n#" + "x" * (32 << 20)
    outcome = await full.run(specs.errand(code, memory=512 << 20))
    assert outcome.result == b"y" * (8 << 20)


async def test_a_job_that_the_worker_does_not_read_ends_with_it(full: Pool) -> None:
    tasks = [asyncio.create_task(full.run(specs.errand("#" + "x" * (48 << 20), wall=0.01))) for _ in range(2)]
    outcomes = await asyncio.gather(*tasks)
    assert {outcome.verdict for outcome in outcomes} <= {Verdict.WALL_TIME_EXCEEDED, Verdict.COMPLETED}


async def test_notes_are_heard(full: Pool) -> None:
    heard: list[bytes] = []
    await full.run(specs.errand("channel.note(b'one'); channel.note(b'two')", note=heard.append))
    assert heard == [b"one", b"two"]


async def test_a_guests_own_defect_is_told_to_the_log_only() -> None:
    faults: list[str] = []
    pool = Pool(specs.spec(guest="BrokenRun"), ready=1)
    await pool.start()
    try:
        outcome = await pool.run(specs.errand("", fault=faults.append))
    finally:
        await pool.close()
    assert (outcome.verdict, outcome.detail) == (Verdict.EXITED, "exit code 70")
    assert "this guest has a defect" in faults[0]
    assert b"defect" not in outcome.stdout + outcome.stderr

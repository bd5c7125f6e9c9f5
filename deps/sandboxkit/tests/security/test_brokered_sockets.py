"""Workers that may hold TCP sockets: they configure and use what a broker gave, and open nothing."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hostile import specs
from hostile.attack import REFUSED, Attack
from hostile.victims import Victims
from sandboxkit.layers import ALL_LAYERS
from sandboxkit.pool import Pool

_OPEN = (
    Attack("connect", 'socket.socket().connect(("127.0.0.1", {PORT}))'),
    Attack("connect without waiting", 'socket.create_connection(("127.0.0.1", {PORT}), 1)'),
    Attack("send with the connection", 'socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", {PORT}))'),
    Attack(
        "send a message with the connection",
        'socket.socket().sendmsg([b"x"], [], 0x20000000, ("127.0.0.1", {PORT}))',
    ),
    Attack(
        "enable fast open",
        "socket.socket().setsockopt(socket.IPPROTO_TCP, 30, 1)",  # TCP_FASTOPEN_CONNECT
    ),
    Attack("bind", 'socket.socket().bind(("127.0.0.1", 0))'),
    Attack("listen", "socket.socket().listen()"),
    Attack("use UDP", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"),
    Attack("use a unix socket", "socket.socket(socket.AF_UNIX)"),
    Attack("use multipath TCP", "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)"),
)


@pytest_asyncio.fixture(scope="module", params=["full", "container"])
async def connected(request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    enabled = specs.IN_CONTAINERS if request.param == "container" else ALL_LAYERS
    pool = Pool(specs.spec("connected", sockets=True, enabled=enabled), ready=1)
    await pool.start()
    yield pool
    await pool.close()


@pytest.mark.parametrize("attack", _OPEN, ids=lambda attack: attack.name)
async def test_a_worker_with_sockets_opens_no_connection(connected: Pool, attack: Attack, victims: Victims) -> None:
    outcome = await connected.run(specs.errand(victims.fill_in(attack.program())))
    assert outcome.stdout.decode().startswith(REFUSED), (outcome.stdout, outcome.result)
    assert victims.traces() == victims.untouched


async def test_a_worker_uses_the_connection_that_its_broker_made(connected: Pool) -> None:
    here, there = socket.socketpair()

    async def answer(_: bytes) -> tuple[bytes, tuple[int, ...]]:
        return b"granted", (there.detach(),)

    code = """
import socket
_, fds = channel.request(b"example.org:443")
line = socket.socket(fileno=fds[0])
line.settimeout(5)
line.sendall(b"question")
print(line.recv(100))
"""
    here.sendall(b"reply")
    outcome = await connected.run(specs.errand(code, answer=answer))
    assert outcome.stdout == b"b'reply'\n"
    assert here.recv(100) == b"question"
    here.close()


async def test_a_socket_of_ones_own_is_good_for_nothing_but_its_options(connected: Pool) -> None:
    code = """
import socket
line = socket.socket()
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
line.settimeout(1)
print(line.getsockname())
"""
    assert (await connected.run(specs.errand(code))).stdout == b"('0.0.0.0', 0)\n"

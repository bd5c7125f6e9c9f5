"""Decisions of the connection broker, with a resolver of the test; nothing leaves the machine.

What is refused is refused before any connection is made, which ``no_connections`` makes
sure of; what connects, connects to a listener of the test.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from servicekit.testing.resolver import FakeResolver

from drivenadapters.sandbox.egress import Egress, Refusal, SystemResolver, Unresolved

PUBLIC = "93.184.216.34"


async def ask(egress: Egress, **question: Any) -> tuple[dict[str, Any], tuple[int, ...]]:
    return await ask_raw(egress, json.dumps(question).encode())


async def ask_raw(egress: Egress, payload: bytes) -> tuple[dict[str, Any], tuple[int, ...]]:
    answer, descriptors = await egress.answer(payload)
    parsed: dict[str, Any] = json.loads(answer)
    return parsed, descriptors


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any attempt to connect fail the test."""

    async def connect(address: str, port: int) -> int:
        raise AssertionError(f"connected to {address}:{port}")

    monkeypatch.setattr("drivenadapters.sandbox.egress._connect_to", connect)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_connections")
async def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    egress = Egress(FakeResolver({"trap.example": [address]}))
    for question in ({"do": "connect", "port": 80}, {"do": "resolve"}):
        answer, descriptors = await ask(egress, host="trap.example", **question)
        assert "not a public address" in answer["error"]
        assert "unresolved" not in answer
        assert descriptors == ()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1",
        "0", "[::1]", "::1", "::ffff:7f00:1", "169.254.169.254", "0xa9fea9fe", "2852039166",
        "10.0.0.1", "0.0.0.0", "fe80::1%lo",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_connections")
async def test_every_way_of_writing_a_local_host_is_refused_by_the_system_s_own_resolver(host: str) -> None:
    answer, descriptors = await ask(Egress(), do="connect", host=host, port=80)
    assert answer["error"]
    assert descriptors == ()


async def test_one_run_has_at_most_two_requests_in_progress_whatever_others_have() -> None:
    gate, asked = asyncio.Event(), asyncio.Queue[str]()

    async def resolve(name: str) -> list[str]:
        asked.put_nowait(name)
        await gate.wait()
        return [PUBLIC]

    egress = Egress(resolve)
    greedy, other = egress.for_run(), egress.for_run()
    questions = [(greedy, "greedy.example")] * 5 + [(other, "other.example")]
    asking = [
        asyncio.ensure_future(answer(json.dumps({"do": "resolve", "host": host}).encode()))
        for answer, host in questions
    ]
    async with asyncio.timeout(10):
        first = sorted([await asked.get() for _ in range(3)])
    assert first == ["greedy.example", "greedy.example", "other.example"]
    assert asked.empty()
    gate.set()
    assert {answer for answer, _ in await asyncio.gather(*asking)} == {json.dumps({"addresses": [PUBLIC]}).encode()}


async def test_names_are_looked_up_in_threads_that_end_when_the_resolver_closes() -> None:
    resolver = SystemResolver()
    assert await resolver("127.0.0.1") == ["127.0.0.1"]
    resolver.close()
    with pytest.raises(RuntimeError):
        await resolver("127.0.0.1")


async def test_only_the_public_ones_among_many_addresses_are_used() -> None:
    egress = Egress(FakeResolver({"mixed.example": ["127.0.0.1", PUBLIC, "10.0.0.1", "::1"]}))
    assert await egress.addresses("mixed.example") == [PUBLIC]


async def test_at_most_eight_addresses_are_given() -> None:
    egress = Egress(FakeResolver({"many.example": [f"93.184.216.{n}" for n in range(1, 50)]}))
    assert len(await egress.addresses("many.example")) == 8


@pytest.mark.usefixtures("no_connections")
async def test_a_name_that_changes_its_address_is_judged_each_time() -> None:
    resolver = FakeResolver({"rebind.example": [PUBLIC]})
    egress = Egress(resolver)
    assert (await ask(egress, do="resolve", host="rebind.example"))[0] == {"addresses": [PUBLIC]}
    resolver.names["rebind.example"] = ["127.0.0.1"]
    answer, _ = await ask(egress, do="connect", host="rebind.example", port=80)
    assert "not a public address" in answer["error"]


@pytest.mark.parametrize("host", ["nowhere.example", "", "x" * 256, "a b", "\udcff.example", "a\x00b", ".", "ü" * 200])
async def test_a_name_without_address_is_unresolved(host: str) -> None:
    answer, descriptors = await ask(Egress(FakeResolver({})), do="resolve", host=host)
    assert answer["unresolved"] is True
    assert descriptors == ()


async def test_a_resolver_that_gives_no_address_means_unresolved() -> None:
    with pytest.raises(Unresolved):
        await Egress(FakeResolver({"empty.example": []})).addresses("empty.example")


async def test_a_refusal_tells_the_name_and_the_rule() -> None:
    with pytest.raises(Refusal, match=r"^intranet\.example is not a public address: programs may connect to the pub"):
        await Egress(FakeResolver({"intranet.example": ["10.0.0.1"]})).addresses("intranet.example")


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
@pytest.mark.usefixtures("no_connections")
async def test_what_is_no_port_is_refused(port: int) -> None:
    answer, _ = await ask(Egress(FakeResolver({"a.example": [PUBLIC]})), do="connect", host="a.example", port=port)
    assert answer["error"] == f"{port} is not a port"


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"1", b'"x"', b"null", b"{}", b'{"do": "connect"}',
        b'{"do": "connect", "host": "a.example"}',
        b'{"do": "connect", "host": "a.example", "port": "x"}',
        b'{"do": "connect", "host": "a.example", "port": null}',
        b'{"do": "connect", "host": "a.example", "port": [1]}',
        b'{"do": "connect", "host": "a.example", "port": Infinity}',
        b'{"do": "connect", "host": "a.example", "port": NaN}',
        b'{"do": "connect", "host": "a.example", "port": 80, "timeout": "x"}',
        b'{"do": "connect", "host": "a.example", "port": 80, "timeout": NaN}',
        b'{"do": "connect", "host": "a.example", "port": 80, "timeout": [1]}',
        b'{"do": "connect", "host": "a.example", "port": 80, "timeout": 1' + b"0" * 5000 + b"}",
        b'{"do": "listen", "host": "a.example", "port": "x"}',
        b"[" * 100_000,
    ],
    ids=lambda payload: payload[:70].decode("latin-1"),
)  # fmt: skip
@pytest.mark.usefixtures("no_connections")
async def test_a_forged_request_is_answered_and_does_nothing(payload: bytes) -> None:
    answer, descriptors = await ask_raw(Egress(FakeResolver({"a.example": [PUBLIC]})), payload)
    assert answer["error"] == "not a request"
    assert descriptors == ()


async def test_the_descriptor_that_is_handed_over_is_connected_to_the_judged_address(listener: socket.socket) -> None:
    resolver = FakeResolver({"test.example": ["127.0.0.1"]})
    egress = Egress(resolver, allow=lambda address: address == "127.0.0.1")
    answer, (fd,) = await ask(egress, do="connect", host="test.example", port=listener.getsockname()[1], timeout=5)
    assert answer == {}
    with socket.socket(fileno=fd) as handed, listener.accept()[0] as accepted:
        handed.sendall(b"hello")
        assert accepted.recv(16) == b"hello"
        assert handed.getblocking()


async def test_a_refused_connection_keeps_its_error_number() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: nothing answers
        egress = Egress(FakeResolver({"test.example": ["127.0.0.1"]}), allow=lambda _: True)
        answer, descriptors = await ask(egress, do="connect", host="test.example", port=bound.getsockname()[1])
    assert answer["errno"] == errno.ECONNREFUSED
    assert answer["error"]
    assert descriptors == ()


async def test_the_next_address_is_tried_when_one_does_not_answer(listener: socket.socket) -> None:
    egress = Egress(FakeResolver({"test.example": ["127.0.0.9", "127.0.0.1"]}), allow=lambda _: True)
    answer, (fd,) = await ask(egress, do="connect", host="test.example", port=listener.getsockname()[1])
    socket.close(fd)
    assert answer == {}


async def test_a_connection_that_takes_too_long_says_so() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):  # the queue is full: the next one waits
            egress = Egress(FakeResolver({"test.example": ["127.0.0.1"]}), allow=lambda _: True)
            answer, _ = await ask(egress, do="connect", host="test.example", port=full.getsockname()[1], timeout=0.05)
    assert answer == {"error": "timed out", "errno": errno.ETIMEDOUT}

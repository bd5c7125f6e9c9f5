"""Where notices go: nowhere that a caller must not reach through this service."""

from __future__ import annotations

import asyncio
import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from servicekit.testing.resolver import FakeResolver

from drivenadapters.callbacks import HttpCallbackSender
from errors import Forbidden, InvalidInput, Unavailable

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://localhost/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1:8080/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
]
NO_ADDRESS = [
    "",
    "example.com",
    "//example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "http://",
    "http:///path",
    "http://user:secret@example.com/",
    "http://[::1",
    "http://example.com:99999/",
    "http://example.com:0/",
    "http://exa mple.com\r\nX: y/",
    "https://" + "a" * 2000 + "/",
]


class Target(http.server.BaseHTTPRequestHandler):
    """Remembers who asked for what."""

    def do_POST(self) -> None:
        """Answer 204."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def target() -> Iterator[Any]:
    """Run a server on loopback that nobody should reach."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    server.heard = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("url", PRIVATE)
async def test_private_and_local_addresses_are_refused_when_asked_and_when_sent(url: str) -> None:
    sender = HttpCallbackSender()
    with pytest.raises(InvalidInput, match="callback_url"):
        await sender.check(url)
    with pytest.raises((Forbidden, Unavailable)):
        await sender.send(url, b"{}", {})


@pytest.mark.parametrize("url", NO_ADDRESS)
async def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="callback_url"):
        await HttpCallbackSender().check(url)


@pytest.mark.parametrize("kind", ["forbidden", "allowed"])
async def test_the_service_s_own_host_is_reached_only_where_that_is_allowed(kind: str) -> None:
    sender = HttpCallbackSender(lambda _: True) if kind == "allowed" else HttpCallbackSender()
    with target() as server:
        url = f"http://127.0.0.1:{server.server_port}/told"
        if kind == "allowed":
            await sender.check(url)
            await sender.send(url, b"{}", {"X-Y": "z"})
        else:
            with pytest.raises(Forbidden):
                await sender.send(url, b"{}", {})
    assert len(server.heard) == (1 if kind == "allowed" else 0)


async def test_a_name_that_turns_private_after_it_was_judged_is_refused_when_it_is_sent() -> None:
    resolver = FakeResolver({"rebind.example": ["93.184.216.34"]})
    sender = HttpCallbackSender(resolve=resolver)
    await sender.check("http://rebind.example/")
    with target() as server:
        resolver.names["rebind.example"] = ["127.0.0.1"]
        with pytest.raises(Forbidden):
            await sender.send(f"http://rebind.example:{server.server_port}/", b"{}", {})
    assert server.heard == []


async def test_of_several_addresses_the_private_ones_are_left_out() -> None:
    tried = []

    def allow(address: str) -> bool:
        tried.append(address)
        return address == "127.0.0.2"

    resolver = FakeResolver({"mixed.example": ["10.0.0.1", "127.0.0.2"]})
    with target() as server:
        sender = HttpCallbackSender(allow, resolver)
        with pytest.raises(Unavailable):
            # nobody listens on 127.0.0.2: had the judged address not been the one, 127.0.0.1 would answer
            await sender.send(f"http://mixed.example:{server.server_port}/", b"{}", {})
    assert server.heard == []
    assert tried == ["10.0.0.1", "127.0.0.2"]


async def test_the_host_s_own_name_is_what_the_receiver_sees() -> None:
    sender = HttpCallbackSender(lambda _: True, FakeResolver({"hooks.example": ["127.0.0.1"]}))
    with target() as server:
        await sender.send(f"http://hooks.example:{server.server_port}/a?b=c", b"{}", {})
    path, headers = server.heard[0]
    assert path == "/a?b=c"
    assert headers["Host"] == f"hooks.example:{server.server_port}"


async def test_a_name_without_an_address_is_refused_and_later_not_delivered() -> None:
    sender = HttpCallbackSender(resolve=FakeResolver({}))
    with pytest.raises(InvalidInput, match="no address"):
        await sender.check("https://nobody.example/")
    with pytest.raises(Unavailable):
        await sender.send("https://nobody.example/", b"{}", {})


async def test_a_receiver_without_a_trusted_certificate_is_not_told() -> None:
    sender = HttpCallbackSender(lambda _: True)
    with target() as server, pytest.raises((Unavailable, ssl.SSLError)):
        await asyncio.wait_for(sender.send(f"https://127.0.0.1:{server.server_port}/", b"{}", {}), 60)
    assert server.heard == []

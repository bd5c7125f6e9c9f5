# ruff: noqa: E501 - a program reads best on its own lines
"""The network: nothing by default, only what the operator's service connects otherwise."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from servicekit.testing.resolver import FakeResolver

from drivenadapters.sandbox.egress import Egress
from harness.attacks import Surroundings
from harness.service import RunningService, running, settings_for, worker_sandbox

NAME = "test.example"
_SETTINGS = {"allow_network": True, "max_concurrent_runs": 3, "ready_workers": 1}

ATTEMPTS = {
    "tcp": "socket.create_connection(('127.0.0.1', {PORT}), 2)",
    "tcp by descriptor": "s = socket.socket()\ns.connect(('127.0.0.1', {PORT}))",
    "connect_ex": "s = socket.socket()\nassert s.connect_ex(('127.0.0.1', {PORT})) != 0\nraise OSError",
    "unpatched connect": "import _socket\ns = _socket.socket()\ns.connect(('127.0.0.1', {PORT}))",
    "ipv6": "s = socket.socket(socket.AF_INET6)\ns.connect(('::ffff:127.0.0.1', {PORT}))",
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {PORT}))",
    "udp connect": "import _socket\ns = _socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.connect(('127.0.0.1', {PORT}))\ns.send(b'x')",
    "fast open": "import _socket\ns = _socket.socket()\ns.sendto(b'x', 0x20000000, ('127.0.0.1', {PORT}))",
    "fast open by message": "s = socket.socket()\ns.sendmsg([b'x'], [], 0x20000000, ('127.0.0.1', {PORT}))",
    "bind": "import _socket\ns = _socket.socket()\ns.bind(('127.0.0.1', 0))",
    "listen": "import _socket\ns = _socket.socket()\ns.listen()\ns.accept()",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "unix": "s = socket.socket(socket.AF_UNIX)\ns.connect('/run/docker.sock')",
    "abstract unix": "s = socket.socket(socket.AF_UNIX)\ns.connect('\\0x')",
    "vsock": "socket.socket(40, socket.SOCK_STREAM)",
    "sctp": "socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET, 132)",
    "asyncio": "import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', {PORT}))",
    "urllib": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{PORT}/', timeout=2)",
    "requests": "import requests\nrequests.get('http://127.0.0.1:{PORT}/', timeout=2)",
    "httpx": "import httpx\nhttpx.get('http://127.0.0.1:{PORT}/', timeout=2)",
    "pandas": "import pandas as pd\npd.read_csv('http://127.0.0.1:{PORT}/')",
    "lxml": "import lxml.html\nlxml.html.parse('http://127.0.0.1:{PORT}/')",
}  # fmt: skip

HOSTS = [
    "127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::1", "::ffff:127.0.0.1",
    "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.100.100.200", "fe80::1", "fd00:ec2::254",
]  # fmt: skip


class Page(http.server.BaseHTTPRequestHandler):
    """Answers every GET with what was asked for."""

    def do_GET(self) -> None:
        body = f"you asked for {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def web() -> Iterator[int]:
    """The port of a web server on loopback."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def open_service() -> Iterator[RunningService]:
    """The service with the network allowed; one test name leads to loopback, another inside."""
    resolver = FakeResolver({NAME: ["127.0.0.1"], "inside.example": ["10.1.2.3"]})
    settings = settings_for(**_SETTINGS)
    egress = Egress(resolver, allow=lambda address: address == "127.0.0.1")
    with running(settings, worker_sandbox(settings, egress=egress)) as service:
        yield service


@pytest.fixture(scope="module")
def real_service() -> Iterator[RunningService]:
    """The service with the network allowed, its own resolver and its own judgement."""
    with running(settings_for(**_SETTINGS)) as service:
        yield service


@pytest.fixture(scope="module")
def real_unguarded() -> Iterator[RunningService]:
    """The same under the kernel layer alone."""
    settings = settings_for(**_SETTINGS)
    with running(settings, worker_sandbox(settings, language_layer=False)) as service:
        yield service


def attempt(service: RunningService, surroundings: Surroundings, name: str, *, network: bool) -> dict[str, Any]:
    code = "import socket\n" + ATTEMPTS[name].replace("{PORT}", str(surroundings.port))
    return service.client.run(code, network=network, timeout=15, memory_mb=256)


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize("layer", ["guarded", "unguarded"])
def test_by_default_no_way_leads_out(
    request: pytest.FixtureRequest, surroundings: Surroundings, layer: str, name: str
) -> None:
    answer = attempt(request.getfixturevalue(layer), surroundings, name, network=False)
    assert answer["status"] in ("error", "rejected"), answer
    assert surroundings.reached == []


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize("layer", ["real_service", "real_unguarded"])
def test_with_the_network_allowed_loopback_and_everything_but_tcp_stay_closed(
    request: pytest.FixtureRequest, surroundings: Surroundings, layer: str, name: str
) -> None:
    answer = attempt(request.getfixturevalue(layer), surroundings, name, network=True)
    assert answer["status"] in ("error", "rejected"), answer
    assert surroundings.reached == []


@pytest.mark.parametrize("host", HOSTS)
def test_hosts_that_are_not_public_are_refused_with_the_reason(real_unguarded: RunningService, host: str) -> None:
    code = "import socket\nsocket.create_connection((host, 80), 5)"
    answer = real_unguarded.client.run(code, inputs={"host": host}, network=True)
    assert answer["status"] == "error"
    assert "not a public address" in answer["error"]["message"], answer["error"]


@pytest.mark.parametrize("host", [f"[{host}]" if ":" in host else host for host in HOSTS])
@pytest.mark.parametrize("library", ["requests", "httpx"])
def test_libraries_are_told_the_reason_too(real_service: RunningService, library: str, host: str) -> None:
    code = f"import {library}\n{library}.get('http://' + host + '/', timeout=5)"
    answer = real_service.client.run(code, inputs={"host": host}, network=True)
    assert answer["status"] == "error"
    refused_by_library = answer["error"]["type"] == "InvalidURL"  # httpx takes no octal
    assert refused_by_library or "not a public address" in answer["error"]["message"], answer["error"]


def test_a_name_that_leads_inside_is_refused_with_the_reason(open_service: RunningService) -> None:
    answer = open_service.client.run("import requests\nrequests.get('http://inside.example/', timeout=5)", network=True)
    assert "inside.example is not a public address" in answer["error"]["message"]


def test_a_name_that_does_not_exist_is_an_ordinary_resolution_error(open_service: RunningService) -> None:
    answer = open_service.client.run("import httpx\nhttpx.get('http://nowhere.example/')", network=True)
    assert (answer["status"], answer["error"]["type"]) == ("error", "ConnectError")
    assert "no address for nowhere.example" in answer["error"]["message"]


@pytest.mark.parametrize(
    "code",
    [
        "import requests\nprint(requests.get(url, timeout=10).text)",
        "import requests\nwith requests.Session() as s:\n    s.get(url, timeout=10)\n    print(s.get(url, timeout=10).text)",
        "import urllib.request\nprint(urllib.request.urlopen(url, timeout=10).read().decode())",
        "import httpx\nprint(httpx.get(url, timeout=10).text)",
        "import http.client, urllib.parse\np = urllib.parse.urlsplit(url)\n"
        "c = http.client.HTTPConnection(p.netloc, timeout=10)\nc.request('GET', p.path)\nprint(c.getresponse().read().decode())",
        "from concurrent.futures import ThreadPoolExecutor\nimport requests\n"
        "with ThreadPoolExecutor(4) as pool:\n    texts = list(pool.map(lambda _: requests.get(url, timeout=10).text, range(8)))\n"
        "print(texts[7])\nassert len(set(texts)) == 1",
    ],
)
def test_the_usual_libraries_fetch_through_the_service(open_service: RunningService, web: int, code: str) -> None:
    answer = open_service.client.run(code, inputs={"url": f"http://{NAME}:{web}/page"}, network=True, timeout=25)
    assert (answer["status"], answer["result"]) == ("success", "you asked for /page\n"), answer


def test_a_program_that_does_not_ask_for_the_network_has_none_even_where_allowed(
    open_service: RunningService, web: int
) -> None:
    answer = open_service.client.run(
        "import requests\nprint(requests.get(url, timeout=10).text)", inputs={"url": f"http://{NAME}:{web}/"}
    )
    assert answer["status"] in ("error", "rejected")


def test_a_closed_port_is_an_ordinary_refusal(open_service: RunningService) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        code = "import requests\nrequests.get(url, timeout=5)"
        url = f"http://{NAME}:{bound.getsockname()[1]}/"
        answer = open_service.client.run(code, inputs={"url": url}, network=True)
    assert answer["error"]["type"] == "ConnectionError"
    assert "Errno 111" in answer["error"]["message"]


def test_a_flood_of_requests_for_connections_ends_the_run_alone(real_unguarded: RunningService) -> None:
    code = "import socket\nwhile True:\n    try:\n        socket.getaddrinfo('10.0.0.1', 1)\n    except OSError: pass"
    answer = real_unguarded.client.run(code, network=True, timeout=10)
    assert answer["status"] in ("crashed", "timeout")
    assert real_unguarded.client.run("print(1)", network=True)["result"] == "1\n"

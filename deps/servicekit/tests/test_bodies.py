"""Bodies that are too large, refused on the way, or abandoned."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest
from sample_service import Running

MEBIBYTE = 1024 * 1024


@pytest.fixture
def small(start: Callable[..., Running]) -> Running:
    """A service that takes bodies of 1 MiB, and uploads of 2."""
    return start(max_body_mb=1)


def post_all_then_read(port: int, request: bytes) -> tuple[bytes, bytes]:
    """As clients that look for no answer until they have sent everything."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def request_of(size: int, path: str = "/api/echo", method: str = "POST") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + b" " * size


def chunked(pieces: Iterator[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_body_declared_too_large_gets_a_413_that_names_the_setting(small: Running) -> None:
    head, body = post_all_then_read(small.port, request_of(30 * MEBIBYTE))
    assert head.startswith(b"HTTP/1.1 413 ")
    error = json.loads(body)["error"]
    assert error["code"] == "too_large"
    assert error["message"] == "the request body is larger than 1 MiB, the limit set by MAX_BODY_MB"


def test_a_chunked_body_that_grows_too_large_gets_a_413_and_a_close(small: Running) -> None:
    head = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = (b" " * 65536 for _ in range(200))
    answer, body = post_all_then_read(small.port, head + chunked(pieces))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer
    assert json.loads(body)["error"]["code"] == "too_large"


def test_a_body_of_exactly_the_limit_is_read(small: Running) -> None:
    headers = {"Content-Type": "application/json"}
    padding = b" " * (MEBIBYTE - len(b'{"text": "a"}'))
    assert small.client.post("/api/echo", content=b'{"text": "a"}' + padding, headers=headers).status_code == 200
    answer = small.client.post("/api/echo", content=b'{"text": "a"}' + padding + b" ", headers=headers)
    assert answer.status_code == 413


def test_after_a_refused_body_the_connection_serves_the_next_request(small: Running) -> None:
    next_request = b"GET /api/items HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    _, rest = post_all_then_read(small.port, request_of(2 * MEBIBYTE) + next_request)
    assert b"HTTP/1.1 200 OK" in rest


def test_a_client_that_waits_for_continue_is_refused_before_it_sends(small: Running) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as connection:
        head = f"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: {9 * MEBIBYTE}\r\n"
        connection.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 413 ")


def test_each_route_has_its_own_limit(small: Running) -> None:
    body = b"x" * (MEBIBYTE + 1)
    answer = small.client.put("/api/upload", content=body)
    assert (answer.status_code, answer.json()["result"]) == (201, len(body))
    refused = small.client.put("/api/upload", content=b"x" * (2 * MEBIBYTE + 1))
    assert "MAX_UPLOAD_MB" in refused.json()["error"]["message"]


def test_a_streaming_handler_may_refuse_while_the_body_arrives(small: Running) -> None:
    answer = small.client.put("/api/upload", content=b"reject" + b"x" * MEBIBYTE)
    assert answer.status_code == 422
    assert small.client.put("/api/upload", content=b"fine").status_code == 201


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/items"])
def test_refusals_with_a_large_body_are_answered_and_not_reset(small: Running, path: str) -> None:
    head, _ = post_all_then_read(small.port, request_of(20 * MEBIBYTE, path))
    assert head.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 405 "))


def test_a_client_that_leaves_in_the_middle_of_its_body_is_accounted_for(small: Running) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=20) as connection:
        connection.sendall(b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        post_all_then_read(small.port, b"GET /api/items HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    small.wait(small.app.state.until_idle())
    assert small.app.state.in_flight == 0


def leave_while_it_runs(service: Running, path: str) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        assert service.gate.entered.wait(20)


def test_work_that_allows_it_is_cancelled_when_its_client_leaves(small: Running) -> None:
    leave_while_it_runs(small, "/api/cancellable")
    assert small.gate.cancelled.wait(20)
    small.wait(small.app.state.until_idle())
    text = small.client.get("/metrics").text
    assert 'http_requests_total{handler="CancellableHandler",method="POST",status="499"} 1.0' in text


def test_other_work_goes_on_when_its_client_leaves(small: Running) -> None:
    leave_while_it_runs(small, "/api/wait")
    assert small.app.state.in_flight == 1
    small.call(small.gate.opened.set)
    small.wait(small.app.state.until_idle())
    assert not small.gate.cancelled.is_set()

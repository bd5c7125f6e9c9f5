"""Requests and answers, over a real server."""

import json
import socket
from collections.abc import Callable

import pytest
from sample_service import Running

JSON = {"Content-Type": "application/json"}


def raw_exchange(port: int, request: bytes) -> bytes:
    """Sends bytes and returns all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def test_a_valid_request_gets_the_success_envelope(service: Running) -> None:
    answer = service.client.post("/api/echo", json={"text": "hi", "anything": {"a": [1]}})
    assert answer.status_code == 200
    assert answer.json() == {"status": "success", "result": "hi!", "anything": {"a": [1]}}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_text_that_utf8_cannot_carry_is_replaced_and_not_an_error(service: Running) -> None:
    answer = service.client.get("/api/surrogates")
    assert answer.json() == {"status": "success", "result": {"text": "a?b"}, "stdout": "?"}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("invalid", 400, "invalid_input"),
        ("unauthorized", 401, "unauthorized"),
        ("forbidden", 403, "forbidden"),
        ("missing", 404, "not_found"),
        ("conflict", 409, "name_taken"),
        ("large", 413, "too_large"),
        ("media", 415, "unsupported_media_type"),
        ("impossible", 422, "unprocessable"),
        ("busy", 429, "busy"),
        ("absent", 501, "not_implemented"),
        ("down", 503, "unavailable"),
        ("slow", 504, "deadline_exceeded"),
        ("unknown", 500, "internal_error"),
        ("bug", 500, "internal_error"),
    ],
)
def test_every_error_becomes_its_status_and_the_envelope(
    service: Running, kind: str, status: int, code: str
) -> None:
    answer = service.client.get(f"/api/raise/{kind}")
    assert answer.status_code == status
    body = answer.json()
    assert body["status"] == "error"
    assert body["error"]["code"] == code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


def test_field_problems_are_listed(service: Running) -> None:
    details = service.client.get("/api/raise/invalid").json()["error"]["details"]
    assert details == [{"field": "a.b", "message": "is wrong"}]


def test_busy_says_when_to_come_back_in_whole_seconds(service: Running) -> None:
    assert service.client.get("/api/raise/busy").headers["retry-after"] == "2"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"text": NaN}',
        b'{"text": "\\ud800"}',
        b'{"anything": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"ratio": ' + b"1" * 5000 + b"}",
    ],
    ids=["empty", "cut", "not UTF-8", "NaN", "lone surrogate", "too deep", "number too long"],
)
def test_what_is_not_json_is_a_400(service: Running, body: bytes) -> None:
    answer = service.client.post("/api/echo", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_json"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"3"])
def test_json_that_is_no_object_is_a_400(service: Running, body: bytes) -> None:
    answer = service.client.post("/api/echo", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "body"


def test_a_repeated_key_takes_the_last_value_and_a_byte_order_mark_is_ignored(service: Running) -> None:
    body = b'\xef\xbb\xbf{"text": "a", "text": "b"}'
    assert service.client.post("/api/echo", content=body, headers=JSON).json()["result"] == "b!"


def test_infinite_numbers_are_refused_by_field(service: Running) -> None:
    answer = service.client.post("/api/echo", content=b'{"text": "a", "ratio": 1e999}', headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "ratio"


def test_every_wrong_field_is_named_and_unknown_ones_are_told_the_known(service: Running) -> None:
    order = {"text": 3, "items": [{"name": "", "colour": 1}], "txt": "x"}
    details = service.client.post("/api/echo", json=order).json()["error"]["details"]
    by_field = {item["field"]: item["message"] for item in details}
    assert set(by_field) == {"text", "items.0.name", "items.0.colour", "txt"}
    assert by_field["txt"] == "unknown field; the known ones are text, ratio, items, anything"
    assert by_field["items.0.colour"] == "unknown field"


@pytest.mark.parametrize(
    ("body", "message"),
    [({"text": "a", "items": "b"}, "items: must be an array"), ([], "body: must be an object")],
)
def test_what_a_field_must_be_is_said_in_the_terms_of_json(service: Running, body: object, message: str) -> None:
    answer = service.client.post("/api/echo", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


def test_validation_messages_never_repeat_the_input(service: Running) -> None:
    answer = service.client.post("/api/echo", json={"text": ["hunter2"]})
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("content_type", "found"),
    [
        ("text/plain", "found text/plain"),
        ("application/x-www-form-urlencoded", "found application/x-www-form-urlencoded"),
        ("application/json; charset=latin-1", "latin-1"),
        (None, "found no content type"),
    ],
)
def test_another_content_type_is_a_415_that_names_both(
    service: Running, content_type: str | None, found: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = service.client.post("/api/echo", content=b'{"text": "a"}', headers=headers)
    assert answer.status_code == 415
    message = answer.json()["error"]["message"]
    assert found in message
    assert "accepted is" in message


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", "APPLICATION/JSON", "application/vnd.x+json"]
)
def test_json_by_any_of_its_names_is_accepted(service: Running, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert service.client.post("/api/echo", content=b'{"text": "a"}', headers=headers).status_code == 200


def test_an_unknown_address_is_a_404_in_the_envelope(service: Running) -> None:
    answer = service.client.get("/api/nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "BREW"])
def test_a_method_that_an_address_lacks_is_a_405_that_names_those_it_has(service: Running, method: str) -> None:
    answer = service.client.request(method, "/api/echo")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_what_can_be_read_answers_head_without_a_body(service: Running) -> None:
    answer = service.client.head("/api/items")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


def test_path_parameters_are_decoded_and_end_at_a_slash(service: Running) -> None:
    assert service.client.get("/api/items/a%2Fb%20%C3%A9").json()["result"] == "a/b é"
    assert service.client.get("/api/items/a/b").status_code == 404


def test_a_path_that_is_not_utf8_is_a_400(service: Running) -> None:
    answer = raw_exchange(service.port, b"GET /api/items/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "invalid_input"


def test_queries_are_validated_like_bodies(service: Running) -> None:
    assert service.client.get("/api/items?limit=5&tag=a&tag=b").json()["result"] == {
        "limit": 5,
        "tag": ["a", "b"],
    }
    for query, field in (("limit=0", "limit"), ("limit=x", "limit"), ("page=2", "page")):
        answer = service.client.get(f"/api/items?{query}")
        assert answer.status_code == 400
        assert answer.json()["error"]["details"][0]["field"] == field
    assert "given 2 times" in service.client.get("/api/items?limit=1&limit=2").json()["error"]["message"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n",
        b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["start line", "header", "length", "length and chunked", "chunk size"],
)
def test_malformed_http_gets_the_envelope(service: Running, request_bytes: bytes) -> None:
    head, _, body = raw_exchange(service.port, request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert json.loads(body)["error"]["code"] == "malformed_http"


def test_after_malformed_http_no_request_counts_as_in_flight(service: Running) -> None:
    raw_exchange(service.port, b"POST /api/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\nzz\r\n")
    service.wait(service.app.state.until_idle())


def test_answers_carry_the_security_headers_and_no_version(service: Running) -> None:
    for path in ("/api/items", "/api/nowhere"):
        headers = service.client.get(path).headers
        assert headers["server"] == "sample"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_a_safe_request_id_comes_back_and_an_unsafe_one_is_replaced(service: Running) -> None:
    assert service.client.get("/api/items", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    for unsafe in ("a b", "x" * 129, 'a"b', ""):
        answer = service.client.get("/api/nowhere", headers={"X-Request-ID": unsafe})
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_refused_request_keeps_its_connection(service: Running) -> None:
    request = b"%s HTTP/1.1\r\nHost: x\r\n%s\r\n"
    first = request % (b"GET /api/nowhere", b"")
    second = request % (b"GET /api/items", b"Connection: close\r\n")
    received = raw_exchange(service.port, first + second)
    assert received.startswith(b"HTTP/1.1 404")
    assert b"HTTP/1.1 200 OK" in received


def test_requests_are_refused_until_the_service_has_started(start: Callable[..., Running]) -> None:
    starting = start(serving=False)
    assert starting.client.post("/api/echo", json={"text": "a"}).status_code == 503
    assert starting.client.get("/api/health/ready").status_code == 503
    assert starting.client.get("/api/health/live").json()["result"] == {"phase": "starting"}
    starting.call(starting.app.mark_serving)
    assert starting.client.post("/api/echo", json={"text": "a"}).status_code == 200
    assert starting.client.get("/api/health/ready").status_code == 200

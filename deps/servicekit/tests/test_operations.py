"""What operators see: keys, health, metrics, logs."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from sample_service import Running

from servicekit import Check, HealthRegistry, Unavailable
from servicekit.auth import is_loopback

KEYS = "first-key-of-sixteen,second-key-äß"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer first-key-of-sixteen"},
        {"Authorization": "bearer first-key-of-sixteen"},
        {"X-Api-Key": "first-key-of-sixteen"},
        {"X-Api-Key": "second-key-äß".encode()},
    ],
)
def test_any_of_the_keys_opens_in_either_header(start: Callable[..., Running], headers: dict[str, Any]) -> None:
    assert start(api_keys=KEYS).client.get("/api/items", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic Zmlyc3Q="},
        {"X-Api-Key": ""},
        {"X-Api-Key": "first-key-of-sixteen,second"},
    ],
)
def test_without_a_valid_key_nothing_is_served(start: Callable[..., Running], headers: dict[str, str]) -> None:
    answer = start(api_keys=KEYS).client.get("/api/items", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_health_and_documents_need_no_key_and_metrics_does(start: Callable[..., Running]) -> None:
    client = start(api_keys=KEYS).client
    for path in ("/api/health", "/api/health/live", "/api/health/ready", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200
    assert client.get("/metrics").status_code == 401


def test_metrics_can_be_made_public(start: Callable[..., Running]) -> None:
    assert start(api_keys=KEYS, metrics_public=True).client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_told_from_the_network(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


async def well() -> dict[str, int]:
    return {"workers": 3}


async def down() -> None:
    raise Unavailable("mysql at secret-host")


async def broken() -> None:
    raise RuntimeError("secret-host")


def test_health_shows_each_check_with_its_details(start: Callable[..., Running]) -> None:
    health = HealthRegistry({"sandbox": Check(well), "cache": Check(down, critical=False)})
    answer = start(health=health).client.get("/api/health")
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert (result["service"], result["version"]) == ("sample", "1.2.3")
    assert result["checks"]["sandbox"] == {"ok": True, "critical": True, "workers": 3}
    assert result["checks"]["cache"]["ok"] is False
    assert "secret" not in answer.text


@pytest.mark.parametrize("probe", [down, broken])
def test_a_failed_critical_check_is_a_503_with_the_report_beside_the_error(
    start: Callable[..., Running], probe: Any
) -> None:
    answer = start(health=HealthRegistry({"db": Check(probe), "sandbox": Check(well)})).client.get("/api/health")
    assert answer.status_code == 503
    body = answer.json()
    assert body["status"] == "error"
    assert [item["field"] for item in body["error"]["details"]] == ["checks.db"]
    assert body["result"]["checks"]["sandbox"]["ok"] is True
    assert "secret" not in answer.text


def test_health_results_are_reused_while_fresh(start: Callable[..., Running]) -> None:
    calls: list[int] = []
    now = [0.0]

    async def probe() -> None:
        calls.append(1)

    client = start(health=HealthRegistry({"part": Check(probe)}, fresh_for=1, clock=lambda: now[0])).client
    for _ in range(3):
        client.get("/api/health")
    assert len(calls) == 1
    now[0] = 1.5
    client.get("/api/health")
    assert len(calls) == 2


def test_two_checks_cannot_share_a_name() -> None:
    health = HealthRegistry()
    health.add("part", well)
    with pytest.raises(ValueError, match="part"):
        health.add("part", well)


def test_metrics_count_by_handler_method_and_status_and_never_by_address(
    start: Callable[..., Running],
) -> None:
    client = start().client
    client.get("/api/items/some-secret-id")
    client.get("/api/nowhere/at/all")
    client.request("BREW", "/api/items")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'http_requests_total{handler="ItemHandler",method="GET",status="200"} 1.0' in answer.text
    assert 'http_requests_total{handler="NoRouteHandler",method="GET",status="404"} 1.0' in answer.text
    assert 'handler="WrongMethodHandler",method="other",status="405"' in answer.text
    assert "http_requests_in_flight 1.0" in answer.text
    assert 'build_info{python="' in answer.text
    assert "nowhere" not in answer.text
    assert "some-secret-id" not in answer.text


def lines(service: Running, log: io.StringIO) -> list[dict[str, Any]]:
    """What was logged, once the last request has ended: its line follows its answer."""
    service.wait(service.app.state.until_idle())
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_one_access_line_a_request_with_its_ids_and_without_its_contents(
    start: Callable[..., Running], log: io.StringIO
) -> None:
    headers = {"X-Request-ID": "req-7", "X-Api-Key": "hunter2", "traceparent": TRACE}
    service = start()
    service.client.post("/api/echo?token=hunter2", json={"text": "hunter2"}, headers=headers)
    (line,) = [line for line in lines(service, log) if line["event"] == "request"]
    assert line["route"] == "/api/echo"
    assert (line["method"], line["status"], line["handler"]) == ("POST", 200, "EchoHandler")
    assert (line["request_id"], line["traceparent"]) == ("req-7", TRACE)
    assert line["bytes_in"] > 0
    assert line["bytes_out"] > 0
    assert "hunter2" not in log.getvalue()


def test_mistakes_of_callers_are_not_logged_as_failures(start: Callable[..., Running], log: io.StringIO) -> None:
    service = start()
    service.client.get("/api/raise/missing")
    service.client.post("/api/echo", content=b"{", headers={"Content-Type": "application/json"})
    assert [(line["event"], line["level"]) for line in lines(service, log)] == [("request", "info")] * 2
    assert lines(service, log)[0]["error_code"] == "not_found"


def test_a_failure_is_logged_with_its_traceback_and_request_id(
    start: Callable[..., Running], log: io.StringIO
) -> None:
    service = start()
    service.client.get("/api/raise/bug", headers={"X-Request-ID": "req-8"})
    (line,) = [line for line in lines(service, log) if line["event"] == "request_failed"]
    assert line["level"] == "error"
    assert line["request_id"] == "req-8"
    assert "RuntimeError: secret detail" in line["exception"]


def test_what_is_down_is_logged_with_the_reason_that_callers_do_not_see(
    start: Callable[..., Running], log: io.StringIO
) -> None:
    service = start()
    service.client.get("/api/raise/down")
    (line,) = [line for line in lines(service, log) if line["event"] == "request_failed"]
    assert (line["level"], line["reason"]) == ("warning", "redis at secret-host refused")

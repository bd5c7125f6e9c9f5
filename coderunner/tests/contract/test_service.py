"""What the service has beside its one operation: health, metrics, documents, keys, ids, back-pressure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from driveradapters import runner
from fakes.sandbox import FakeSandbox
from harness.openapi import CheckedClient
from harness.service import RunningService, running, settings_for
from logics.domain import Program, RunReport

EXECUTE = "/api/runner/execute"
KEY = "correct-horse-battery"


def get(service: RunningService, path: str, **headers: str) -> httpx.Response:
    return service.client.get(path, headers=headers)


def test_health_tells_name_version_uptime_and_the_sandbox(service: RunningService) -> None:
    body = get(service, "/api/health").json()
    assert body["status"] == "success"
    assert body["result"]["service"] == "coderunner"
    assert body["result"]["uptime_s"] >= 0
    assert body["result"]["checks"]["sandbox"]["ok"] is True
    assert {"layers", "workers", "running", "waiting", "capacity"} <= set(body["result"]["checks"]["sandbox"])


@pytest.mark.parametrize("path", ["/api/health/live", "/api/health/ready"])
def test_a_serving_service_is_alive_and_ready(service: RunningService, path: str) -> None:
    assert get(service, path).status_code == 200


def test_the_document_is_valid_openapi_and_knows_every_status_of_a_run(service: RunningService) -> None:
    document = get(service, "/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    status = document["components"]["schemas"]["ExecuteResponse"]["properties"]["status"]
    assert set(status["enum"]) == {
        "success", "error", "timeout", "memory_exceeded", "output_exceeded", "rejected", "crashed",
    }  # fmt: skip


def test_the_examples_of_the_documentation_are_what_happens(service: RunningService) -> None:
    for route in runner.ROUTES:
        for example in route.examples:
            answer = service.client.post(route.path, json=example.request)
            assert answer.status_code == example.status
            expected = {**example.response, "usage": answer.json()["usage"]}
            assert answer.json() == expected


def test_the_page_needs_nothing_from_elsewhere(service: RunningService) -> None:
    page = get(service, "/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", page.text)


def test_metrics_count_by_handler_and_never_by_program(service: RunningService) -> None:
    service.client.run("print('unmistakable_text')")
    text = get(service, "/metrics").text
    assert "ExecuteHandler" in text
    assert "unmistakable_text" not in text


def test_a_request_id_is_given_back(service: RunningService) -> None:
    assert get(service, "/api/health", **{"X-Request-ID": "order-17"}).headers["x-request-id"] == "order-17"


@pytest.mark.parametrize("identifier", ["", "x" * 500, "a b", "<script>", "é"])
def test_an_unfit_request_id_is_replaced(service: RunningService, identifier: str) -> None:
    response = service.client.get("/api/health", headers=[(b"X-Request-ID", identifier.encode("latin-1"))])
    assert response.headers["x-request-id"] not in ("", identifier)


@pytest.fixture(scope="module")
def locked() -> Iterator[RunningService]:
    with running(settings_for(api_keys=f"other-key,{KEY}"), FakeSandbox()) as service:
        yield service


class TestKeys:
    """With API_KEYS set."""

    @pytest.mark.parametrize(
        "headers", [{"Authorization": f"Bearer {KEY}"}, {"X-Api-Key": KEY}, {"X-API-KEY": "other-key"}]
    )
    def test_any_of_the_keys_opens_either_way(self, locked: RunningService, headers: dict[str, str]) -> None:
        response = locked.client.post(EXECUTE, json={"code": "print(1)"}, headers=headers)
        assert response.json()["result"] == "1\n"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Api-Key": ""},
            {"X-Api-Key": KEY[:-1]},
            {"X-Api-Key": KEY + "x"},
            {"X-Api-Key": f"other-key,{KEY}"},
            {"Authorization": KEY},
            {"Authorization": f"Basic {KEY}"},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer wrong"},
        ],
    )
    def test_nothing_else_does(self, locked: RunningService, headers: dict[str, str]) -> None:
        response = locked.client.post(EXECUTE, json={"code": "print(1)"}, headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "unauthorized"
        assert KEY not in response.text

    def test_a_caller_without_key_learns_nothing_about_the_request(self, locked: RunningService) -> None:
        assert locked.client.post(EXECUTE, json={"nonsense": 1}).status_code == 401

    @pytest.mark.parametrize("path", ["/api/health", "/api/health/live", "/api/health/ready", "/openapi.json"])
    def test_health_and_documents_are_open(self, locked: RunningService, path: str) -> None:
        assert get(locked, path).status_code == 200

    def test_metrics_are_not(self, locked: RunningService) -> None:
        assert get(locked, "/metrics").status_code == 401
        assert get(locked, "/metrics", **{"X-Api-Key": KEY}).status_code == 200


class TestBackPressure:
    """When every slot is taken."""

    @pytest.fixture
    def small(self) -> Iterator[RunningService]:
        settings = settings_for(max_concurrent_runs=1, ready_workers=1, queue_limit=0, queue_seconds=1)
        with running(settings) as service:
            yield service

    def test_one_more_is_429_with_a_time_to_retry_and_then_it_works_again(self, small: RunningService) -> None:
        with ThreadPoolExecutor(1) as pool:
            busy = pool.submit(small.client.run, "import time\ntime.sleep(3)")
            small.wait_until_running()
            response = small.client.post(EXECUTE, json={"code": "print(1)"})
            assert response.status_code == 429
            assert response.json()["error"]["code"] == "busy"
            assert int(response.headers["retry-after"]) >= 1
            assert busy.result(30)["status"] == "success"
        assert small.client.run("print(1)")["result"] == "1\n"


def test_a_sandbox_that_is_down_makes_health_503_and_runs_503() -> None:
    with running(settings_for(), FakeSandbox()) as service:
        service.await_(service.sandbox.close())
        response = get(service, "/api/health")
        assert response.status_code == 503
        assert response.json()["result"]["checks"]["sandbox"]["ok"] is False
        run = service.client.post(EXECUTE, json={"code": "print(1)"})
        assert (run.status_code, run.json()["error"]["code"]) == (503, "unavailable")
        assert get(service, "/api/health/live").status_code == 200


def test_what_breaks_inside_is_told_without_detail() -> None:
    class Broken(FakeSandbox):
        async def run(self, program: Program) -> RunReport:
            raise RuntimeError("secret-host refused")

    with running(settings_for(log_level="error"), Broken()) as service:
        response = service.client.post(EXECUTE, json={"code": "print(1)"})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert "secret-host" not in response.text


def test_the_client_of_these_tests_finds_an_answer_that_breaks_the_document(service: RunningService) -> None:
    """Else every green test above would mean little."""
    answer = httpx.post(f"{service.url}{EXECUTE}", json={"code": "print(1)"}, trust_env=False)
    broken = httpx.Response(200, json={**answer.json(), "status": "odd"}, request=answer.request)
    with CheckedClient(service.url) as client, pytest.raises(Exception, match="'odd' is not one of"):
        client.contract.check(broken)

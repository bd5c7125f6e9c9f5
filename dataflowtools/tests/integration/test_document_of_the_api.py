"""The OpenAPI document is valid, complete, and its examples are true."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from harness.service import RunningService, running, settings_for


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service on the embedded defaults."""
    with running(settings_for(tmp_path_factory.mktemp("document"))) as service:
        yield service


def test_the_document_is_valid_openapi(service: RunningService) -> None:
    OpenAPIV31SpecValidator(service.client.get("/openapi.json").json()).validate()
    json.loads(service.client.get("/openapi.json?version=3.0").content)


def test_every_address_says_what_it_is_for(service: RunningService) -> None:
    document = service.client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation["responses"], f"{method} {path}"


def test_the_examples_of_requests_get_their_answers(service: RunningService) -> None:
    replayed = 0
    for route in service.routes:
        for example in route.examples:
            if example.request is None:
                continue
            answer = service.client.request(route.method, route.path, json=example.request)
            assert answer.status_code == example.status
            assert answer.json() == example.response
            replayed += 1
    assert replayed

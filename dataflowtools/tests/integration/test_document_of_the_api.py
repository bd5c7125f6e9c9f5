"""The OpenAPI document is valid, complete, and its examples are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from harness.packages import paragraph, word
from harness.service import RunningService, running, settings_for
from harness.uploads import upload


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
    stored = upload(service.client, "report.docx", word(paragraph("Quarterly report")))["file_id"]
    for route in service.routes:
        for example in route.examples:
            # Where an example names a photo of its own, nobody else has it.
            if example.request is None or example.request.get("file_id", "f_1") != "f_1":
                continue
            request, response = (_about(stored, part) for part in (example.request, example.response))
            answer = service.client.request(route.method, route.path, json=request)
            assert answer.status_code == example.status
            assert _timeless(answer.json()) == _timeless(response)
            replayed += 1
    assert replayed


def _about(file_id: str, part: Any) -> Any:
    """Return a part of an example with a stored file in the place of the one that it names."""
    return json.loads(json.dumps(part).replace('"f_1"', json.dumps(file_id)))


def _timeless(part: Any) -> Any:
    """Return an answer without what it took."""
    if isinstance(part, dict):
        return {name: _timeless(value) for name, value in part.items() if name != "ms"}
    return [_timeless(item) for item in part] if isinstance(part, list | tuple) else part

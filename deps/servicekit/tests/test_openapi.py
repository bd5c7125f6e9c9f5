"""The generated documents, and the page that shows them."""

import hashlib
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from sample_service import Running


@pytest.fixture(scope="module")
def document(service: Running) -> dict[str, Any]:
    found: dict[str, Any] = service.client.get("/openapi.json").json()
    return found


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_the_view_for_importers_is_valid_openapi_3_0(service: Running) -> None:
    view = service.client.get("/openapi.json?version=3.0").json()
    assert view["openapi"].startswith("3.0")
    OpenAPIV30SpecValidator(view).validate()
    count = view["components"]["schemas"]["Item"]["properties"]["count"]
    assert count == {"type": "integer", "nullable": True, "default": None, "title": "Count"}


def test_an_unknown_version_is_a_400(service: Running) -> None:
    assert service.client.get("/openapi.json?version=2.0").status_code == 400


def test_every_route_and_health_are_in_it_and_the_page_is_not(document: dict[str, Any]) -> None:
    assert {"/api/echo", "/api/items/{item_id}", "/api/health", "/metrics"} <= set(document["paths"])
    assert "/docs" not in document["paths"]


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)


def test_parameters_come_from_the_path_and_the_query_model(document: dict[str, Any]) -> None:
    (item_id,) = document["paths"]["/api/items/{item_id}"]["get"]["parameters"]
    assert (item_id["name"], item_id["in"], item_id["required"]) == ("item_id", "path", True)
    query = {item["name"]: item for item in document["paths"]["/api/items"]["get"]["parameters"]}
    assert query["limit"]["schema"]["maximum"] == 100
    assert query["tag"]["schema"]["type"] == "array"


def test_errors_are_listed_by_status_with_their_codes(document: dict[str, Any]) -> None:
    answers = document["paths"]["/api/echo"]["post"]["responses"]
    assert set(answers) == {"200", "400", "413", "415", "429", "500", "503"}
    assert "busy" in answers["429"]["description"]
    assert "Retry-After" in answers["429"]["headers"]


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("POST", "/api/echo", {"json": {"text": "a"}}, "200"),
        ("POST", "/api/echo", {"json": {"txt": "a"}}, "400"),
        ("POST", "/api/echo", {"content": b"a"}, "415"),
        ("GET", "/api/items", {}, "200"),
        ("GET", "/api/health", {}, "200"),
        ("GET", "/api/health/ready", {}, "200"),
    ],
)
def test_real_answers_obey_the_document(
    service: Running, document: dict[str, Any], method: str, path: str, options: dict[str, Any], status: str
) -> None:
    answer = service.client.request(method, path, **options)
    assert str(answer.status_code) == status
    content = document["paths"][path][method.lower()]["responses"][status]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())


def test_the_examples_in_the_document_are_what_the_service_does(
    service: Running, document: dict[str, Any]
) -> None:
    operation = document["paths"]["/api/echo"]["post"]
    asked = operation["requestBody"]["content"]["application/json"]["examples"]["hello"]["value"]
    answered = operation["responses"]["200"]["content"]["application/json"]["examples"]["hello"]["value"]
    assert service.client.post("/api/echo", json=asked).json() == answered


def test_keys_are_optional_in_the_document_until_the_service_has_some(
    start: Any, document: dict[str, Any]
) -> None:
    assert {} in document["paths"]["/api/echo"]["post"]["security"]
    locked = start(api_keys="some-key").client.get("/openapi.json").json()
    assert {} not in locked["paths"]["/api/echo"]["post"]["security"]
    assert "401" in locked["paths"]["/api/echo"]["post"]["responses"]
    assert locked["paths"]["/api/health"]["get"]["security"] == []


def test_the_page_loads_only_from_the_service_itself_and_runs_no_inline_script(service: Running) -> None:
    page = service.client.get("/docs")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|https?://", page.text)
    for source in re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text):
        assert service.client.get(f"/{source}").status_code == 200


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("swagger-ui-bundle.js", "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2"),
        ("swagger-ui.css", "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d"),
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_vendored_files_are_those_of_the_release(
    service: Running, name: str, digest: str, encoding: str
) -> None:
    answer = service.client.get(f"/docs/{name}", headers={"Accept-Encoding": encoding})
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert hashlib.sha256(answer.content).hexdigest() == digest


def test_a_known_asset_is_not_sent_again_and_an_unknown_one_is_a_404(service: Running) -> None:
    etag = service.client.get("/docs/docs.js").headers["etag"]
    assert service.client.get("/docs/docs.js", headers={"If-None-Match": etag}).status_code == 304
    assert service.client.get("/docs/..%2Fdocs.html").status_code == 404

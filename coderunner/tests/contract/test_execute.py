"""POST /api/runner/execute: what it takes, what it refuses, and how it says so.

The client holds every answer against the generated document, so these tests prove the
document too.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from harness.openapi import CheckedClient

EXECUTE = "/api/runner/execute"
OUTPUT_FIELDS = {
    "status", "result", "stderr", "return_value", "error", "artifacts", "truncated", "left_out", "usage",
}  # fmt: skip


def post(client: CheckedClient, **body: Any) -> httpx.Response:
    return client.post(EXECUTE, json=body)


def file(name: str, content: bytes = b"x") -> dict[str, str]:
    return {"name": name, "content_base64": base64.b64encode(content).decode()}


def refused(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    """Check the envelope of a refusal and return its error."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body["status"] == "error"
    assert body["request_id"] == response.headers["x-request-id"]
    error: dict[str, Any] = body["error"]
    return error


def fields_of(error: dict[str, Any]) -> set[str]:
    return {detail["field"] for detail in error["details"]}


def test_the_promised_request_gives_the_promised_answer(client: CheckedClient) -> None:
    answer = client.run("print('Hello')", timeout=30)
    assert answer["status"] == "success"
    assert answer["result"] == "Hello\n"
    assert set(answer) == OUTPUT_FIELDS


def test_code_that_fails_is_a_served_request(client: CheckedClient) -> None:
    answer = client.run("print('a')\n1/0")
    assert (answer["status"], answer["result"]) == ("error", "a\n")
    assert (answer["error"]["type"], answer["error"]["line"]) == ("ZeroDivisionError", 2)


def test_empty_code_succeeds(client: CheckedClient) -> None:
    answer = client.run("")
    assert (answer["status"], answer["result"], answer["return_value"]) == ("success", "", None)


@pytest.mark.parametrize("body", [{}, {"timeout": 3}])
def test_code_is_required(client: CheckedClient, body: dict[str, Any]) -> None:
    error = refused(post(client, **body))
    assert "code" in fields_of(error)


@pytest.mark.parametrize("field", ["language", "Code", "timeout_s", "memory", "env"])
def test_an_unknown_field_is_refused_by_name_with_the_known_ones(client: CheckedClient, field: str) -> None:
    error = refused(post(client, code="print(1)", **{field: 1}))
    assert error["code"] == "invalid_input"
    assert fields_of(error) == {field}
    assert "memory_mb" in error["details"][0]["message"]


def test_an_unknown_field_of_a_file_is_refused_by_its_path(client: CheckedClient) -> None:
    error = refused(post(client, code="", files=[{**file("a"), "mode": 7}]))
    assert fields_of(error) == {"files.0.mode"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", 1), ("code", None), ("code", ["print(1)"]), ("code", {"a": 1}), ("code", True),
        ("timeout", "5"), ("timeout", "5s"), ("timeout", ""), ("timeout", [5]), ("timeout", {}), ("timeout", 0),
        ("timeout", -1),
        ("timeout", -0.0), ("timeout", "inf"), ("timeout", "nan"),
        ("memory_mb", 0), ("memory_mb", -5), ("memory_mb", 1.5),
        ("memory_mb", "64"), ("memory_mb", "lots"), ("memory_mb", []),
        ("inputs", []), ("inputs", "a=1"), ("inputs", None), ("inputs", 1),
        ("stdin", 1), ("stdin", None), ("stdin", ["a"]),
        ("files", {}), ("files", "a"), ("files", [1]), ("files", [{}]), ("files", None), ("files", [{"name": "a"}]),
        ("environment", ""), ("environment", "a/b"), ("environment", "../x"), ("environment", 1),
        ("environment", "x" * 65), ("environment", "a\nb"),
        ("packages", "requests"), ("packages", [1]), ("packages", {}),
        ("network", "maybe"), ("network", 1), ("network", "true"), ("network", None), ("network", []),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_field(client: CheckedClient, field: str, value: Any) -> None:
    error = refused(post(client, **{"code": "print(1)", field: value}))
    assert error["code"] == "invalid_input"
    assert {path.split(".")[0] for path in fields_of(error)} == {field}


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("field", ["timeout", "memory_mb"])
def test_a_truth_value_is_no_number(client: CheckedClient, field: str, value: bool) -> None:
    assert fields_of(refused(post(client, code="print(1)", **{field: value}))) == {field}


@pytest.mark.parametrize(
    ("field", "value", "setting"),
    [
        ("timeout", 30.001, "MAX_EXECUTION_TIME"),
        ("timeout", 1e308, "MAX_EXECUTION_TIME"),
        ("timeout", 10**30, "MAX_EXECUTION_TIME"),
        ("memory_mb", 257, "MAX_MEMORY_MB"),
        ("memory_mb", 2**63, "MAX_MEMORY_MB"),
    ],
)
def test_above_a_maximum_the_setting_is_named(client: CheckedClient, field: str, value: Any, setting: str) -> None:
    error = refused(post(client, code="print(1)", **{field: value}))
    assert error["code"] == "limit_exceeded"
    assert setting in error["message"]
    assert fields_of(error) == {field}


def test_the_maxima_themselves_are_allowed(client: CheckedClient) -> None:
    assert client.run("print(1)", timeout=30, memory_mb=256)["status"] == "success"


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_json_is_not_read(client: CheckedClient, literal: str) -> None:
    body = f'{{"code": "print(1)", "timeout": {literal}}}'
    response = client.post(EXECUTE, content=body, headers={"Content-Type": "application/json"})
    assert refused(response)["code"] == "invalid_json"


@pytest.mark.parametrize(
    "content",
    [b"", b"print(1)", b"{", b'{"code": "print(1)"', b'{"code": "print(1)",}', b"\xff\xfe", b'{"code": "\xff"}',
     b"{'code': 'print(1)'}", b'{"code": "print(1)"} x', b"[" * 100_000, b'{"code": "", "inputs": ' + b"[" * 5000],
)  # fmt: skip
def test_what_is_not_json_is_refused(client: CheckedClient, content: bytes) -> None:
    response = client.post(EXECUTE, content=content, headers={"Content-Type": "application/json"})
    assert refused(response)["code"] == "invalid_json"


@pytest.mark.parametrize("content", [b"[]", b"1", b'"print(1)"', b"null", b'[{"code": "print(1)"}]'])
def test_json_that_is_no_object_is_refused(client: CheckedClient, content: bytes) -> None:
    response = client.post(EXECUTE, content=content, headers={"Content-Type": "application/json"})
    assert refused(response)["code"] == "invalid_input"


def test_inputs_nested_beyond_reason_are_refused(client: CheckedClient) -> None:
    body = '{"code": "print(1)", "inputs": {"a": ' + "[" * 50_000 + "]" * 50_000 + "}}"
    response = client.post(EXECUTE, content=body, headers={"Content-Type": "application/json"})
    assert refused(response)["code"] == "invalid_json"


@pytest.mark.parametrize("levels", [10, 100, 150])
def test_inputs_nested_deep_are_served(client: CheckedClient, levels: int) -> None:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    answer = client.run("def main(a):\n    return a", inputs={"a": value})
    assert (answer["status"], answer["return_value"]) == ("success", value)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_content_type_is_named_with_the_accepted_one(client: CheckedClient, media: str) -> None:
    response = client.post(EXECUTE, content=b'{"code": "print(1)"}', headers={"Content-Type": media})
    error = refused(response, 415)
    assert error["code"] == "unsupported_media_type"
    assert "application/json" in error["message"]


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"])
def test_json_by_another_spelling_is_taken(client: CheckedClient, media: str) -> None:
    response = client.post(EXECUTE, content=b'{"code": "print(1)"}', headers={"Content-Type": media})
    assert response.json()["result"] == "1\n"


def test_code_up_to_its_limit_runs_and_beyond_it_is_too_large(client: CheckedClient) -> None:
    room = 64 * 1024
    assert client.run("#" * (room - 1) + "\n")["status"] == "success"
    error = refused(post(client, code="#" * (room + 1)), 413)
    assert error["code"] == "too_large"
    assert "MAX_CODE_KB" in error["message"]


def test_the_limit_of_code_counts_bytes(client: CheckedClient) -> None:
    refused(post(client, code="#" + "文" * 30_000), 413)


def test_a_body_beyond_its_limit_is_too_large(client: CheckedClient) -> None:
    error = refused(post(client, code="print(1)", stdin="x" * (1 << 20)), 413)
    assert "MAX_BODY_MB" in error["message"]


@pytest.mark.parametrize("content", ["a", "====", "YQ=", "YQ\n===", "Y Q = =!", "文", "YQ==YQ==", "-_-_*"])
def test_damaged_base64_is_refused_with_its_field(client: CheckedClient, content: str) -> None:
    error = refused(post(client, code="", files=[{"name": "a", "content_base64": content}]))
    assert fields_of(error) == {"files.0.content_base64"}


@pytest.mark.parametrize("name", ["", "a/b", "/etc/passwd", "../a", "a\x00b", "x" * 256, "/", "a/"])
def test_what_is_no_file_name_is_refused_with_its_field(client: CheckedClient, name: str) -> None:
    error = refused(post(client, code="", files=[file(name)]))
    assert fields_of(error) == {"files.0.name"}


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_that_means_a_folder_is_refused(client: CheckedClient, name: str) -> None:
    assert fields_of(refused(post(client, code="", files=[file(name)]))) == {"files"}


def test_two_files_of_one_name_are_refused(client: CheckedClient) -> None:
    assert fields_of(refused(post(client, code="", files=[file("a"), file("b"), file("a", b"y")]))) == {"files"}


def test_too_many_files_are_refused_naming_the_setting(client: CheckedClient) -> None:
    error = refused(post(client, code="", files=[file(f"{n}") for n in range(4)]))
    assert "MAX_INPUT_FILES" in error["message"]


@pytest.mark.parametrize(
    "name",
    [
        "报告 2024.csv",
        "naïve.txt",
        "🙂",
        "a b",
        ".hidden",
        "x" * 255,
        "-rf",
        "~",
        "a\\b",
        "a\nb",
        "%2e%2e",
        "a'\"b",
        "文" * 85,
    ],
)
def test_any_other_name_is_taken(client: CheckedClient, name: str) -> None:
    assert client.run("print(1)", files=[file(name)])["status"] == "success"


@pytest.mark.parametrize("name", ["文" * 86, "é" * 128])
def test_a_name_longer_than_file_systems_take_is_refused_with_its_field(client: CheckedClient, name: str) -> None:
    """They count bytes: 255 of them."""
    assert fields_of(refused(post(client, code="", files=[file(name)]))) <= {"files", "files.0.name"}


def test_a_lone_surrogate_is_no_json_text(client: CheckedClient) -> None:
    body = b'{"code": "print(1)", "stdin": "\\ud800"}'
    response = client.post(EXECUTE, content=body, headers={"Content-Type": "application/json"})
    assert refused(response)["code"] == "invalid_json"


def test_a_null_byte_in_the_code_is_a_result(client: CheckedClient) -> None:
    answer = client.run("print(1)\x00")
    assert answer["status"] in ("error", "rejected")
    assert "null byte" in answer["error"]["message"]


def test_the_network_is_forbidden_naming_the_setting(client: CheckedClient) -> None:
    error = refused(post(client, code="print(1)", network=True), 403)
    assert error["code"] == "network_forbidden"
    assert "ALLOW_NETWORK" in error["message"]


def test_packages_for_one_run_are_there(client: CheckedClient) -> None:
    assert client.run("print(1)", packages=["handmade==1.0"])["result"] == "1\n"


@pytest.mark.parametrize("package", ["git+https://host/x", "./x", "--pre", "a b", "", "https://host/x.whl"])
def test_packages_that_are_no_names_are_refused_by_field(client: CheckedClient, package: str) -> None:
    error = refused(post(client, code="print(1)", packages=[package]), 400)
    assert error["code"] == "invalid_requirement"
    assert [problem["field"] for problem in error["details"]] == ["packages.0"]


def test_packages_that_cannot_be_had_are_the_request_s_fault(client: CheckedClient) -> None:
    assert refused(post(client, code="print(1)", packages=["absent-package"]), 422)["code"] == "unresolvable_packages"


def test_inline_metadata_is_honoured(client: CheckedClient) -> None:
    block = "# /// script\n# dependencies = ['handmade']\n# ///\n"
    assert client.run(f"{block}print(1)")["result"] == "1\n"
    wrong = block.replace("handmade", "absent-package")
    assert refused(post(client, code=wrong), 422)["code"] == "unresolvable_packages"
    old = "# /// script\n# requires-python = '<3'\n# ///\n"
    assert refused(post(client, code=old), 422)["code"] == "unsupported_python"
    assert refused(post(client, code="# /// script\n# x = [\n# ///\n"), 400)["code"] == "invalid_input"


def test_an_unknown_environment_is_not_found(client: CheckedClient) -> None:
    error = refused(post(client, code="print(1)", environment="science"), 404)
    assert error["code"] == "unknown_environment"
    assert "science" in error["message"]


def test_a_value_without_json_form_of_numbers_is_null(client: CheckedClient) -> None:
    assert client.run("def main():\n    return [float('nan'), float('inf')]")["return_value"] == [None, None]


def test_large_integers_and_every_script_come_back_as_they_went(client: CheckedClient) -> None:
    value = {"n": 2**100, "t": "text 文 🙂 \u0000 \u2028", "e": "", "f": 0.1}
    answer = client.run("def main(v):\n    return v", inputs={"v": value})
    assert answer["return_value"] == value


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_refused_with_the_allowed_ones(client: CheckedClient, method: str) -> None:
    response = httpx.request(method, client.base_url.join(EXECUTE), trust_env=False)
    assert refused(response, 405)["code"] == "method_not_allowed"
    assert response.headers["allow"] == "POST"


def test_an_unknown_address_is_not_found(client: CheckedClient) -> None:
    assert refused(client.post("/api/runner/executes", json={"code": ""}), 404)["code"] == "not_found"


def test_errors_are_text_without_the_values_that_were_sent(client: CheckedClient) -> None:
    response = post(client, code="print(1)", timeout="secret-value-17")
    assert "secret-value-17" not in json.dumps(response.json())

"""The promises of /api/pypkg, with fakes and with real installations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from container import Packages
from fakes.packages import FakeEnvironments, FakeInstaller, FakeRequests
from fakes.sandbox import FakeSandbox
from harness.openapi import CheckedClient
from harness.service import running, settings_for


@pytest.fixture(autouse=True)
def clean(client: CheckedClient) -> Iterator[None]:
    """Leave no environment behind."""
    yield
    for item in client.get("/api/pypkg/environments").json()["result"]["items"]:
        client.delete(f"/api/pypkg/environments/{item['name']}")


def install(client: CheckedClient, **fields: Any) -> httpx.Response:
    return client.post("/api/pypkg/install", json=fields, timeout=300)


def uninstall(client: CheckedClient, body: dict[str, Any] | None = None, **query: Any) -> httpx.Response:
    return client.request("DELETE", "/api/pypkg/uninstall", json=body, params=query)


def result(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["status"] == "success"
    found: dict[str, Any] = answer["result"]
    return found


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    answer = response.json()
    assert answer["status"] == "error"
    error: dict[str, Any] = answer["error"]
    return error


def own(client: CheckedClient, environment: str) -> dict[str, str]:
    """Return the versions of what an environment has beyond the base."""
    page = result(client.get("/api/pypkg/list", params={"environment": environment, "limit": 1000}))
    return {item["name"]: item["version"] for item in page["items"] if item["source"] == "environment"}


def test_one_package_goes_into_the_default_environment(client: CheckedClient) -> None:
    found = result(install(client, package="handmade==1.0"))
    duration = found.pop("duration_ms")
    assert duration >= 0
    assert found == {
        "environment": "default",
        "added": [{"name": "handmade", "version": "1.0"}],
        "changed": [],
        "removed": [],
        "modules": ["handmade"],
        "skipped": [],
    }
    assert own(client, "default") == {"handmade": "1.0"}


def test_several_packages_go_into_an_environment_of_their_own(client: CheckedClient) -> None:
    found = result(install(client, packages=["needy"], package="handmade", environment="team-1"))
    assert [item["name"] for item in found["added"]] == ["handmade", "needy"]
    assert set(own(client, "team-1")) == {"handmade", "needy"}
    assert own(client, "default") == {}


def test_another_version_is_told_as_a_change(client: CheckedClient) -> None:
    result(install(client, package="handmade==1.0"))
    found = result(install(client, package="handmade==2.0"))
    assert found["changed"] == [{"name": "handmade", "before": "1.0", "after": "2.0"}]
    assert found["added"] == found["removed"] == []


@pytest.mark.parametrize("way", ["body", "query"])
def test_a_package_is_removed_by_body_or_by_query(client: CheckedClient, way: str) -> None:
    result(install(client, package="needy", environment="e"))
    fields: dict[str, Any] = {"package": "needy", "environment": "e"}
    found = result(uninstall(client, fields) if way == "body" else uninstall(client, **fields))
    assert [item["name"] for item in found["removed"]] == ["handmade", "needy"]
    assert own(client, "e") == {}


def test_several_packages_are_removed_by_a_repeated_query(client: CheckedClient) -> None:
    result(install(client, packages=["needy", "handmade"], environment="e"))
    found = result(uninstall(client, packages=["needy", "handmade"], environment="e"))
    assert len(found["removed"]) == 2


def test_what_cannot_be_removed_says_why(client: CheckedClient) -> None:
    result(install(client, package="needy", environment="e"))
    assert refused(uninstall(client, package="handmade", environment="e"), 409)["code"] == "package_in_use"
    assert refused(uninstall(client, package="numpy"), 409)["code"] == "package_in_use"
    assert refused(uninstall(client, package="absent"), 404)["code"] == "unknown_package"
    assert refused(uninstall(client, package="needy", environment="nowhere"), 404)["code"] == "unknown_environment"
    assert refused(uninstall(client, package="needy==1.0", environment="e"), 400)["code"] == "invalid_requirement"
    assert refused(uninstall(client), 400)["code"] == "invalid_input"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"packages": []},
        {"package": ""},
        {"package": 1},
        {"package": "x" * 301},
        {"packages": "handmade"},
        {"packages": [None]},
        {"package": "handmade", "environment": ""},
        {"package": "handmade", "environment": "../x"},
        {"package": "handmade", "environment": "a/b"},
        {"package": "handmade", "environment": ".hidden"},
        {"package": "handmade", "environment": "x" * 65},
        {"package": "handmade", "upgrade": True},
        {"packages": ["a", "b", "c", "d", "e", "f"]},
        {"package": "--index-url=http://127.0.0.1"},
        {"package": "handmade @ file:///etc"},
        {"package": "git+ssh://host/x"},
        {"package": "handmade\n--pre"},
        {"package": "sklearn"},
    ],
    ids=str,
)
def test_a_malformed_request_is_refused_with_its_field(client: CheckedClient, fields: dict[str, Any]) -> None:
    error = refused(install(client, **fields), 400)
    assert error["code"] in ("invalid_input", "invalid_requirement")
    assert error["details"]


def test_what_cannot_be_resolved_is_unprocessable_and_changes_nothing(client: CheckedClient) -> None:
    result(install(client, package="handmade==1.0", environment="e"))
    for package in ("absent-package", "handmade==9"):
        error = refused(install(client, package=package, environment="e"), 422)
        assert error["code"] == "unresolvable_packages"
        assert package.partition("=")[0] in error["message"]
    assert own(client, "e") == {"handmade": "1.0"}


def test_the_number_of_environments_is_bounded(client: CheckedClient) -> None:
    for number in range(6):
        result(install(client, package="handmade==1.0", environment=f"n{number}"))
    error = refused(install(client, package="handmade==1.0", environment="one-more"), 400)
    assert (error["code"], [item["field"] for item in error["details"]]) == ("limit_exceeded", ["environment"])


def test_lists_come_in_pages(client: CheckedClient) -> None:
    whole = result(client.get("/api/pypkg/list", params={"limit": 1000}))
    names = [item["name"] for item in whole["items"]]
    assert names == sorted(names)
    assert (whole["environment"], whole["next_cursor"], whole["total"]) == ("default", None, len(names))
    result(install(client, packages=["handmade", "needy"], environment="e"))
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = result(client.get("/api/pypkg/environments", params={"limit": 1, **cursor}))
        seen += [item["name"] for item in page["items"]]
        assert page["total"] == 2
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["default", "e"]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"cursor": "?"}, {"cursor": "eA"}, {"other": "1"}]
)
@pytest.mark.parametrize("path", ["list", "environments"])
def test_a_wrong_page_is_refused(client: CheckedClient, path: str, query: dict[str, str]) -> None:
    assert refused(client.get(f"/api/pypkg/{path}", params=query), 400)["code"] == "invalid_input"


def test_environments_tell_what_was_asked_for_and_when(client: CheckedClient) -> None:
    result(install(client, package="needy", environment="e"))
    items = result(client.get("/api/pypkg/environments"))["items"]
    assert [item["name"] for item in items] == ["default", "e"]
    assert (items[0]["requested"], items[0]["packages"], items[0]["changed_at"]) == ([], 0, None)
    assert (items[1]["requested"], items[1]["packages"]) == (["needy"], 2)
    assert items[1]["changed_at"].endswith("Z")


def test_a_deleted_environment_is_not_found_any_more(client: CheckedClient) -> None:
    result(install(client, package="handmade", environment="e"))
    assert result(client.delete("/api/pypkg/environments/e")) == {"environment": "e", "deleted": True}
    assert refused(client.delete("/api/pypkg/environments/e"), 404)["code"] == "unknown_environment"
    listed = client.get("/api/pypkg/list", params={"environment": "e"})
    assert refused(listed, 404)["code"] == "unknown_environment"
    run = client.post("/api/runner/execute", json={"code": "print(1)", "environment": "e"})
    assert refused(run, 404)["code"] == "unknown_environment"


@pytest.mark.parametrize("name", ["..", ".x", "x" * 65, "a%2Fb", "%00", "a%0Ab", "%C3%A9"])
def test_a_name_that_is_none_is_refused(client: CheckedClient, name: str) -> None:
    assert client.delete(f"/api/pypkg/environments/{name}").status_code in (400, 404)


def test_the_default_environment_is_emptied_not_deleted(client: CheckedClient) -> None:
    result(install(client, package="handmade"))
    assert result(client.delete("/api/pypkg/environments/default")) == {"environment": "default", "deleted": False}
    assert own(client, "default") == {}


def test_where_installing_is_not_allowed_everything_but_reading_is_forbidden() -> None:
    packages = Packages(FakeEnvironments(), FakeInstaller(), FakeRequests())
    with running(settings_for(allow_package_install=False), FakeSandbox(), packages=packages) as service:
        client = service.client
        for response in (
            install(client, package="handmade"),
            uninstall(client, package="handmade"),
            client.delete("/api/pypkg/environments/default"),
            client.post("/api/runner/execute", json={"code": "print(1)", "packages": ["handmade"]}),
        ):
            error = refused(response, 403)
            assert error["code"] == "packages_forbidden"
            assert "ALLOW_PACKAGE_INSTALL" in error["message"]
        assert result(client.get("/api/pypkg/list"))["items"] == []
        assert client.run("print(1)")["result"] == "1\n"

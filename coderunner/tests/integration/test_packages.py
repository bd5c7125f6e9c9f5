"""Installing real wheels from an index on loopback, and running programs with them."""

from __future__ import annotations

import importlib
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.index import Index, serving_index
from harness.openapi import CheckedClient
from harness.service import OwnService, running, settings_for
from harness.wheels import build_wheel

Install = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index with a few honest wheels."""
    wheels = tmp_path_factory.mktemp("wheels")
    build_wheel(wheels, "plain", "1.0", {"plain.py": "VERSION = '1.0'\n"})
    build_wheel(wheels, "plain", "2.0", {"plain.py": "VERSION = '2.0'\n"})
    build_wheel(wheels, "needy", "1.0", {"needy/__init__.py": "from plain import VERSION\n"}, requires=["plain<2"])
    build_wheel(wheels, "leaning", "1.0", {"leaning.py": "import threadpoolctl\n"}, requires=["threadpoolctl"])
    build_wheel(wheels, "greedy", "1.0", {"greedy.py": ""}, requires=["plain>=2"])
    build_wheel(
        wheels, "py-other-name", "1.0", {"othername/__init__.py": "import othername.part\n", "othername/part.py": ""}
    )
    build_wheel(wheels, "optional", "1.0", {"optional.py": ""}, extras={"more": ["plain==1.0"]})
    build_wheel(wheels, "windows-only", "1.0", {"w.py": ""}, tag="cp311-cp311-win_amd64")
    build_wheel(wheels, "newer-python", "1.0", {"n.py": ""}, extra_metadata=["Requires-Python: >=4"])
    build_wheel(wheels, "withdrawn", "1.0", {"withdrawn.py": "V = 1\n"})
    build_wheel(wheels, "withdrawn", "1.1", {"withdrawn.py": "V = 2\n"})
    build_wheel(wheels, "tabulate", "99.0", {"tabulate.py": "def tabulate(*_): return 'mine'\n"})
    build_wheel(
        wheels,
        "simplejson",
        "1.0",
        {"simplejson/__init__.py": "from json import *\nfrom json import JSONDecodeError\n"},
    )
    (wheels / "source_only-1.0.tar.gz").write_bytes(b"never opened")
    with serving_index(wheels, yanked={"withdrawn-1.1-py3-none-any.whl": "broken"}) as index:
        yield index


@pytest.fixture(scope="module")
def service(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnService]:
    """A service that installs from the index."""
    store = tmp_path_factory.mktemp("store")
    store.chmod(0o755)
    settings = settings_for(
        package_index_url=index.url, packages_dir=store, ready_workers=1, max_concurrent_runs=4, max_warm_environments=3
    )
    with running(settings) as service:
        yield service


@pytest.fixture
def client(service: OwnService) -> CheckedClient:
    return service.client


def install(client: CheckedClient, *packages: str, environment: str = "default", status: int = 200) -> dict[str, Any]:
    """Install and return the result, or the error."""
    answer = client.post("/api/pypkg/install", json={"packages": packages, "environment": environment}, timeout=300)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()["result" if status == 200 else "error"]
    return found


def uninstall(client: CheckedClient, **query: Any) -> Any:
    return client.request("DELETE", "/api/pypkg/uninstall", params=query)


def value(client: CheckedClient, code: str, **fields: Any) -> Any:
    """Return what a program returns."""
    answer = client.run(code, **fields)
    assert answer["status"] == "success", answer
    return answer["return_value"]


def test_an_installed_package_can_be_imported_at_once_in_its_environment_only(client: CheckedClient) -> None:
    result = install(client, "plain==1.0", environment="first")
    assert (result["added"], result["modules"]) == ([{"name": "plain", "version": "1.0"}], ["plain"])
    assert value(client, "import plain\nreturn plain.VERSION", environment="first") == "1.0"
    elsewhere = client.run("import plain")
    assert elsewhere["error"]["type"] == "ImportError"
    assert "POST /api/pypkg/install" in elsewhere["error"]["message"]


def test_the_default_environment_takes_packages_too_and_is_emptied_by_deleting_it(client: CheckedClient) -> None:
    install(client, "plain")
    assert value(client, "import plain\nreturn plain.VERSION") == "2.0"
    deleted = client.delete("/api/pypkg/environments/default").json()
    assert deleted["result"] == {"environment": "default", "deleted": False}
    assert client.run("import plain")["status"] == "error"
    assert value(client, "return 1") == 1


def test_an_upgrade_says_what_changed_and_an_uninstall_what_went(client: CheckedClient) -> None:
    install(client, "needy", environment="second")
    assert value(client, "import needy\nreturn needy.VERSION", environment="second") == "1.0"
    conflict = install(client, "plain==2.0", environment="second", status=422)
    assert conflict["code"] == "unresolvable_packages"
    assert "needy" in conflict["message"]
    assert value(client, "import needy\nreturn needy.VERSION", environment="second") == "1.0"
    gone = uninstall(client, package="needy", environment="second").json()["result"]
    assert gone["removed"] == [{"name": "needy", "version": "1.0"}, {"name": "plain", "version": "1.0"}]


def test_conflicting_requests_are_refused_with_the_resolver_s_reason(client: CheckedClient) -> None:
    error = install(client, "needy", "greedy", environment="conflict", status=422)
    assert {"needy", "greedy", "plain"} <= set(
        error["message"].replace("==", " ").replace("<", " ").replace(">", " ").split()
    )
    assert "/" not in error["message"]
    names = [item["name"] for item in client.get("/api/pypkg/environments").json()["result"]["items"]]
    assert "conflict" not in names


@pytest.mark.parametrize(
    ("package", "word"),
    [
        ("absent-package", "absent-package"),
        ("windows-only", "windows-only"),
        ("newer-python", "newer-python"),
        ("source-only", "source-only"),
        ("plain==9", "plain"),
        ("optional>=2", "optional"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(client: CheckedClient, package: str, word: str) -> None:
    error = install(client, package, environment="impossible", status=422)
    assert error["code"] == "unresolvable_packages"
    assert word in error["message"]
    assert "127.0.0.1" not in error["message"] or "@" not in error["message"]


def test_a_yanked_version_is_taken_only_when_asked_for_by_number(client: CheckedClient) -> None:
    install(client, "withdrawn", environment="yanked")
    assert value(client, "import withdrawn\nreturn withdrawn.V", environment="yanked") == 1
    install(client, "withdrawn==1.1", environment="yanked-exact")
    assert value(client, "import withdrawn\nreturn withdrawn.V", environment="yanked-exact") == 2


def test_the_import_name_comes_from_the_wheel(client: CheckedClient) -> None:
    result = install(client, "Py_Other.Name", environment="names")
    assert result["modules"] == ["othername"]
    assert value(client, "import othername.part\nreturn othername.__name__", environment="names") == "othername"


def test_a_package_with_a_thousand_needs_is_read_whole(client: CheckedClient, index: Index) -> None:
    needs = [f'{"x" * 400}-{number}; extra == "never"' for number in range(1000)]
    build_wheel(index.wheels, "wordy", "1.0", {"wordy.py": "W = 1\n"}, requires=needs)
    assert install(client, "wordy", environment="wordy")["modules"] == ["wordy"]
    assert value(client, "import wordy\nreturn wordy.W", environment="wordy") == 1


def test_extras_and_markers_are_understood(client: CheckedClient) -> None:
    result = install(client, "optional[more]", 'plain==2.0; python_version < "3"', environment="extras")
    assert {item["name"]: item["version"] for item in result["added"]} == {"optional": "1.0", "plain": "1.0"}
    assert result["skipped"] == ['plain==2.0; python_version < "3"']


def test_a_package_of_the_base_can_be_replaced_in_one_environment(client: CheckedClient) -> None:
    result = install(client, "tabulate==99.0", environment="replaced")
    assert [item["after"] for item in result["changed"]] == ["99.0"]
    code = "import pandas, tabulate\nreturn tabulate.tabulate([[1]])"
    assert value(client, code, environment="replaced") == "mine"
    assert value(client, code) != "mine"
    listed = client.get("/api/pypkg/list", params={"environment": "replaced", "limit": 1000}).json()["result"]["items"]
    assert [item for item in listed if item["name"] == "tabulate"] == [
        {"name": "tabulate", "version": "99.0", "source": "environment", "requested": True, "modules": ["tabulate"]}
    ]


def test_libraries_of_the_base_find_what_an_environment_adds(client: CheckedClient) -> None:
    """requests looks for simplejson when it is imported, which workers of the base do before any job."""
    code = "import requests.compat\nreturn requests.compat.has_simplejson"
    install(client, "simplejson", environment="parsers")
    assert value(client, code, environment="parsers") is True
    assert value(client, code) is False


def test_what_the_base_has_for_its_own_packages_can_be_asked_for(client: CheckedClient) -> None:
    code = "import threadpoolctl\nreturn threadpoolctl.__name__"
    assert client.run(code)["status"] == "error"
    assert install(client, "threadpoolctl", environment="opened")["modules"] == ["threadpoolctl"]
    assert value(client, code, environment="opened") == "threadpoolctl"
    assert value(client, code, packages=["threadpoolctl"]) == "threadpoolctl"
    result = install(client, "leaning", environment="leaning")
    assert result["modules"] == ["leaning"]
    assert (
        value(client, "import leaning, threadpoolctl\nreturn threadpoolctl.__name__", environment="leaning")
        == "threadpoolctl"
    )


def test_packages_of_one_run_are_installed_once_and_are_nobody_else_s(client: CheckedClient, index: Index) -> None:
    assert value(client, "import plain\nreturn plain.VERSION", packages=["plain==1.0", "optional"]) == "1.0"
    asked = len(index.asked)
    assert value(client, "import plain\nreturn plain.VERSION", packages=["optional", "plain==1.0"]) == "1.0"
    assert len(index.asked) == asked
    assert client.run("import plain")["status"] == "error"


def test_inline_metadata_asks_for_packages(client: CheckedClient) -> None:
    block = "# /// script\n# requires-python = '>=3.11'\n# dependencies = ['plain<2']\n# ///\n"
    code = f"{block}import plain\nreturn plain.VERSION"
    assert value(client, code) == "1.0"


def test_what_the_base_has_needs_no_index(client: CheckedClient, index: Index) -> None:
    asked = len(index.asked)
    code = "# /// script\n# dependencies = ['pandas', 'requests>=2']\n# ///\nimport pandas\nreturn pandas.__name__"
    assert value(client, code) == "pandas"
    assert len(index.asked) == asked


def test_twenty_installs_at_once_all_take_effect_while_programs_run(client: CheckedClient, index: Index) -> None:
    for number in range(20):
        build_wheel(index.wheels, f"many-{number}", "1.0", {f"many_{number}.py": f"N = {number}\n"})
    install(client, "plain==1.0", environment="crowd")
    with ThreadPoolExecutor(24) as threads:
        runs = [
            threads.submit(
                value, client, "import plain, time\ntime.sleep(0.2)\nreturn plain.VERSION", environment="crowd"
            )
            for _ in range(4)
        ]
        installs = [threads.submit(install, client, f"many-{n}", environment="crowd") for n in range(20)]
        assert [run.result() for run in runs] == ["1.0"] * 4
        for done in installs:
            done.result()
    code = "\n".join(f"import many_{n}" for n in range(20)) + "\nreturn many_19.N"
    assert value(client, code, environment="crowd") == 19


def test_a_set_that_several_ask_for_at_once_is_installed_once(client: CheckedClient, index: Index) -> None:
    def asked(name: str) -> int:
        return len([path for path in index.asked if path.startswith(f"/files/{name}")])

    for name in ("wanted", "single"):
        build_wheel(index.wheels, name, "1.0", {f"{name}.py": "W = 1\n"})
    value(client, "return 1", packages=["single"])
    index.hold.clear()
    with ThreadPoolExecutor(8) as threads:
        runs = [threads.submit(value, client, "import wanted\nreturn wanted.W", packages=["wanted"]) for _ in range(8)]
        index.hold.set()
        assert [run.result() for run in runs] == [1] * 8
    assert asked("wanted") == asked("single")


def test_compiled_wheels_work(client: CheckedClient, index: Index) -> None:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    source = Path(importlib.import_module("markupsafe._speedups").__file__ or "")
    tag = f"cp{sysconfig.get_python_version().replace('.', '')}"
    platform = sysconfig.get_platform().replace("-", "_")
    build_wheel(
        index.wheels,
        "native",
        "1.0",
        {
            "native/__init__.py": "from native._speedups import *\nimport native._speedups as s\nFILE = s.__name__\n",
            f"native/_speedups{suffix}": source.read_bytes(),
        },
        tag=f"{tag}-{tag}-{platform}",
    )
    install(client, "native", environment="native")
    assert value(client, "import native\nreturn native.FILE", environment="native") == "native._speedups"


def test_a_second_service_on_the_same_store_sees_a_change_with_its_next_request(
    client: CheckedClient, service: OwnService, index: Index
) -> None:
    code = "import plain\nreturn plain.VERSION"
    settings = service.settings
    with running(settings) as second:
        install(client, "plain==1.0", environment="shared")
        assert value(second.client, code, environment="shared") == "1.0"
        install(client, "plain==2.0", environment="shared")
        assert value(second.client, code, environment="shared") == "2.0"
        install(second.client, "optional", environment="shared")
        assert value(client, "import optional\n" + code, environment="shared") == "2.0"
        client.delete("/api/pypkg/environments/shared")
        answer = second.client.post("/api/runner/execute", json={"code": code, "environment": "shared"})
        assert answer.status_code == 404


def test_environments_beyond_the_limit_are_cooled_and_come_back(client: CheckedClient, index: Index) -> None:
    for number in range(4):
        build_wheel(index.wheels, f"warm-{number}", "1.0")
        install(client, "plain==1.0", f"warm-{number}", environment=f"warm-{number}")
        assert value(client, "import plain\nreturn plain.VERSION", environment=f"warm-{number}") == "1.0"
    health = client.get("/api/health").json()["result"]["checks"]["sandbox"]
    assert health["warm_environments"] <= 3
    assert value(client, "import plain\nreturn plain.VERSION", environment="warm-0") == "1.0"

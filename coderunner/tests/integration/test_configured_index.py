"""Real packages from the index that pip is configured for; skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.openapi import CheckedClient
from harness.service import running, settings_for


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedClient]:
    store = tmp_path_factory.mktemp("store")
    store.chmod(0o755)
    with running(settings_for(packages_dir=store, ready_workers=1, max_concurrent_runs=2)) as service:
        yield service.client


@pytest.mark.parametrize(
    ("package", "code", "value"),
    [
        ("tinydb==4.8.2", "import tinydb\nreturn tinydb.__version__", "4.8.2"),
        ("msgpack==1.1.2", "import msgpack\nreturn msgpack.unpackb(msgpack.packb({'a': [1, 2]}))", {"a": [1, 2]}),
    ],
    ids=["pure", "compiled"],
)
def test_a_real_package_is_installed_and_used(client: CheckedClient, package: str, code: str, value: object) -> None:
    answer = client.post("/api/pypkg/install", json={"package": package, "environment": "real"}, timeout=300)
    if answer.status_code in (503, 504):
        pytest.skip("the configured package index cannot be reached")
    assert answer.status_code == 200, answer.text
    run = client.run(code, environment="real")
    assert run["return_value"] == value, run

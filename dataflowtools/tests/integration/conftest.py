"""One service on the embedded defaults for the tests that do not change its state, and one on real servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servicekit.testing.openapi import CheckedClient

from harness.on_servers import SMALL, on_servers
from harness.service import RunningService, settings_for, storing


@pytest.fixture(scope="session", params=["embedded", "servers"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service on SQLite, a folder and memory, and on MariaDB, S3 and Redis."""
    folder = tmp_path_factory.mktemp("service")
    more = on_servers(request) if request.param == "servers" else {}
    with storing(settings_for(folder, **SMALL, **more)) as service:
        yield service


@pytest.fixture
def client(service: RunningService) -> CheckedClient:
    """A client that checks every answer against the OpenAPI document."""
    return service.client

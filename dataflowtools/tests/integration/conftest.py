"""One service on the embedded defaults for the tests that do not change its state, and one on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from servicekit.testing.openapi import CheckedClient

from conftest import BUCKET
from harness.databases import mariadb_settings, migrated
from harness.service import RunningService, settings_for, storing

SMALL = {"max_file_mb": 1, "max_upload_mb": 3, "max_upload_files": 4, "max_batch_files": 20}


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


def on_servers(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return settings of a service on the tests' servers."""
    from harness.servers import new_database

    server, redis = request.getfixturevalue("mariadb_server"), request.getfixturevalue("redis_instance")
    name = new_database(server, "service")
    migrated(mariadb_settings(server.port, name)).engine.dispose()
    return {
        "db_host": "127.0.0.1",
        "db_port": server.port,
        "db_name": name,
        "db_user": "root",
        "redis_host": "127.0.0.1",
        "redis_port": redis.port,
        "s3_bucket": BUCKET,
        "s3_endpoint_url": request.getfixturevalue("s3_url"),
        "s3_access_key_id": "id",
        "s3_secret_access_key": "key",
        "s3_prefix": f"{name}/",
    }

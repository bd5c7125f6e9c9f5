"""Settings of services on real servers, each with a database, a queue and a prefix of its own."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from conftest import BUCKET
from harness.databases import mariadb_settings, migrated
from harness.servers import new_database

SMALL = {"max_file_mb": 1, "max_upload_mb": 3, "max_upload_files": 4, "max_batch_files": 20}
_numbers = itertools.count(1)


def on_servers(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return settings of a service on the tests' servers."""
    server, redis = request.getfixturevalue("mariadb_server"), request.getfixturevalue("redis_instance")
    number = next(_numbers)  # services that shared a queue would do each other's work
    name = new_database(server, f"service{number}")
    migrated(mariadb_settings(server.port, name)).engine.dispose()
    return {
        "db_host": "127.0.0.1",
        "db_port": server.port,
        "db_name": name,
        "db_user": "root",
        "redis_host": "127.0.0.1",
        "redis_port": redis.port,
        "redis_db": number,
        "s3_bucket": BUCKET,
        "s3_endpoint_url": request.getfixturevalue("s3_url"),
        "s3_access_key_id": "id",
        "s3_secret_access_key": "key",
        "s3_prefix": f"{name}/",
    }

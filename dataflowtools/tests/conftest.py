"""What all suites share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from harness.servers import Server

BUCKET = "files"


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Keep the access lines of services in this process out of the tests' output."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """A real MariaDB."""
    from harness.servers import mariadb  # with its clients: what needs no server need not import them

    with mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def redis_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Redis."""
    from harness.servers import redis_server

    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The address of a store that speaks S3, with an empty bucket."""
    from harness.servers import s3_store

    with s3_store(BUCKET) as url:
        yield url

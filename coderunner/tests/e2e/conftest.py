"""One service process for the tests that do not change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.openapi import CheckedClient
from harness.process import ServiceProcess, serving


@pytest.fixture(scope="session")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServiceProcess, CheckedClient]]:
    """A real service process and a client for it."""
    with serving(tmp_path_factory.mktemp("service"), MAX_EXECUTION_TIME="30") as both:
        yield both


@pytest.fixture
def client(running_service: tuple[ServiceProcess, CheckedClient]) -> CheckedClient:
    """A client that checks every answer against the OpenAPI document."""
    return running_service[1]

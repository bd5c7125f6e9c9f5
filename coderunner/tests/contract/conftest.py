"""One service with the fake sandbox and one with the real, for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.sandbox import FakeSandbox
from harness.openapi import CheckedClient
from harness.service import RunningService, running, settings_for

LIMITS = {"max_execution_time": 30, "max_memory_mb": 256, "max_code_kb": 64, "max_input_files": 3, "max_body_mb": 1}


@pytest.fixture(scope="session", params=["fake", "workers"])
def service(request: pytest.FixtureRequest) -> Iterator[RunningService]:
    """The service under test, with small limits."""
    fake = FakeSandbox() if request.param == "fake" else None
    with running(settings_for(**LIMITS, max_concurrent_runs=4, ready_workers=2), fake) as service:
        yield service


@pytest.fixture
def client(service: RunningService) -> CheckedClient:
    """A client that checks every answer against the OpenAPI document."""
    return service.client

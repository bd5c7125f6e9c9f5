"""One real service for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.openapi import CheckedClient
from harness.service import running, settings_for


@pytest.fixture(scope="session")
def client() -> Iterator[CheckedClient]:
    """A client of a service with real workers."""
    with running(settings_for(max_concurrent_runs=4, ready_workers=4, queue_limit=500, queue_seconds=60)) as service:
        yield service.client

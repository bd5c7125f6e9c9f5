"""What all suites share."""

from __future__ import annotations

import logging

import pytest
import structlog


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Keep the access lines of services in this process out of the tests' output."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

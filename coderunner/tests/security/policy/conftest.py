"""One warmed worker for all attacks, one folder and listener for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from security.policy.harness import Target, WarmWorker


@pytest.fixture(scope="session")
def worker() -> Iterator[WarmWorker]:
    warmed = WarmWorker()
    yield warmed
    warmed.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    aim = Target(tmp_path)
    yield aim
    aim.close()

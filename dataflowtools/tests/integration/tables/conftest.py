"""One service for the tests that do not change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.table_service import TableService, table_service


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableService]:
    """The routes on tables behind HTTP."""
    with table_service(tmp_path_factory.mktemp("files")) as running:
        yield running

"""One service with fakes and one with the real parts, for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from container import Packages
from fakes.packages import FakeEnvironments, FakeInstaller, FakeRequests
from fakes.sandbox import FakeSandbox
from harness.index import serving_index
from harness.openapi import CheckedClient
from harness.service import RunningService, running, settings_for
from harness.wheels import build_wheel
from logics.packages import Distribution

LIMITS = {"max_execution_time": 30, "max_memory_mb": 256, "max_code_kb": 64, "max_input_files": 3, "max_body_mb": 1}
WORKERS = {"max_concurrent_runs": 4, "ready_workers": 2, "max_packages": 5, "max_environments": 6}

# What the index of these tests has; the base has numpy.
INDEX = (
    Distribution("handmade", "1.0", ("handmade",)),
    Distribution("handmade", "2.0", ("handmade",)),
    Distribution("needy", "1.0", ("needy",), ("handmade<2",)),
)


@pytest.fixture(scope="session", params=["fake", "workers"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service under test, with small limits."""
    folder = tmp_path_factory.mktemp("contract")
    folder.chmod(0o755)
    if request.param == "fake":
        with running(settings_for(**LIMITS, **WORKERS), FakeSandbox(), packages=fake_packages()) as service:
            yield service
        return
    wheels = folder / "wheels"
    wheels.mkdir()
    for item in INDEX:
        build_wheel(wheels, item.name, item.version, requires=item.requires)
    with serving_index(wheels) as index:
        settings = settings_for(**LIMITS, **WORKERS, package_index_url=index.url, packages_dir=folder / "store")
        with running(settings) as service:
            yield service


def fake_packages() -> Packages:
    """Return packages in memory."""
    base = (Distribution("numpy", "2.0", ("numpy",)),)
    return Packages(FakeEnvironments(), FakeInstaller(base, INDEX), FakeRequests())


@pytest.fixture
def client(service: RunningService) -> CheckedClient:
    """A client that checks every answer against the OpenAPI document."""
    return service.client

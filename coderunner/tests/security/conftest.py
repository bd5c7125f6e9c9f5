"""Services for the attacks: with both layers, and with the kernel layer alone."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.attacks import ENVIRONMENT_SECRET, Surroundings
from harness.service import RunningService, running, settings_for, worker_sandbox

_SETTINGS = {"max_concurrent_runs": 4, "ready_workers": 3, "max_execution_time": 30, "queue_limit": 200}


@pytest.fixture(scope="session", autouse=True)
def secret_in_the_environment() -> Iterator[None]:
    """The services of these tests have something to hide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODERUNNER_TEST_SECRET", ENVIRONMENT_SECRET)
        yield


@pytest.fixture(scope="session")
def guarded() -> Iterator[RunningService]:
    """The service as it is shipped."""
    with running(settings_for(**_SETTINGS)) as service:
        yield service


@pytest.fixture(scope="session")
def unguarded() -> Iterator[RunningService]:
    """Plain Python under the kernel layer alone."""
    settings = settings_for(**_SETTINGS)
    with running(settings, worker_sandbox(settings, language_layer=False)) as service:
        yield service


@pytest.fixture(scope="session")
def surroundings() -> Iterator[Surroundings]:
    """What attacks aim at: a folder anybody may write to, another job's folder, a listener."""
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    folder.chmod(0o777)  # were it not for the confinement, every attack could leave its mark
    with socket.create_server(("127.0.0.1", 0)) as server:
        around = Surroundings(folder, server.getsockname()[1])
        listener = threading.Thread(target=around.listen, args=(server,), daemon=True)
        listener.start()
        yield around
        server.shutdown(socket.SHUT_RDWR)
        listener.join(10)
    shutil.rmtree(folder)

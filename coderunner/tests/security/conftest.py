"""Services for the attacks: with both layers, and with the kernel layer alone.

They run in this process, or wherever the environment says that they are: ``make verify-images`` points the same
attacks at containers. Those have TEST_SECRET in their environment, and TEST_FOLDER mounted in the same place.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.attacks import ENVIRONMENT_SECRET, Surroundings
from harness.service import RunningService, connected, running, settings_for, worker_sandbox

GUARDED_URL = "TEST_GUARDED_URL"
UNGUARDED_URL = "TEST_UNGUARDED_URL"
FOLDER = "TEST_FOLDER"
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
    url = os.environ.get(GUARDED_URL)
    with connected(url) if url else running(settings_for(**_SETTINGS)) as service:
        yield service


@pytest.fixture(scope="session")
def unguarded() -> Iterator[RunningService]:
    """Plain Python under the kernel layer alone."""
    url, settings = os.environ.get(UNGUARDED_URL), settings_for(**_SETTINGS)
    with connected(url) if url else running(settings, worker_sandbox(settings, language_layer=False)) as service:
        yield service


@pytest.fixture(scope="session")
def surroundings() -> Iterator[Surroundings]:
    """What attacks aim at: a folder anybody may write to, another job's folder, a listener."""
    folder = Path(tempfile.mkdtemp(prefix="attacks-", dir=os.environ.get(FOLDER)))
    folder.chmod(0o777)  # were it not for the confinement, every attack could leave its mark
    with socket.create_server(("127.0.0.1", 0)) as server:
        around = Surroundings(folder, server.getsockname()[1])
        listener = threading.Thread(target=around.listen, args=(server,), daemon=True)
        listener.start()
        yield around
        server.shutdown(socket.SHUT_RDWR)
        listener.join(10)
    shutil.rmtree(folder)

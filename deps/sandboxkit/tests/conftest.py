"""Pools that are started once, the victims of attacks, and the corpus."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from hostile import specs
from hostile.remote import UnprivilegedPool
from hostile.victims import Victims
from sandboxkit.layers import Report
from sandboxkit.outcome import Outcome
from sandboxkit.pool import Pool
from sandboxkit.run import Errand


class Sandbox(Protocol):
    """What runs errands."""

    @property
    def report(self) -> Report: ...

    async def run(self, errand: Errand) -> Outcome: ...


@pytest.fixture(scope="session", autouse=True)
def scratch() -> Iterator[Path]:
    """A temporary folder that every user can pass through, for all that the tests make."""
    folder = Path(tempfile.mkdtemp(prefix="sandboxkit-tests-"))
    folder.chmod(0o777)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield folder
    tempfile.tempdir = before
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def all_victims(scratch: Path) -> Iterator[Victims]:
    victims = Victims(scratch)
    yield victims
    victims.close()


@pytest.fixture
def victims(all_victims: Victims) -> Victims:
    all_victims.restore()
    all_victims.traces()
    return all_victims


@pytest_asyncio.fixture(scope="session")
async def full() -> AsyncIterator[Pool]:
    """Every layer that this machine grants."""
    pool = Pool(specs.spec("full"), ready=2)
    await pool.start()
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="session")
async def container() -> AsyncIterator[Pool]:
    """Without namespaces, as in containers of Docker and Kubernetes."""
    pool = Pool(specs.spec("container", enabled=specs.IN_CONTAINERS), ready=2)
    await pool.start()
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="session")
async def unprivileged(scratch: Path) -> AsyncIterator[UnprivilegedPool]:
    """Without namespaces, root and capabilities, in the server as in its workers."""
    if not specs.anyone_can_start(specs.interpreter()[0]):
        pytest.skip("no interpreter of this version can be started by another user than root")
    pool = UnprivilegedPool()
    await pool.start(str(scratch))
    yield pool
    await pool.close()


@pytest.fixture(params=["full", "container", "unprivileged"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each of the environments in which the sandbox must hold."""
    chosen: Sandbox = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The corpora shared by the services."""
    beside = Path(__file__).resolve().parents[4] / "shared"
    folder = Path(os.environ.get("CODERUNNER_SHARED", str(beside))) / "corpus"
    if not folder.is_dir():
        pytest.skip(f"no corpora at {folder}")
    return folder

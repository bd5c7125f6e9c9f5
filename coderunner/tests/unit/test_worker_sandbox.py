"""What the sandbox tells its callers when its pools fail; no worker is started."""

from __future__ import annotations

import pytest
from sandboxkit.errors import ConfinementUnavailable, PoolClosed, SandboxError, Saturated, StagingFailed, ZygoteFailed
from sandboxkit.layers import Layer, LayerState, Report
from sandboxkit.pool import Pool

from drivenadapters.sandbox.runner import WorkerSandbox
from drivenadapters.sandbox.started_pool import StartedPool
from errors import Busy, ServiceError, TooLarge, Unavailable
from harness.service import settings_for, worker_sandbox
from logics.domain import Program

PROGRAM = Program(code="print(1)", timeout_s=1.0, memory_mb=64)


@pytest.fixture
def sandbox() -> WorkerSandbox:
    return worker_sandbox(settings_for(allow_network=True, max_concurrent_runs=1, ready_workers=1))


@pytest.mark.parametrize(
    ("failure", "expected", "words"),
    [
        (ZygoteFailed("light: no room"), Unavailable, "no room"),
        (ConfinementUnavailable("landlock"), Unavailable, "landlock"),
        (PoolClosed("closing"), Unavailable, "closing"),
        (StagingFailed("No space left on device"), TooLarge, "WORKDIR_MB.*No space left"),
        (Saturated("full", retry_after=2.0), Busy, "full"),
    ],
    ids=lambda item: type(item).__name__ if isinstance(item, Exception) else "",
)
async def test_each_failure_of_a_pool_is_an_error_of_the_service(
    monkeypatch: pytest.MonkeyPatch,
    sandbox: WorkerSandbox,
    failure: SandboxError,
    expected: type[ServiceError],
    words: str,
) -> None:
    async def ready(_: object) -> None:
        raise failure

    monkeypatch.setattr(StartedPool, "ready", ready)
    with pytest.raises(expected, match=words):
        await sandbox.run(PROGRAM)


def let_run(monkeypatch: pytest.MonkeyPatch, *running: str) -> None:
    """Let the pools of these names have a fork server, and no others."""

    def report(pool: Pool) -> Report:
        return {Layer.SECCOMP: LayerState(active=True, detail="")} if pool.spec.name in running else {}

    monkeypatch.setattr(Pool, "report", property(report))


@pytest.mark.parametrize(
    ("running", "down"),
    [(("light", "full"), "data"), (("data", "full"), "light"), ((), "light and data")],
)
async def test_without_light_or_data_workers_the_sandbox_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, sandbox: WorkerSandbox, running: tuple[str, ...], down: str
) -> None:
    let_run(monkeypatch, *running)
    with pytest.raises(Unavailable, match=f"the kind {down}$"):
        await sandbox.health()


async def test_health_tells_of_each_pool_whether_it_is_up(
    monkeypatch: pytest.MonkeyPatch, sandbox: WorkerSandbox
) -> None:
    let_run(monkeypatch, "light", "data")
    workers = (await sandbox.health())["workers"]
    assert {name: state["up"] for name, state in workers.items()} == {
        "light": True,
        "data": True,
        "full": False,
        "full+network": False,
    }

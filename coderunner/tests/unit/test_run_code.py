"""The operator's limits on what a program may ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import LimitExceeded, NetworkForbidden, UnknownEnvironment
from fakes.packages import FakeEnvironments, FakeInstaller, FakeRequests
from fakes.sandbox import FakeSandbox
from logics.domain import Program
from logics.environments import CurrentEnvironment, PackagePolicy
from logics.packages import Distribution
from logics.provide_packages import ProvidePackages
from logics.run_code import RunCode, RunPolicy

PROGRAM = Program(code="print(1)", timeout_s=5.0, memory_mb=100)
POLICY = RunPolicy(max_timeout_s=5.0, max_memory_mb=100, allow_network=False)


def make(sandbox: FakeSandbox, policy: RunPolicy = POLICY) -> RunCode:
    """Return the use case over fakes; one package can be installed."""
    installer = FakeInstaller(index=(Distribution("tinydb", "4.8"),))
    current = CurrentEnvironment(FakeEnvironments(), installer)
    return RunCode(sandbox, ProvidePackages(current, installer, FakeRequests(), PackagePolicy()), policy)


@pytest.fixture
async def sandbox() -> FakeSandbox:
    sandbox = FakeSandbox()
    await sandbox.start()
    return sandbox


async def test_a_program_at_the_limits_runs(sandbox: FakeSandbox) -> None:
    report = await make(sandbox)(PROGRAM)
    assert report.stdout == "1\n"
    assert sandbox.programs == [PROGRAM]


async def test_a_timeout_above_the_maximum_names_field_and_setting(sandbox: FakeSandbox) -> None:
    with pytest.raises(
        LimitExceeded, match=r"timeout is 5\.001; the server's maximum is 5 \(MAX_EXECUTION_TIME\)"
    ) as e:
        await make(sandbox)(replace(PROGRAM, timeout_s=5.001))
    assert [problem.field for problem in e.value.details] == ["timeout"]
    assert sandbox.programs == []


async def test_memory_above_the_maximum_names_field_and_setting(sandbox: FakeSandbox) -> None:
    with pytest.raises(LimitExceeded, match=r"memory_mb is 101; the server's maximum is 100 \(MAX_MEMORY_MB\)") as e:
        await make(sandbox)(replace(PROGRAM, memory_mb=101))
    assert [problem.field for problem in e.value.details] == ["memory_mb"]


async def test_the_network_is_refused_naming_the_setting(sandbox: FakeSandbox) -> None:
    with pytest.raises(NetworkForbidden, match="ALLOW_NETWORK"):
        await make(sandbox)(replace(PROGRAM, network=True))
    assert sandbox.programs == []


async def test_the_network_is_given_where_the_operator_allows_it(sandbox: FakeSandbox) -> None:
    await make(sandbox, replace(POLICY, allow_network=True))(replace(PROGRAM, network=True))
    assert [program.network for program in sandbox.programs] == [True]


async def test_packages_of_the_program_s_own_are_there_when_it_runs(sandbox: FakeSandbox) -> None:
    await make(sandbox)(PROGRAM, ("tinydb==4.8",))
    assert [[item.name for item in program.packages.distributions] for program in sandbox.programs] == [["tinydb"]]


async def test_an_unknown_environment_is_named(sandbox: FakeSandbox) -> None:
    with pytest.raises(UnknownEnvironment, match="'science'"):
        await make(sandbox)(replace(PROGRAM, environment="science"))
    assert sandbox.programs == []

"""The packages that a program gets."""

from __future__ import annotations

import asyncio

import pytest

from errors import (
    IndexUnavailable,
    InvalidRequirement,
    PackagesForbidden,
    UnknownEnvironment,
    UnresolvablePackages,
    UnsupportedPython,
)
from fakes.packages import FakeEnvironments, FakeInstaller, FakeRequests
from logics.environments import CurrentEnvironment, InstallPackages, PackagePolicy
from logics.packages import BASE_SET, Distribution
from logics.provide_packages import ProvidePackages

BASE = (Distribution("numpy", "2.0"),)
INDEX = (Distribution("rich", "13.0"), Distribution("rich", "14.0"), Distribution("flask", "3.0"))


class World:
    """The use case and what it works on."""

    def __init__(self, policy: PackagePolicy | None = None) -> None:
        policy = policy or PackagePolicy()
        self.installer = FakeInstaller(BASE, INDEX)
        self.store = FakeEnvironments()
        self.requests = FakeRequests()
        self.install = InstallPackages(self.store, self.installer, PackagePolicy())
        current = CurrentEnvironment(self.store, self.installer)
        self.provide = ProvidePackages(current, self.installer, self.requests, policy)

    async def versions(self, code: str = "", environment: str = "default", *packages: str) -> dict[str, str]:
        """Return what the program gets beyond the base."""
        found = await self.provide(code, environment, packages)
        return {item.name: item.version for item in found.distributions}


@pytest.fixture
def world() -> World:
    return World()


def script(*dependencies: str, python: str = ">=3.11") -> str:
    return f'# /// script\n# requires-python = "{python}"\n# dependencies = {list(dependencies)}\n# ///\n'


async def test_without_a_wish_it_is_the_environment_s_set(world: World) -> None:
    assert await world.provide("print(1)", "default") == BASE_SET
    await world.install(("rich==13.0",), "pretty")
    assert await world.versions("", "pretty") == {"rich": "13.0"}
    with pytest.raises(UnknownEnvironment):
        await world.provide("", "nowhere")


async def test_a_request_s_packages_come_over_those_of_the_environment(world: World) -> None:
    await world.install(("rich==13.0",), "pretty")
    assert await world.versions("", "pretty", "flask") == {"rich": "13.0", "flask": "3.0"}
    assert await world.versions("", "pretty", "rich==14.0") == {"rich": "14.0"}


async def test_a_script_names_its_packages_and_the_request_wins(world: World) -> None:
    assert await world.versions(script("rich<14")) == {"rich": "13.0"}
    assert await world.versions(script("rich<14"), "default", "rich==14.0") == {"rich": "14.0"}


async def test_what_is_there_already_needs_no_installer_and_no_permission() -> None:
    world = World(PackagePolicy(allow_install=False))
    assert await world.provide(script("numpy>=1"), "default") == BASE_SET
    assert world.installer.requests == []
    with pytest.raises(PackagesForbidden):
        await world.provide(script("rich"), "default")


async def test_the_same_request_again_is_not_resolved_again(world: World) -> None:
    await world.versions("", "default", "rich", "flask")
    await world.versions("", "default", "flask", "rich")
    assert len(world.installer.requests) == 1


async def test_requests_at_the_same_time_share_one_installation(world: World) -> None:
    world.installer.gate.clear()
    waiting = [asyncio.ensure_future(world.versions("", "default", "rich")) for _ in range(5)]
    await world.installer.asked.wait()
    waiting[0].cancel()
    world.installer.gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [{"rich": "14.0"}] * 4
    assert len(world.installer.requests) == 1


async def test_a_failure_is_everybody_s_and_is_tried_again(world: World) -> None:
    for _ in range(2):
        with pytest.raises(UnresolvablePackages):
            await world.provide("", "default", ("absent",))
    assert len(world.installer.requests) == 2


async def test_while_the_index_is_away_an_older_answer_does(world: World) -> None:
    await world.versions("", "default", "rich")
    world.requests.expired = True
    world.installer.failure = IndexUnavailable("no route")
    assert await world.versions("", "default", "rich") == {"rich": "14.0"}
    with pytest.raises(IndexUnavailable):
        await world.provide("", "default", ("flask",))


async def test_wrong_wishes_are_refused(world: World) -> None:
    with pytest.raises(InvalidRequirement) as refusal:
        await world.provide(script("-r x"), "default")
    assert [problem.field for problem in refusal.value.details] == ["code.dependencies.0"]
    with pytest.raises(InvalidRequirement):
        await world.provide("", "default", ("git+https://host/x",))
    with pytest.raises(UnsupportedPython):
        await world.provide(script(python="<3"), "default")


async def test_closing_ends_what_nobody_waits_for(world: World) -> None:
    world.installer.gate.clear()
    waiting = asyncio.ensure_future(world.provide("", "default", ("rich",)))
    await world.installer.asked.wait()
    await world.provide.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting

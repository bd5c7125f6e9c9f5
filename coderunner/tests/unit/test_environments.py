"""The use cases of environments, over fakes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import (
    InvalidRequirement,
    LimitExceeded,
    PackageInUse,
    PackagesForbidden,
    UnknownEnvironment,
    UnknownPackage,
    UnresolvablePackages,
)
from fakes.packages import FakeEnvironments, FakeInstaller
from logics.environments import (
    CurrentEnvironment,
    DeleteEnvironment,
    InstallPackages,
    ListEnvironments,
    ListPackages,
    PackagePolicy,
    UninstallPackages,
)
from logics.packages import BASE_SET, Change, Distribution

BASE = (Distribution("numpy", "2.0", ("numpy",)),)
INDEX = (
    Distribution("flask", "3.0", ("flask",), ("werkzeug>=3",)),
    Distribution("flask", "2.0", ("flask",), ("werkzeug<3",)),
    Distribution("werkzeug", "2.0", ("werkzeug",)),
    Distribution("werkzeug", "3.0", ("werkzeug",)),
    Distribution("numpy", "1.0", ("numpy",)),
)


class World:
    """Everything that the use cases work on."""

    def __init__(self, policy: PackagePolicy | None = None) -> None:
        self.store = FakeEnvironments()
        self.installer = FakeInstaller(BASE, INDEX)
        policy = policy or PackagePolicy(most_environments=2)
        self.install = InstallPackages(self.store, self.installer, policy)
        self.uninstall = UninstallPackages(self.store, self.installer, policy)
        self.current = CurrentEnvironment(self.store, self.installer)
        self.list = ListPackages(self.current, self.installer)
        self.environments = ListEnvironments(self.store)
        self.delete = DeleteEnvironment(self.store, policy)


@pytest.fixture
def world() -> World:
    return World()


async def test_an_install_tells_what_came_and_by_which_names_it_is_imported(world: World) -> None:
    report = await world.install(("flask",), "web")
    assert report.changes == (Change("flask", None, "3.0"), Change("werkzeug", None, "3.0"))
    assert report.modules == ("flask", "werkzeug")
    assert report.environment.requested == ("flask",)
    assert report.duration_ms >= 0


async def test_what_was_asked_for_before_still_counts(world: World) -> None:
    await world.install(("flask==2.0",), "web")
    report = await world.install(("numpy==1.0",), "web")
    assert report.environment.requested == ("flask==2.0", "numpy==1.0")
    assert report.changes == (Change("numpy", "2.0", "1.0"),)


async def test_another_version_of_a_package_replaces_the_one_before(world: World) -> None:
    await world.install(("flask==2.0",), "web")
    report = await world.install(("flask==3.0",), "web")
    assert report.environment.requested == ("flask==3.0",)
    assert Change("werkzeug", "2.0", "3.0") in report.changes


async def test_the_same_again_changes_nothing_and_keeps_the_time(world: World) -> None:
    first = await world.install(("flask",), "web")
    again = await world.install(("flask",), "web")
    assert again.changes == ()
    assert again.environment.changed_at == first.environment.changed_at


async def test_a_requirement_whose_marker_does_not_hold_is_skipped_and_told(world: World) -> None:
    report = await world.install(('absent; python_version < "3"', "flask"), "web")
    assert report.skipped == ('absent; python_version < "3"',)
    assert report.environment.requested == ("flask",)


async def test_a_failure_changes_nothing(world: World) -> None:
    await world.install(("flask==2.0",), "web")
    before = dict(world.store.kept)
    with pytest.raises(UnresolvablePackages):
        await world.install(("absent",), "web")
    with pytest.raises(UnresolvablePackages):
        await world.install(("absent",), "new")
    assert world.store.kept == before


async def test_the_number_of_environments_is_bounded_but_not_changes_of_those_there_are(world: World) -> None:
    await world.install(("flask",), "one")
    await world.install(("flask",), "two")
    await world.install(("flask",), "default")
    with pytest.raises(LimitExceeded, match="MAX_ENVIRONMENTS"):
        await world.install(("flask",), "three")
    await world.install(("numpy==1.0",), "two")


async def test_where_it_is_not_allowed_nothing_is_changed() -> None:
    world = World(PackagePolicy(allow_install=False))
    for change in (world.install(("flask",), "web"), world.uninstall(("flask",), "web"), world.delete("web")):
        with pytest.raises(PackagesForbidden, match="ALLOW_PACKAGE_INSTALL"):
            await change
    assert world.installer.requests == []


async def test_an_uninstall_takes_what_only_that_package_needed(world: World) -> None:
    await world.install(("flask", "numpy==1.0"), "web")
    report = await world.uninstall(("Flask",), "web")
    assert report.changes == (Change("flask", "3.0", None), Change("werkzeug", "3.0", None))
    report = await world.uninstall(("numpy",), "web")
    assert report.changes == (Change("numpy", "1.0", "2.0"),)
    assert report.environment.packages == BASE_SET


async def test_what_cannot_be_removed_is_refused_with_the_reason(world: World) -> None:
    await world.install(("flask",), "web")
    with pytest.raises(PackageInUse, match="flask needs it"):
        await world.uninstall(("werkzeug",), "web")
    with pytest.raises(PackageInUse, match="base of every environment"):
        await world.uninstall(("numpy",), "web")
    with pytest.raises(UnknownPackage, match="'absent'"):
        await world.uninstall(("absent",), "web")
    with pytest.raises(UnknownEnvironment, match="'nowhere'"):
        await world.uninstall(("flask",), "nowhere")
    with pytest.raises(UnknownPackage):
        await world.uninstall(("flask",), "default")
    with pytest.raises(InvalidRequirement):
        await world.uninstall(("flask==3.0",), "web")


async def test_lists_have_the_base_with_the_environment_s_own_over_it(world: World) -> None:
    await world.install(("numpy==1.0", "werkzeug"), "web")
    environment, packages = await world.list("web")
    assert [(item.name, item.version) for item in packages] == [("numpy", "1.0"), ("werkzeug", "3.0")]
    assert environment.requested_names == {"numpy", "werkzeug"}
    assert (await world.list("default"))[1] == BASE
    with pytest.raises(UnknownEnvironment):
        await world.list("nowhere")


async def test_the_default_environment_is_always_listed_first(world: World) -> None:
    assert [item.name for item in await world.environments()] == ["default"]
    await world.install(("flask",), "a")
    assert [item.name for item in await world.environments()] == ["default", "a"]


async def test_a_deleted_environment_is_gone_and_the_default_one_is_the_base_again(world: World) -> None:
    await world.install(("flask",), "a")
    await world.install(("flask",), "default")
    await world.delete("a")
    await world.delete("default")
    with pytest.raises(UnknownEnvironment):
        await world.current("a")
    assert (await world.current("default")).packages == BASE_SET
    with pytest.raises(UnknownEnvironment):
        await world.delete("a")


async def test_an_environment_of_another_base_is_made_anew_once_with_its_versions_preferred(world: World) -> None:
    await world.install(("flask==2.0",), "web")
    kept = world.store.kept["web"]
    world.store.kept["web"] = replace(kept, stale=True, packages=replace(kept.packages, key="", folder=""))
    renewed = await world.current("web")
    assert (renewed.stale, renewed.packages) == (False, kept.packages)
    assert world.installer.requests[-1].preferred.distributions == kept.packages.distributions
    asked = len(world.installer.requests)
    await world.current("web")
    assert len(world.installer.requests) == asked

"""What every adapter of the package ports does: those in memory, and those on disk with uv and with pip."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivenadapters.packages.base_set import BaseSet
from drivenadapters.packages.environment_files import EnvironmentFiles
from drivenadapters.packages.folders import StoreFolders
from drivenadapters.packages.processes import Bounds
from drivenadapters.packages.request_files import RequestFiles
from drivenadapters.packages.set_files import SetFiles
from drivenadapters.packages.sources import PackageSource
from drivenadapters.packages.wheel_installer import WheelInstaller
from drivenadapters.sandbox.packages import find_base
from errors import (
    EnvironmentBusy,
    IndexUnavailable,
    InstallTimedOut,
    ServiceError,
    StoreUnavailable,
    UnresolvablePackages,
)
from fakes.packages import FakeEnvironments, FakeInstaller, FakeRequests
from harness.index import Index, serving_index
from harness.service import settings_for
from harness.wheels import build_wheel
from logics.packages import BASE_SET, Distribution, Environment, PackageSet, SetRequest, combined
from logics.ports import EnvironmentStore, PackageInstaller, RequestedSets

INDEX = (
    Distribution("handmade", "1.0", ("handmade",)),
    Distribution("handmade", "2.0", ("handmade",)),
    Distribution("needy", "1.0", ("needy",), ("handmade<2",)),
)
BASE = BaseSet(find_base(settings_for().site_packages_dir))


@dataclass
class Ports:
    """One implementation of each port, over the same store."""

    installer: PackageInstaller
    environments: EnvironmentStore
    requests: RequestedSets


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    wheels = tmp_path_factory.mktemp("wheels")
    for item in INDEX:
        build_wheel(wheels, item.name, item.version, requires=item.requires)
    with serving_index(wheels) as index:
        yield index


@pytest.fixture(params=["fake", "disk"])
def ports(request: pytest.FixtureRequest, index: Index, tmp_path: Path) -> Ports:
    return in_memory() if request.param == "fake" else on_disk(tmp_path, index.url)


@pytest.fixture(params=["fake", "uv", "pip"])
def installer(request: pytest.FixtureRequest, index: Index, tmp_path: Path) -> PackageInstaller:
    if request.param == "fake":
        return in_memory().installer
    return on_disk(tmp_path, index.url, uv="" if request.param == "pip" else None).installer


def in_memory() -> Ports:
    """Return the fakes, with a base of two packages."""
    base = (
        Distribution("numpy", "2.0", ("numpy",)),
        Distribution("threadpoolctl", "3.0", ("threadpoolctl",), (), False),
    )
    return Ports(FakeInstaller(base, INDEX), FakeEnvironments(), FakeRequests())


def on_disk(store: Path, url: str, uv: str | None = None, patience: float = 30.0, base: BaseSet = BASE) -> Ports:
    """Return the ports over a folder."""
    sets = SetFiles(StoreFolders(store))
    source = PackageSource(url, {"PATH": "/usr/bin:/bin"})
    return Ports(
        WheelInstaller(sets, base, source, Bounds(seconds=60.0), uv=uv),
        EnvironmentFiles(sets, base, patience),
        RequestFiles(sets, base, source, 3600.0),
    )


def processes_in(folder: Path) -> list[str]:
    """Return the processes that work below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(folder)):
                found.append(entry.name)
    return found


def versions(packages: PackageSet) -> dict[str, str]:
    return {item.name: item.version for item in packages.distributions}


async def test_a_set_has_what_was_asked_for_and_what_that_needs(installer: PackageInstaller) -> None:
    packages = await installer.provide(SetRequest(("needy",)))
    assert versions(packages) == {"handmade": "1.0", "needy": "1.0"}
    assert packages.modules == ("handmade", "needy")
    assert packages.key
    assert packages.folder
    assert [item.requires for item in packages.distributions if item.name == "needy"] == [("handmade<2",)]


async def test_the_same_content_is_the_same_set(installer: PackageInstaller) -> None:
    first = await installer.provide(SetRequest(("handmade==1.0", "needy")))
    assert await installer.provide(SetRequest(("needy",))) == first


async def test_what_the_base_has_is_no_set(installer: PackageInstaller) -> None:
    assert await installer.provide(SetRequest(("numpy",))) == BASE_SET
    assert await installer.provide(SetRequest(())) == BASE_SET
    assert "numpy" in combined(await installer.base(), BASE_SET)


async def test_what_the_base_has_for_itself_is_opened_when_it_is_asked_for(installer: PackageInstaller) -> None:
    closed = combined(await installer.base(), BASE_SET)["threadpoolctl"]
    assert not closed.importable
    packages = await installer.provide(SetRequest(("threadpoolctl",)))
    assert packages.key
    assert (packages.modules, packages.opened_modules) == ((), ("threadpoolctl",))
    assert combined(await installer.base(), packages)["threadpoolctl"].importable
    assert await installer.provide(SetRequest(("threadpoolctl",))) == packages


async def test_versions_of_the_preferred_set_stay(installer: PackageInstaller) -> None:
    old = await installer.provide(SetRequest(("handmade==1.0",)))
    assert versions(await installer.provide(SetRequest(("handmade",), old))) == {"handmade": "1.0"}
    assert versions(await installer.provide(SetRequest(("handmade",)))) == {"handmade": "2.0"}
    assert versions(await installer.provide(SetRequest(("handmade>=2",), old))) == {"handmade": "2.0"}


@pytest.mark.parametrize("wanted", [("absent-package",), ("handmade==9",), ("needy", "handmade==2.0")])
async def test_what_cannot_be_had_is_unresolvable_with_the_reason(
    installer: PackageInstaller, wanted: tuple[str, ...]
) -> None:
    with pytest.raises(UnresolvablePackages) as failure:
        await installer.provide(SetRequest(wanted))
    assert wanted[0].partition("=")[0] in failure.value.message or "handmade" in failure.value.message


async def test_an_environment_is_what_was_put_last_until_it_is_removed(ports: Ports) -> None:
    packages = await ports.installer.provide(SetRequest(("handmade==1.0",)))
    assert await ports.environments.get("a") is None
    first = Environment("a", ("handmade==1.0",), packages, datetime(2026, 1, 2, tzinfo=UTC))
    await ports.environments.put(first)
    await ports.environments.put(replace(first, name="b"))
    assert await ports.environments.get("a") == first
    second = replace(first, requested=(), packages=BASE_SET)
    await ports.environments.put(second)
    assert await ports.environments.get("a") == second
    assert await ports.environments.names() == ("a", "b")
    await ports.environments.remove("a")
    await ports.environments.remove("a")
    assert await ports.environments.get("a") is None
    assert await ports.environments.names() == ("b",)


async def test_only_one_changes_an_environment_at_a_time(ports: Ports) -> None:
    at_work = most = 0

    async def change(name: str) -> None:
        nonlocal at_work, most
        async with ports.environments.exclusive(name):
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(*(change("a") for _ in range(5)))
    assert most == 1
    async with ports.environments.exclusive("a"):
        await change("b")


async def test_a_request_is_remembered_with_what_it_was_made_over(ports: Ports) -> None:
    packages = await ports.installer.provide(SetRequest(("handmade==1.0",)))
    request = SetRequest(("handmade",))
    assert await ports.requests.get(request) is None
    await ports.requests.put(request, packages)
    assert await ports.requests.get(request) == packages
    assert await ports.requests.stale(request) == packages
    assert await ports.requests.get(SetRequest(("handmade",), packages)) is None
    await ports.requests.put(SetRequest(("numpy",)), BASE_SET)
    assert await ports.requests.get(SetRequest(("numpy",))) == BASE_SET


class TestOnDisk:
    """What only the adapters on disk can be asked."""

    @pytest.mark.parametrize("uv", [None, ""], ids=["uv", "pip"])
    async def test_a_folder_of_wheels_is_enough(self, index: Index, tmp_path: Path, uv: str | None) -> None:
        folder = tmp_path / "my wheels"
        shutil.copytree(index.wheels, folder)
        ports = on_disk(tmp_path / "store", folder.as_uri(), uv)
        assert versions(await ports.installer.provide(SetRequest(("needy",)))) == {"handmade": "1.0", "needy": "1.0"}

    @pytest.mark.parametrize("uv", [None, ""], ids=["uv", "pip"])
    async def test_versions_are_compared_not_spelled(self, tmp_path: Path, uv: str | None) -> None:
        wheels = tmp_path / "wheels"
        wheels.mkdir()
        build_wheel(wheels, "calendar-version", "2024.1.5", claimed=("Calendar.Version", "2024.01.05"))
        build_wheel(wheels, "early", "1.0b2", claimed=("early", "1.0-beta.2"))
        ports = on_disk(tmp_path / "store", wheels.as_uri(), uv)
        found = await ports.installer.provide(SetRequest(("calendar-version==2024.01.05", "early==1.0beta2")))
        assert versions(found) == {"calendar-version": "2024.1.5", "early": "1.0b2"}

    @pytest.mark.parametrize("uv", [None, ""], ids=["uv", "pip"])
    async def test_a_private_index_is_asked_with_its_credentials_which_nobody_is_told(
        self, index: Index, tmp_path: Path, uv: str | None
    ) -> None:
        with serving_index(index.wheels, credentials="reader:hunter2") as private:
            url = private.url
            ports = on_disk(tmp_path / "store", url, uv)
            assert versions(await ports.installer.provide(SetRequest(("handmade==1.0",)))) == {"handmade": "1.0"}
            with pytest.raises(UnresolvablePackages) as failure:
                await ports.installer.provide(SetRequest(("absent-package",)))
            private.credentials = "reader:changed"
            with pytest.raises(ServiceError) as refusal:
                await on_disk(tmp_path / "other", url, uv).installer.provide(SetRequest(("handmade==2.0",)))
        texts = (failure.value.message, failure.value.shown, refusal.value.message, refusal.value.shown)
        assert "hunter2" not in "".join(texts)
        kept = b"".join(path.read_bytes() for path in (tmp_path / "store" / "sets").rglob("*") if path.is_file())
        assert b"hunter2" not in kept

    @pytest.mark.parametrize("uv", [None, ""], ids=["uv", "pip"])
    async def test_an_index_that_is_away_is_not_the_caller_s_fault(
        self, index: Index, tmp_path: Path, uv: str | None
    ) -> None:
        with serving_index(index.wheels) as gone:
            url = gone.url
        with pytest.raises(IndexUnavailable):
            await on_disk(tmp_path, url, uv).installer.provide(SetRequest(("handmade",)))

    async def test_an_index_that_fails_is_not_the_caller_s_fault(self, index: Index, tmp_path: Path) -> None:
        """With uv: pip tells nobody why it passed over a page."""
        with serving_index(index.wheels, failing=True) as broken, pytest.raises(IndexUnavailable):
            await on_disk(tmp_path, broken.url).installer.provide(SetRequest(("handmade",)))

    async def test_an_installation_that_takes_too_long_is_ended_with_all_its_processes(
        self, index: Index, tmp_path: Path
    ) -> None:
        with serving_index(index.wheels) as slow:
            slow.hold.clear()
            sets = SetFiles(StoreFolders(tmp_path))
            source = PackageSource(slow.url, {"PATH": "/usr/bin:/bin"})
            installer = WheelInstaller(sets, BASE, source, Bounds(seconds=3.0))
            with pytest.raises(InstallTimedOut):
                await installer.provide(SetRequest(("handmade",)))
        assert list((tmp_path / "partial").iterdir()) == []
        assert list((tmp_path / "sets").iterdir()) == []
        assert processes_in(tmp_path) == []

    async def test_an_answer_without_exact_versions_gets_old(self, index: Index, tmp_path: Path) -> None:
        ports = on_disk(tmp_path, index.url)
        packages = await ports.installer.provide(SetRequest(("handmade==1.0",)))
        sets = SetFiles(StoreFolders(tmp_path))
        expired = RequestFiles(sets, BASE, PackageSource(index.url), 0.0)
        for requested in (("handmade",), ("handmade>=1",), ("handmade==1.*",), ("handmade==1.0", "needy")):
            await expired.put(SetRequest(requested), packages)
            assert await expired.get(SetRequest(requested)) is None
            assert await expired.stale(SetRequest(requested)) == packages
        await expired.put(SetRequest(("handmade==1.0",)), packages)
        assert await expired.get(SetRequest(("handmade==1.0",))) == packages

    async def test_another_process_sees_a_change_at_once(self, index: Index, tmp_path: Path) -> None:
        first, second = on_disk(tmp_path, index.url), on_disk(tmp_path, index.url)
        packages = await first.installer.provide(SetRequest(("handmade==1.0",)))
        environment = Environment("a", ("handmade==1.0",), packages, datetime(2026, 1, 2, tzinfo=UTC))
        assert await second.environments.get("a") is None
        await first.environments.put(environment)
        assert await second.environments.get("a") == environment
        await first.environments.put(replace(environment, requested=("handmade",)))
        assert (await second.environments.get("a")) == replace(environment, requested=("handmade",))

    async def test_who_waits_too_long_for_others_is_told(self, index: Index, tmp_path: Path) -> None:
        first, second = on_disk(tmp_path, index.url), on_disk(tmp_path, index.url, patience=0.0)
        async with first.environments.exclusive("a"):
            with pytest.raises(EnvironmentBusy, match="'a'"):
                async with second.environments.exclusive("a"):
                    pass

    async def test_a_set_of_another_base_is_stale_with_its_versions_known(self, index: Index, tmp_path: Path) -> None:
        class OtherBase(BaseSet):
            identity = "another"

        other = on_disk(tmp_path, index.url, base=OtherBase(BASE.packages))
        packages = await other.installer.provide(SetRequest(("handmade==1.0",)))
        environment = Environment("a", ("handmade",), packages, datetime(2026, 1, 2, tzinfo=UTC))
        await other.environments.put(environment)
        ours = on_disk(tmp_path, index.url)
        found = await ours.environments.get("a")
        assert found is not None
        assert found.stale
        renewed = await ours.installer.provide(SetRequest(found.requested, found.packages))
        assert versions(renewed) == {"handmade": "1.0"}
        assert renewed.key != packages.key
        await ours.environments.put(replace(found, packages=renewed, stale=False))
        assert (await ours.environments.get("a")) == replace(environment, packages=renewed)
        assert await other.environments.get("a") == environment

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "{}", '{"sets": {}, "requested": [], "had": [], "changed_at": "x"}']
    )
    async def test_a_damaged_file_is_the_store_s_fault(self, index: Index, tmp_path: Path, text: str) -> None:
        ports = on_disk(tmp_path, index.url)
        (tmp_path / "environments").mkdir()
        (tmp_path / "environments" / "a.json").write_text(text)
        with pytest.raises(StoreUnavailable, match="'a'"):
            await ports.environments.get("a")

    async def test_a_set_that_is_gone_makes_its_environment_stale(self, index: Index, tmp_path: Path) -> None:
        ports = on_disk(tmp_path, index.url)
        packages = await ports.installer.provide(SetRequest(("handmade==1.0",)))
        environment = Environment("a", ("handmade",), packages, datetime(2026, 1, 2, tzinfo=UTC))
        await ports.environments.put(environment)
        assert await ports.environments.get("a") == environment
        (tmp_path / "sets" / packages.key).rename(tmp_path / "elsewhere")
        found = await ports.environments.get("a")
        assert found is not None
        assert found.stale
        assert versions(found.packages) == {"handmade": "1.0"}

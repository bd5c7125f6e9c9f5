"""Which package sets have ready workers; no worker is started."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from drivenadapters.sandbox import warm_groups
from drivenadapters.sandbox.warm_groups import WarmGroups, WarmLimits
from errors import StoreUnavailable
from logics.packages import PackageSet


class Group:
    """A group that notes its end."""

    def __init__(self, packages: PackageSet) -> None:
        self.key = packages.key
        self.closed = asyncio.Event()

    async def close(self) -> None:
        self.closed.set()


class World:
    """The groups under test, and what became of groups and leases."""

    def __init__(self, most: int = 2, idle: float = 1000.0) -> None:
        self.made: list[Group] = []
        self.held: list[str] = []
        self.released: list[str] = []
        self.missing: set[str] = set()
        self.groups = WarmGroups(self._make, self._hold, WarmLimits(most, idle))

    def _make(self, packages: PackageSet) -> Any:
        self.made.append(Group(packages))
        return self.made[-1]

    def _hold(self, key: str) -> Any:
        if key in self.missing:
            raise StoreUnavailable(f"the package set {key} is gone")
        self.held.append(key)
        world = self

        class Lease:
            def release(self) -> None:
                world.released.append(key)

        return Lease()

    async def use(self, key: str) -> Group:
        async with self.groups.use(PackageSet(key)) as group:
            return group  # type: ignore[return-value]


async def test_a_group_is_made_once_and_used_again() -> None:
    world = World()
    assert await world.use("a") is await world.use("a")
    assert (world.held, world.released, world.groups.count) == (["a"], [], 1)


async def test_uses_at_the_same_time_share_one_group() -> None:
    world = World()
    groups = await asyncio.gather(*(world.use("a") for _ in range(5)))
    assert len(set(map(id, groups))) == 1


async def test_the_group_that_was_used_longest_ago_makes_room() -> None:
    world = World(most=2)
    first, second = await world.use("a"), await world.use("b")
    await world.use("a")
    await world.use("c")
    await second.closed.wait()
    await asyncio.sleep(0)
    assert (world.released, first.closed.is_set(), world.groups.count) == (["b"], False, 2)


async def test_a_group_with_a_program_running_is_not_ended_for_another() -> None:
    world = World(most=1)
    async with world.groups.use(PackageSet("a")), world.groups.use(PackageSet("b")):
        assert world.groups.count == 2
        assert not any(group.closed.is_set() for group in world.made)
    await asyncio.gather(*(group.closed.wait() for group in world.made[1:]))
    assert world.groups.count == 1


async def test_an_idle_group_is_ended_and_its_set_let_go() -> None:
    world = World(idle=0.01)
    world.groups.start()
    group = await world.use("a")
    async with asyncio.timeout(10):
        await group.closed.wait()
    assert world.groups.count == 0
    await world.groups.close()
    assert world.released == ["a"]


async def test_short_memory_ends_the_group_that_was_idle_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_groups, "_LOOK_SECONDS", 0.01)
    answers = iter([True])
    monkeypatch.setattr(warm_groups, "memory_is_short", lambda: next(answers, False))
    world = World(most=5)
    first = await world.use("a")
    await world.use("b")
    world.groups.start()
    async with asyncio.timeout(10):
        await first.closed.wait()
    assert world.groups.count == 1
    await world.groups.close()


async def test_a_set_that_is_gone_is_told_and_may_come_back() -> None:
    world = World()
    world.missing = {"a"}
    with pytest.raises(StoreUnavailable):
        await world.use("a")
    world.missing = set()
    await world.use("a")
    assert world.groups.count == 1


async def test_closing_ends_all_groups_and_lets_all_sets_go() -> None:
    world = World()
    world.groups.start()
    for key in ("a", "b"):
        await world.use(key)
    await world.groups.close()
    assert all(group.closed.is_set() for group in world.made)
    assert sorted(world.released) == ["a", "b"]

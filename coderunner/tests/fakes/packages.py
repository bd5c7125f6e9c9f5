"""Package ports in memory: an index of what the tests say, sets without files, environments in a dictionary."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from errors import UnresolvablePackages
from logics.packages import BASE_SET, Distribution, Environment, PackageSet, SetRequest, combined
from logics.requirements import applies, name_of


class FakeInstaller:
    """Satisfies the port ``PackageInstaller``.

    Args:
        base: what every environment has.
        index: what can be installed.
    """

    def __init__(self, base: tuple[Distribution, ...] = (), index: tuple[Distribution, ...] = ()) -> None:
        self._base = base
        self.index = list(index)
        self.requests: list[SetRequest] = []
        self.failure: Exception | None = None
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def base(self) -> tuple[Distribution, ...]:
        """See the port."""
        return self._base

    async def provide(self, request: SetRequest) -> PackageSet:
        """See the port."""
        self.requests.append(request)
        self.asked.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        chosen: dict[str, Distribution] = {}
        ranges: dict[str, SpecifierSet] = {}
        pending = [Requirement(text) for text in request.requested]
        while pending:
            wanted = pending.pop()
            if not applies(wanted):
                continue
            name = name_of(wanted)
            ranges[name] = ranges.get(name, SpecifierSet()) & wanted.specifier
            found = self._choose(name, ranges[name], combined(self._base, request.preferred))
            if chosen.get(name) != found:
                chosen[name] = found
                pending += [Requirement(text) for text in found.requires]
        beyond = tuple(sorted((item for item in chosen.values() if item not in self._base), key=lambda item: item.name))
        opened = tuple(replace(item, importable=True) for item in chosen.values() if not item.importable)
        return self._set(beyond, opened) if beyond or opened else BASE_SET

    def _choose(self, name: str, versions: SpecifierSet, present: dict[str, Distribution]) -> Distribution:
        candidates = [present[name]] if name in present else []
        candidates += sorted((item for item in self.index if item.name == name), key=lambda item: item.version)[::-1]
        for item in candidates:
            if versions.contains(item.version, prereleases=True):
                return item
        raise UnresolvablePackages(f"there is no version of {name} that fits {versions}")

    @staticmethod
    def _set(distributions: tuple[Distribution, ...], opened: tuple[Distribution, ...]) -> PackageSet:
        pins = "\0".join(f"{item.name}=={item.version}" for item in (*distributions, *opened))
        key = sha256(pins.encode()).hexdigest()[:32]
        return PackageSet(key, f"/fake/{key}", distributions, opened)


class FakeEnvironments:
    """Satisfies the port ``EnvironmentStore``."""

    def __init__(self) -> None:
        self.kept: dict[str, Environment] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, name: str) -> Environment | None:
        """See the port."""
        return self.kept.get(name)

    async def names(self) -> tuple[str, ...]:
        """See the port."""
        return tuple(sorted(self.kept))

    async def put(self, environment: Environment) -> None:
        """See the port."""
        self.kept[environment.name] = environment

    async def remove(self, name: str) -> None:
        """See the port."""
        self.kept.pop(name, None)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[None]:
        """See the port; it waits as long as it takes."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            yield


class FakeRequests:
    """Satisfies the port ``RequestedSets``."""

    def __init__(self) -> None:
        self.kept: dict[SetRequest, PackageSet] = {}
        self.expired = False

    async def get(self, request: SetRequest) -> PackageSet | None:
        """See the port."""
        return None if self.expired else self.kept.get(request)

    async def stale(self, request: SetRequest) -> PackageSet | None:
        """See the port."""
        return self.kept.get(request)

    async def put(self, request: SetRequest, packages: PackageSet) -> None:
        """See the port."""
        self.kept[request] = packages

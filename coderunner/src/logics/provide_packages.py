"""The use case of finding, or making, the packages that a program is to have."""

from __future__ import annotations

import asyncio

from packaging.requirements import Requirement

from errors import IndexUnavailable, InstallTimedOut
from logics.environments import CurrentEnvironment, PackagePolicy
from logics.inline_metadata import read_metadata
from logics.packages import Environment, PackageSet, SetRequest, combined
from logics.ports import PackageInstaller, RequestedSets
from logics.requirements import applies, is_satisfied, merged, plain


class ProvidePackages:
    """Returns the set of a program: its environment's, or one with the packages it asks for itself.

    Requests for the same packages at the same time are served by one installation, which
    goes on when those who wait for it leave.
    """

    def __init__(
        self,
        current: CurrentEnvironment,
        installer: PackageInstaller,
        sets: RequestedSets,
        policy: PackagePolicy,
    ) -> None:
        self._current = current
        self._installer = installer
        self._sets = sets
        self._policy = policy
        self._under_way: dict[SetRequest, asyncio.Task[PackageSet]] = {}

    async def __call__(self, code: str, environment: str, packages: tuple[str, ...] = ()) -> PackageSet:
        """Return the set to run ``code`` with.

        Raises:
            UnknownEnvironment: there is none by that name.
            InvalidInput, InvalidRequirement, UnsupportedPython: what the request or the script asks for is wrong.
            PackagesForbidden: it asks for what would have to be installed, which is not allowed.
            UnresolvablePackages and others: see the installer.
        """
        wanted = self._wanted(code, packages)
        found = await self._current(environment)
        if not wanted or is_satisfied(wanted, combined(await self._installer.base(), found.packages)):
            return found.packages
        self._policy.check()
        return await self._ad_hoc(found, wanted)

    async def close(self) -> None:
        """End installations that nobody waits for any more."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _wanted(self, code: str, packages: tuple[str, ...]) -> tuple[Requirement, ...]:
        metadata = read_metadata(code)
        wanted = self._policy.rules.read(packages)
        if metadata is not None:
            metadata.check_python()
            inline = self._policy.rules.read(metadata.dependencies, "code.dependencies")
            wanted = tuple(merged((*inline, *wanted)).values())
        return tuple(item for item in wanted if applies(item))

    async def _ad_hoc(self, environment: Environment, wanted: tuple[Requirement, ...]) -> PackageSet:
        asked = merged(Requirement(text) for text in environment.requested) | merged(wanted)
        requested = tuple(plain(asked[name]) for name in sorted(asked))
        request = SetRequest(requested, environment.packages)
        known = await self._sets.get(request)
        if known is not None:
            return known
        task = self._under_way.get(request)
        if task is None:
            task = asyncio.create_task(self._install(request))
            self._under_way[request] = task
            task.add_done_callback(lambda done: self._finish(request, done))
        return await asyncio.shield(task)

    async def _install(self, request: SetRequest) -> PackageSet:
        try:
            packages = await self._installer.provide(request)
        except (IndexUnavailable, InstallTimedOut):
            older = await self._sets.stale(request)
            if older is None:
                raise
            return older  # versions of yesterday are better than none
        await self._sets.put(request, packages)
        return packages

    def _finish(self, request: SetRequest, done: asyncio.Task[PackageSet]) -> None:
        self._under_way.pop(request, None)
        if not done.cancelled():
            done.exception()  # those who waited have it

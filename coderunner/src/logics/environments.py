"""The use cases of package environments: install, uninstall, list, delete."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from packaging.requirements import Requirement

from errors import FieldProblem, LimitExceeded, PackageInUse, PackagesForbidden, UnknownEnvironment, UnknownPackage
from logics.domain import DEFAULT_ENVIRONMENT
from logics.packages import (
    ChangeReport,
    Distribution,
    Environment,
    PackageSet,
    SetRequest,
    changes_between,
    combined,
)
from logics.ports import EnvironmentStore, PackageInstaller
from logics.requirements import RequirementRules, applies, dependents, merged, name_of, plain, reachable


@dataclass(frozen=True)
class PackagePolicy:
    """What the operator lets callers do with packages.

    Attributes:
        allow_install: whether anything may be installed or removed.
        most_environments: named environments at a time, beside the default one.
        rules: for requirements.
    """

    allow_install: bool = True
    most_environments: int = 100
    rules: RequirementRules = field(default_factory=RequirementRules)

    def check(self) -> None:
        """Raise PackagesForbidden where environments may not be changed."""
        if not self.allow_install:
            raise PackagesForbidden("packages may not be installed or removed here; ALLOW_PACKAGE_INSTALL is off")


class CurrentEnvironment:
    """Finds what an environment's name means now, and makes it anew where the server's base has changed."""

    def __init__(self, store: EnvironmentStore, installer: PackageInstaller) -> None:
        self._store = store
        self._installer = installer

    async def __call__(self, name: str) -> Environment:
        """Return the environment; the default one always exists.

        Raises:
            UnknownEnvironment: there is none by that name.
            UnresolvablePackages and others: see the installer; only where it has to be made anew.
        """
        environment = await self._find(name)
        return await self._renew(name) if environment.stale else environment

    async def _find(self, name: str) -> Environment:
        found = await self._store.get(name)
        if found is None and name != DEFAULT_ENVIRONMENT:
            raise UnknownEnvironment(f"there is no environment {name!r}; install a package into it to make it")
        return found or Environment(name)

    async def _renew(self, name: str) -> Environment:
        async with self._store.exclusive(name):
            environment = await self._find(name)
            if environment.stale:
                packages = await self._installer.provide(SetRequest(environment.requested, environment.packages))
                environment = replace(environment, packages=packages, stale=False)
                await self._store.put(environment)
        return environment


class InstallPackages:
    """Lets an environment name a set that has more packages, or other versions of them."""

    def __init__(self, store: EnvironmentStore, installer: PackageInstaller, policy: PackagePolicy) -> None:
        self._store = store
        self._installer = installer
        self._policy = policy

    async def __call__(self, texts: tuple[str, ...], name: str) -> ChangeReport:
        """Install packages; the environment is made if there is none.

        Raises:
            PackagesForbidden, InvalidRequirement: refused.
            LimitExceeded: there are too many environments.
            EnvironmentBusy: other changes of it take too long.
            UnresolvablePackages and others: see the installer; the environment is as it was.
        """
        self._policy.check()
        wanted = self._policy.rules.read(texts)
        started = time.monotonic()
        async with self._store.exclusive(name):
            before = await self._store.get(name) or await self._new(name)
            after = await self._change(before, wanted)
            base = await self._installer.base()
        return report_change(before, after, base, wanted, started)

    async def _new(self, name: str) -> Environment:
        names = set(await self._store.names()) - {DEFAULT_ENVIRONMENT}
        if name != DEFAULT_ENVIRONMENT and len(names) >= self._policy.most_environments:
            message = (
                f"there are {len(names)} environments; at most {self._policy.most_environments} (MAX_ENVIRONMENTS)"
            )
            raise LimitExceeded(message, details=[FieldProblem("environment", message)])
        return Environment(name)

    async def _change(self, before: Environment, wanted: tuple[Requirement, ...]) -> Environment:
        asked = merged(Requirement(text) for text in before.requested)
        asked |= merged(item for item in wanted if applies(item))
        requested = tuple(plain(asked[name]) for name in sorted(asked))
        packages = await self._installer.provide(SetRequest(requested, before.packages))
        return await switch(self._store, before, requested, packages)


class UninstallPackages:
    """Lets an environment name a set without packages that were asked for."""

    def __init__(self, store: EnvironmentStore, installer: PackageInstaller, policy: PackagePolicy) -> None:
        self._store = store
        self._installer = installer
        self._policy = policy

    async def __call__(self, texts: tuple[str, ...], name: str) -> ChangeReport:
        """Remove packages, and what only they needed.

        Raises:
            PackagesForbidden, InvalidRequirement: refused.
            UnknownEnvironment, UnknownPackage: there is nothing to remove.
            PackageInUse: it belongs to the base, or another package needs it.
            EnvironmentBusy and the installer's: the environment is as it was.
        """
        self._policy.check()
        unwanted = merged(self._policy.rules.read_names(texts))
        started = time.monotonic()
        async with self._store.exclusive(name):
            before = await self._store.get(name)
            if before is None and name != DEFAULT_ENVIRONMENT:
                raise UnknownEnvironment(f"there is no environment {name!r}")
            before = before or Environment(name)
            base = await self._installer.base()
            after = await self._without(before, set(unwanted), base)
        return report_change(before, after, base, (), started)

    async def _without(self, before: Environment, names: set[str], base: tuple[Distribution, ...]) -> Environment:
        asked = merged(Requirement(text) for text in before.requested)
        available = combined(base, before.packages)
        for name in sorted(names - set(asked)):
            raise _why_not(name, before, available)
        left = [asked[name] for name in sorted(set(asked) - names)]
        requested = tuple(plain(item) for item in left)
        # What nothing asks for any more goes back to the base's version, or goes.
        needed = reachable(left, available)
        kept = tuple(item for item in before.packages.distributions if item.name in needed)
        preferred = replace(before.packages, distributions=kept)
        packages = await self._installer.provide(SetRequest(requested, preferred))
        return await switch(self._store, before, requested, packages)


def _why_not(name: str, environment: Environment, available: dict[str, Distribution]) -> Exception:
    """Return the reason why a package that nobody asked for cannot be removed."""
    if name not in available:
        return UnknownPackage(f"environment {environment.name!r} has no package {name!r}")
    if name in {item.name for item in environment.packages.distributions}:
        needing = ", ".join(dependents(name, available)) or "others"
        return PackageInUse(f"{name!r} was not asked for by name: {needing} needs it")
    return PackageInUse(f"{name!r} belongs to the base of every environment and cannot be removed")


class ListPackages:
    """Tells what programs find in an environment."""

    def __init__(self, current: CurrentEnvironment, installer: PackageInstaller) -> None:
        self._current = current
        self._installer = installer

    async def __call__(self, name: str) -> tuple[Environment, tuple[Distribution, ...]]:
        """Return the environment, and its packages with those of the base by name.

        Raises:
            UnknownEnvironment: there is none by that name.
        """
        environment = await self._current(name)
        available = combined(await self._installer.base(), environment.packages)
        return environment, tuple(available[key] for key in sorted(available))


class ListEnvironments:
    """Tells which environments there are."""

    def __init__(self, store: EnvironmentStore) -> None:
        self._store = store

    async def __call__(self) -> tuple[Environment, ...]:
        """Return them by name, the default one first."""
        names = set(await self._store.names()) - {DEFAULT_ENVIRONMENT}
        found = [await self._store.get(name) for name in (DEFAULT_ENVIRONMENT, *sorted(names))]
        default = found[0] or Environment(DEFAULT_ENVIRONMENT)
        return (default, *(item for item in found[1:] if item is not None))


class DeleteEnvironment:
    """Forgets an environment; the default one becomes the base alone again."""

    def __init__(self, store: EnvironmentStore, policy: PackagePolicy) -> None:
        self._store = store
        self._policy = policy

    async def __call__(self, name: str) -> None:
        """Forget the name; runs that use its set go on.

        Raises:
            PackagesForbidden: environments may not be changed here.
            UnknownEnvironment: there is none by that name.
        """
        self._policy.check()
        async with self._store.exclusive(name):
            if await self._store.get(name) is None and name != DEFAULT_ENVIRONMENT:
                raise UnknownEnvironment(f"there is no environment {name!r}")
            await self._store.remove(name)


async def switch(
    store: EnvironmentStore, before: Environment, requested: tuple[str, ...], packages: PackageSet
) -> Environment:
    """Let the environment name another set, unless everything is as it was."""
    changed = packages.key != before.packages.key or before.stale
    at = datetime.now(UTC) if changed or before.changed_at is None else before.changed_at
    after = Environment(before.name, requested, packages, at)
    if after != before:
        await store.put(after)
    return after


def report_change(
    before: Environment,
    after: Environment,
    base: tuple[Distribution, ...],
    wanted: tuple[Requirement, ...],
    started: float,
) -> ChangeReport:
    """Return what a change did; ``started`` is the monotonic time of the request."""
    now = combined(base, after.packages)
    changes = changes_between(combined(base, before.packages), now)
    touched: set[str] = {name_of(item) for item in wanted if applies(item)}
    touched |= {item.name for item in changes if item.after is not None}
    modules = {module for name in touched if name in now for module in now[name].modules}
    return ChangeReport(
        environment=after,
        changes=changes,
        modules=tuple(sorted(modules)),
        skipped=tuple(str(item) for item in wanted if not applies(item)),
        duration_ms=round((time.monotonic() - started) * 1000, 3),
    )

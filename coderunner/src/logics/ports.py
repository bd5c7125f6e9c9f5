"""What the use cases need from the outside."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from logics.domain import Program, RunReport
from logics.packages import Distribution, Environment, PackageSet, SetRequest


class Sandbox(Protocol):
    """Runs programs where they can do no harm."""

    async def run(self, program: Program) -> RunReport:
        """Run a program to its end, whatever it does.

        Raises:
            Busy: no capacity within the waiting time.
            TooLarge: the program's files do not fit into its working directory.
            Unavailable: the sandbox is not running.
        """


class PackageInstaller(Protocol):
    """Finds versions that go together, and installs them as sets."""

    async def base(self) -> tuple[Distribution, ...]:
        """Return the packages that every environment has.

        Raises:
            StoreUnavailable: they cannot be read.
        """

    async def provide(self, request: SetRequest) -> PackageSet:
        """Return a set that has what is requested beside the base, installed if it was not.

        Versions of the base stay unless what is requested cannot live with them, and so do
        those of the preferred set, which need not exist any more.

        Raises:
            UnresolvablePackages: with the resolver's reason.
            PackagesTooLarge: over a limit of size or number.
            Busy: too many installations wait already.
            InstallTimedOut, IndexUnavailable, StoreUnavailable: nothing was changed.
        """


class EnvironmentStore(Protocol):
    """Keeps which set each environment names, for every replica of the service."""

    async def get(self, name: str) -> Environment | None:
        """Return an environment as it is now, stale where its set is not for this server; None if there is none.

        Raises:
            StoreUnavailable: the store cannot be read.
        """

    async def names(self) -> tuple[str, ...]:
        """Return the names of all environments, sorted; raises StoreUnavailable."""

    async def put(self, environment: Environment) -> None:
        """Let the name mean this from now on, in one step for whoever reads; raises StoreUnavailable."""

    async def remove(self, name: str) -> None:
        """Forget a name; raises StoreUnavailable."""

    def exclusive(self, name: str) -> AbstractAsyncContextManager[None]:
        """Keep others, of other replicas too, from changing the environment.

        Raises:
            EnvironmentBusy: another change takes too long.
            StoreUnavailable: the store cannot be written.
        """


class RequestedSets(Protocol):
    """Remembers which set answered a request for packages."""

    async def get(self, request: SetRequest) -> PackageSet | None:
        """Return the set, unless it is unknown, gone, or its versions may be out of date."""

    async def stale(self, request: SetRequest) -> PackageSet | None:
        """Return the set even if its versions may be out of date."""

    async def put(self, request: SetRequest, packages: PackageSet) -> None:
        """Remember a set; where that fails the next request asks again."""

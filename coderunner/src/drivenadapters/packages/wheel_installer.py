"""The installer of package sets: resolve, install aside, examine, and move into place."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import structlog
from packaging.requirements import Requirement
from sandboxkit.admission import Admission
from sandboxkit.errors import Saturated

from drivenadapters.packages import examination
from drivenadapters.packages.base_set import BaseSet
from drivenadapters.packages.folders import Partial, lock_file, store_errors
from drivenadapters.packages.installers import Installer, InstallerChoice, Pins, Workplace
from drivenadapters.packages.processes import Bounds, check_size, run, within
from drivenadapters.packages.set_files import SetFiles, distribution_from
from drivenadapters.packages.sources import PackageSource
from errors import Busy, PackagesTooLarge, StoreUnavailable, UnresolvablePackages
from logics.packages import BASE_SET, Available, Distribution, PackageSet, SetRequest
from logics.requirements import merged, name_of, plain, reachable

_log = structlog.get_logger("coderunner.packages")
_EXAMINATION = str(Path(examination.__file__))
_CLEAN = {"PATH": os.defpath, "LANG": "C.UTF-8"}
_MOST_DISTRIBUTIONS = 500
_LARGEST_LIST = 32 << 20
_QUEUE = 64


class WheelInstaller:
    """Satisfies the port ``PackageInstaller``; wheels only, so that no stranger's setup script runs.

    Args:
        sets: the store.
        base: what every environment has.
        source: where packages come from.
        bounds: of one installation.
        at_once: installations at a time.
        cores: processors that compiling may take.
        uv: the program; empty to do without, None to look for it.
    """

    def __init__(
        self,
        sets: SetFiles,
        base: BaseSet,
        source: PackageSource,
        bounds: Bounds,
        *,
        at_once: int = 2,
        cores: int = 2,
        uv: str | None = None,
    ) -> None:
        self._sets = sets
        self._base = base
        self._source = source
        self._bounds = bounds
        self._cores = cores
        self._admission = Admission(at_once, _QUEUE, bounds.seconds)
        self._choice = InstallerChoice(source, bounds, uv)
        self._installer: Installer | None = None
        self._known: Available | None = None

    async def base(self) -> tuple[Distribution, ...]:
        """See the port."""
        return tuple((await self._available()).values())

    async def provide(self, request: SetRequest) -> PackageSet:
        """See the port."""
        if not request.requested:
            return BASE_SET
        try:
            async with self._admission.slot(), within(self._bounds.seconds), self._workplace(request) as place:
                return await self._provide(request, place)
        except Saturated as reason:
            raise Busy(f"too many installations: {reason}", retry_after=reason.retry_after) from reason

    async def _available(self) -> Available:
        if self._known is None:
            self._known = await asyncio.to_thread(self._read_base)
        return self._known

    def _read_base(self) -> Available:
        with store_errors():
            return self._base.available

    @asynccontextmanager
    async def _workplace(self, request: SetRequest) -> AsyncIterator[Workplace]:
        partial = await asyncio.to_thread(self._make_partial)
        try:
            place, cache_lock = await asyncio.to_thread(self._lay_out, partial.path, request)
            try:
                yield place
            finally:
                os.close(cache_lock)
        finally:
            await asyncio.shield(asyncio.to_thread(partial.remove))

    def _make_partial(self) -> Partial:
        with store_errors():
            self._sets.folders.make()
            return Partial.make(self._sets.folders)

    def _lay_out(self, root: Path, request: SetRequest) -> tuple[Workplace, int]:
        """Return the folders to work in, and the lock on the installers' cache."""
        with store_errors():
            place = Workplace(root, root / "view", root / "set" / "packages", self._sets.folders.cache)
            place.view.mkdir()
            place.target.mkdir(parents=True)
            preferred = request.preferred
            over = Path(preferred.folder) if preferred.folder else None
            self._base.copy_metadata(place.view, over, frozenset(item.name for item in preferred.distributions))
            lock = lock_file(self._sets.folders.cache_lock, fcntl.LOCK_SH)
        if lock is None:
            raise StoreUnavailable("the installers' cache is being emptied")
        return place, lock

    async def _provide(self, request: SetRequest, place: Workplace) -> PackageSet:
        if self._installer is None:
            self._installer = await self._choice.choose(place.root)
        pins = await self._resolve(self._installer, request, place)
        available = await self._available()
        asked = {name_of(Requirement(text)) for text in request.requested} & set(available) - set(pins)
        closed = sorted(name for name in asked if not available[name].importable)
        if not pins and not closed:
            return BASE_SET
        key = self._key(pins, closed)
        found = await asyncio.to_thread(self._find, key)
        if found is not None:
            return found
        distributions: tuple[Distribution, ...] = ()
        if pins:
            await self._installer.install(pins, place)
            distributions = await self._examine(pins, key, place)
        opened = open_up(distributions, closed, available)
        packages = PackageSet(key, str(self._sets.packages_folder(key)), distributions, opened)
        committed = await asyncio.to_thread(self._commit, place, packages)
        _log.info("packages_installed", set=key, packages=len(pins))
        return committed

    async def _resolve(self, installer: Installer, request: SetRequest, place: Workplace) -> Pins:
        """Return the versions beyond or instead of those of the base."""
        available = await self._available()
        wanted = merged(map(Requirement, request.requested))
        planned = await installer.resolve([plain(item) for item in wanted.values()], place)
        if set(planned) & set(available):
            planned = await self._resolve_with_base(installer, wanted, place)
        preferred = await asyncio.to_thread(_versions_there, request.preferred)
        pins = {
            name: version
            for name, version in {**preferred, **planned}.items()
            if name not in available or available[name].version != version
        }
        if len(pins) > _MOST_DISTRIBUTIONS:
            raise PackagesTooLarge(f"{len(pins)} packages would be installed; at most {_MOST_DISTRIBUTIONS}")
        return dict(sorted(pins.items()))

    async def _resolve_with_base(self, installer: Installer, wanted: dict[str, Requirement], place: Workplace) -> Pins:
        """Resolve with all that the base consists of: a part of it is replaced, and the rest must go on working."""
        roots = await asyncio.to_thread(lambda: self._base.roots)
        try:
            return await installer.resolve([plain(item) for item in {**roots, **wanted}.values()], place)
        except UnresolvablePackages as reason:
            if not any(name in reason.message for name in set(roots) - set(wanted)):
                raise
            note = "The base packages of every environment count as required."
            raise UnresolvablePackages(f"{reason.message}\n{note}") from reason

    def _key(self, pins: Pins, closed: list[str]) -> str:
        versions = [f"{name}=={pins[name]}" for name in sorted(pins)]
        facts = [self._base.identity, self._source.identity, *versions, *closed]
        return sha256("\0".join(facts).encode()).hexdigest()[:32]

    def _find(self, key: str) -> PackageSet | None:
        with store_errors():
            found = self._sets.find(key)
            if found is not None:
                self._sets.touch(key)
            return found

    def _commit(self, place: Workplace, packages: PackageSet) -> PackageSet:
        with store_errors():
            return self._sets.commit(place.target.parent, packages)

    async def _examine(self, pins: Pins, key: str, place: Workplace) -> tuple[Distribution, ...]:
        """Return what was installed, cleaned and compiled."""
        await asyncio.to_thread(check_size, place.target, self._bounds)
        final = str(self._sets.packages_folder(key))
        found = json.loads(await self._look(place, [str(place.target), final]))
        if "refused" in found:
            raise UnresolvablePackages(found["refused"])
        distributions = tuple(distribution_from(item) for item in found["distributions"])
        installed = {item.name: item.version for item in distributions}
        differing = [name for name in sorted({*pins, *installed}) if installed.get(name) != pins.get(name)]
        if differing:
            raise UnresolvablePackages(f"the index gave other packages than it announced: {', '.join(differing)}")
        if found["sources"] > examination.FEW_SOURCES:
            parts = str(self._cores)
            await asyncio.gather(
                *(self._look(place, [str(place.target), final, str(n), parts]) for n in range(self._cores))
            )
        return distributions

    async def _look(self, place: Workplace, arguments: list[str]) -> str:
        command = [sys.executable, "-I", "-B", _EXAMINATION, *arguments]
        bounds = replace(self._bounds, install_bytes=2 * self._bounds.install_bytes)  # bytecode is written beside
        done = await run(command, env=_CLEAN, folder=place.root, bounds=bounds, watch=place.target, keep=_LARGEST_LIST)
        if done.status != 0:
            _log.error("examination_failed", status=done.status, trace=done.stderr[-2000:])
            raise UnresolvablePackages("what the packages hold could not be read")
        return done.stdout


def open_up(distributions: tuple[Distribution, ...], asked: list[str], base: Available) -> tuple[Distribution, ...]:
    """Return the packages of the base that a set opens: those asked for, and those that its own ones need."""
    own = {item.name: item for item in distributions}
    names = reachable([Requirement(name) for name in (*own, *asked)], {**base, **own}) - set(own)
    closed = (base[name] for name in sorted(names & set(base)) if not base[name].importable)
    return tuple(replace(item, importable=True) for item in closed)


def _versions_there(preferred: PackageSet) -> Pins:
    """Return the versions of the preferred set, if its metadata was there to be taken into account."""
    if not preferred.folder or not Path(preferred.folder).is_dir():
        return {}
    return {item.name: item.version for item in preferred.distributions}

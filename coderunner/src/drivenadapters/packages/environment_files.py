"""Environments as files: one small pointer each, replaced in one step, looked at anew by each request."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from drivenadapters.packages.base_set import BaseSet
from drivenadapters.packages.folders import lock_file, read_json, store_errors, sync_folder, write_json
from drivenadapters.packages.set_files import SetFiles, distribution_from
from errors import EnvironmentBusy, StoreUnavailable
from logics.packages import Environment, PackageSet

_POLL_SECONDS = 0.05
_MOST_SETS = 4  # servers with different bases that may share a store at a time

_Stamp = tuple[int, int, int]


class EnvironmentFiles:
    """Satisfies the port ``EnvironmentStore``; other replicas see a change with their next request.

    Args:
        sets: the store.
        base: sets are for one base and interpreter: of others the file keeps the keys.
        patience_seconds: longest wait for other changes of an environment.
    """

    def __init__(self, sets: SetFiles, base: BaseSet, patience_seconds: float) -> None:
        self._sets = sets
        self._base = base
        self._patience = patience_seconds
        self._known: dict[str, tuple[_Stamp, Environment]] = {}

    async def get(self, name: str) -> Environment | None:
        """See the port."""
        return await asyncio.to_thread(self._get, name)

    async def names(self) -> tuple[str, ...]:
        """See the port."""
        return await asyncio.to_thread(self._names)

    async def put(self, environment: Environment) -> None:
        """See the port."""
        await asyncio.to_thread(self._put, environment)

    async def remove(self, name: str) -> None:
        """See the port."""
        await asyncio.to_thread(self._remove, name)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[None]:
        """See the port; the kernel frees the lock of a dead process."""
        path = self._sets.folders.environments / f"{name}.lock"
        deadline = asyncio.get_running_loop().time() + self._patience
        while (descriptor := await asyncio.to_thread(self._try_lock, path)) is None:
            if asyncio.get_running_loop().time() > deadline:
                raise EnvironmentBusy(f"environment {name!r} is being changed by others; try again later")
            await asyncio.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            os.close(descriptor)

    def _try_lock(self, path: Path) -> int | None:
        with store_errors():
            self._sets.folders.make()
            return lock_file(path, fcntl.LOCK_EX)

    def _path(self, name: str) -> Path:
        return self._sets.folders.environments / f"{name}.json"

    def _get(self, name: str) -> Environment | None:
        with store_errors():
            path = self._path(name)
            try:
                stamp = _stamp(path)
            except FileNotFoundError:
                self._known.pop(name, None)
                return None
            known = self._known.get(name)
            if known is None or known[0] != stamp or self._is_gone(known[1]):
                try:
                    known = (stamp, self._parse(name, read_json(path)))
                except (KeyError, TypeError, ValueError, AttributeError) as reason:
                    raise StoreUnavailable(f"the file of environment {name!r} is damaged: {reason!r}") from reason
                self._known[name] = known
            return known[1]

    def _is_gone(self, environment: Environment) -> bool:
        return not environment.stale and self._sets.find(environment.packages.key) is None

    def _parse(self, name: str, document: dict[str, Any]) -> Environment:
        key = document["sets"].get(self._base.identity)
        found = None if key is None else self._sets.find(key)
        packages = found or self._former(document)
        changed_at = datetime.fromisoformat(document["changed_at"])
        return Environment(name, tuple(document["requested"]), packages, changed_at, stale=found is None)

    def _former(self, document: dict[str, Any]) -> PackageSet:
        """Return what the environment had for another base: its versions are to be preferred."""
        keys = list(document["sets"].values())
        folder = str(self._sets.packages_folder(keys[-1])) if keys and keys[-1] else ""
        return PackageSet(key="", folder=folder, distributions=tuple(map(distribution_from, document["had"])))

    def _names(self) -> tuple[str, ...]:
        with store_errors():
            try:
                return tuple(sorted(path.stem for path in self._sets.folders.environments.glob("*.json")))
            except FileNotFoundError:
                return ()

    def _put(self, environment: Environment) -> None:
        with store_errors():
            path = self._path(environment.name)
            before = read_json(path) or {"sets": {}}
            sets = {key: value for key, value in before["sets"].items() if key != self._base.identity}
            sets = dict(list(sets.items())[-(_MOST_SETS - 1) :])
            packages = environment.packages
            document = {
                "requested": list(environment.requested),
                "sets": {**sets, self._base.identity: packages.key},
                "had": [vars(item) for item in packages.distributions],
                "changed_at": environment.changed_at.isoformat() if environment.changed_at else None,
            }
            write_json(path, document)

    def _remove(self, name: str) -> None:
        with store_errors():
            self._path(name).unlink(missing_ok=True)
            sync_folder(self._sets.folders.environments)
            self._known.pop(name, None)


def _stamp(path: Path) -> _Stamp:
    info = path.stat()
    return (info.st_ino, info.st_mtime_ns, info.st_size)

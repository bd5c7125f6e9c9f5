"""Which set answered a request for packages, as files: known to all replicas, and after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from hashlib import sha256
from pathlib import Path

from packaging.requirements import Requirement

from drivenadapters.packages.base_set import BaseSet
from drivenadapters.packages.folders import read_json, write_json
from drivenadapters.packages.set_files import SetFiles
from drivenadapters.packages.sources import PackageSource
from logics.packages import PackageSet, SetRequest

_TOUCH_SECONDS = 60.0


class RequestFiles:
    """Satisfies the port ``RequestedSets``.

    Args:
        sets: the store.
        base, source: answers hold for them only.
        refresh_seconds: how long an answer holds to a request without exact versions.
    """

    def __init__(self, sets: SetFiles, base: BaseSet, source: PackageSource, refresh_seconds: float) -> None:
        self._sets = sets
        self._base = base
        self._source = source
        self._refresh = refresh_seconds

    async def get(self, request: SetRequest) -> PackageSet | None:
        """See the port."""
        return await asyncio.to_thread(self._get, request, self._refresh)

    async def stale(self, request: SetRequest) -> PackageSet | None:
        """See the port."""
        return await asyncio.to_thread(self._get, request, float("inf"))

    async def put(self, request: SetRequest, packages: PackageSet) -> None:
        """See the port."""
        await asyncio.to_thread(self._put, request, packages)

    def _path(self, request: SetRequest) -> Path:
        facts = [self._base.identity, self._source.identity, request.preferred.key, *request.requested]
        return self._sets.folders.requests / f"{sha256(json.dumps(facts).encode()).hexdigest()}.json"

    def _get(self, request: SetRequest, refresh: float) -> PackageSet | None:
        try:
            path = self._path(request)
            document = read_json(path)
            if document is None or not (_is_exact(request) or time.time() - document["at"] < refresh):
                return None
            found = self._sets.find(document["set"])
            if found is not None:
                self._touch(path)
                self._sets.touch(found.key)
        except OSError:
            return None
        return found

    @staticmethod
    def _touch(path: Path) -> None:
        """Note the use, now and then; the answer's own time is inside."""
        if time.time() - path.stat().st_mtime > _TOUCH_SECONDS:
            with contextlib.suppress(OSError):
                os.utime(path)

    def _put(self, request: SetRequest, packages: PackageSet) -> None:
        with contextlib.suppress(OSError):
            write_json(self._path(request), {"set": packages.key, "at": time.time()})


def _is_exact(request: SetRequest) -> bool:
    """Whether every requirement names one version, which means the same for ever."""
    return all(_pins(Requirement(text)) for text in request.requested)


def _pins(requirement: Requirement) -> bool:
    return any(item.operator in ("==", "===") and not item.version.endswith(".*") for item in requirement.specifier)

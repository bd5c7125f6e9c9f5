"""Sets on disk: found, committed, held while they are used, and collected when nothing refers to them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivenadapters.packages.folders import (
    Partial,
    StoreFolders,
    lock_file,
    read_json,
    sweep_partial,
    sync_folder,
    sync_volume,
    write_json,
)
from drivenadapters.packages.processes import measure
from errors import PackagesTooLarge, StoreUnavailable
from logics.packages import BASE_SET, Distribution, PackageSet

_KEY = re.compile(r"^[0-9a-f]{32}$")
_MOST_REMEMBERED = 256
_TOUCH_SECONDS = 60.0
_SHORTEST_KEEP_SECONDS = 60.0


@dataclass(frozen=True)
class Lease:
    """Keeps a set from being collected until it is released; the kernel does that for a dead process."""

    descriptor: int

    def release(self) -> None:
        """Let the set go."""
        if self.descriptor >= 0:
            os.close(self.descriptor)


class SetFiles:
    """The sets of one store. Its methods touch the disk and raise OSError: call them in threads.

    Args:
        folders: where the store is.
        largest_bytes: of all sets together.
    """

    def __init__(self, folders: StoreFolders, largest_bytes: int = 1 << 50) -> None:
        self.folders = folders
        self._largest = largest_bytes
        self._known: OrderedDict[str, PackageSet] = OrderedDict()
        self._touched: dict[str, float] = {}

    def find(self, key: str) -> PackageSet | None:
        """Return a set by its key, None if it is not there."""
        if not key:
            return BASE_SET
        if not _KEY.match(key) or not (self.folders.sets / key / "packages").is_dir():
            self._known.pop(key, None)
            return None
        if key not in self._known:
            document = read_json(self.folders.sets / key / "set.json")
            if document is None:
                return None
            self._known[key] = _parse(key, self.packages_folder(key), document)
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def packages_folder(self, key: str) -> Path:
        """Where a set of that key is imported from."""
        return self.folders.sets / key / "packages"

    def commit(self, root: Path, packages: PackageSet) -> PackageSet:
        """Make ``root``, which holds ``packages``, the set of that key, unless another process was first.

        Raises:
            PackagesTooLarge: there is no room for it, even without the sets that nobody refers to.
        """
        size = measure(root)[0]
        self._make_room(size)
        write_json(root / "set.json", {**_document(packages), "bytes": size})
        sync_volume(root)
        lease = lock_file(self.folders.leases / packages.key, fcntl.LOCK_SH)
        try:
            os.rename(root, self.folders.sets / packages.key)
            sync_folder(self.folders.sets)
        except OSError:
            if self.find(packages.key) is None:
                raise
        finally:
            if lease is not None:
                os.close(lease)
        self.touch(packages.key)
        return self.find(packages.key) or packages

    def touch(self, key: str) -> None:
        """Note that a set is used; where that cannot be written it only ages."""
        if key and time.monotonic() - self._touched.get(key, -_TOUCH_SECONDS) >= _TOUCH_SECONDS:
            self._touched[key] = time.monotonic()
            with contextlib.suppress(OSError):
                (self.folders.leases / key).touch()

    def hold(self, key: str) -> Lease:
        """Return a lease; raises StoreUnavailable if the set is gone."""
        if not key:
            return Lease(-1)
        try:
            descriptor = lock_file(self.folders.leases / key, fcntl.LOCK_SH)
        except OSError:  # a read-only volume: nobody collects there
            descriptor = -1
        if descriptor is None or not self.packages_folder(key).is_dir():
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
            raise StoreUnavailable(f"the package set {key} is gone")
        self.touch(key)
        return Lease(descriptor)

    def _make_room(self, size: int) -> None:
        """Remove sets that nobody refers to, those used longest ago first, until another one fits."""
        sizes = {path.parent.name: self._size(path) for path in self.folders.sets.glob("*/set.json")}
        excess = sum(sizes.values()) + size - self._largest
        named = self._named() if excess > 0 else set()
        for key in sorted(set(sizes) - named, key=self._last_use):
            if excess <= 0:
                return
            if self._remove_unused(key, _SHORTEST_KEEP_SECONDS):
                excess -= sizes[key]
        if excess > 0:
            raise PackagesTooLarge(f"the package store holds {self._largest >> 20} MiB at most (MAX_STORE_MB)")

    @staticmethod
    def _size(description: Path) -> int:
        document = read_json(description)
        return int(document.get("bytes", 0)) if isinstance(document, dict) else 0

    def _last_use(self, key: str) -> float:
        try:
            return (self.folders.leases / key).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def collect(self, keep_seconds: float) -> list[str]:
        """Remove what no environment names and nobody used for so long; return the keys of removed sets."""
        keep = max(keep_seconds, _SHORTEST_KEEP_SECONDS)
        sweep_partial(self.folders)
        for request in self.folders.requests.glob("*.json"):
            if _is_old(request, keep):
                request.unlink(missing_ok=True)
        self._remove_locks(keep)
        named = self._named()
        keys = [path.name for path in self.folders.sets.iterdir() if _KEY.match(path.name)]
        return [key for key in keys if key not in named and self._remove_unused(key, keep)]

    def _remove_locks(self, keep: float) -> None:
        """Remove the locks of environments that are gone, or never came to be."""
        for path in self.folders.environments.glob("*.lock"):
            if _is_old(path, keep) and not path.with_suffix(".json").exists():
                descriptor = lock_file(path, fcntl.LOCK_EX)
                if descriptor is not None:
                    path.unlink(missing_ok=True)
                    os.close(descriptor)

    def _named(self) -> set[str]:
        """Return the keys that environments refer to, whatever server they are for."""
        documents = [read_json(path) for path in self.folders.environments.glob("*.json")]
        return {str(key) for item in documents if isinstance(item, dict) for key in item.get("sets", {}).values()}

    def _remove_unused(self, key: str, keep: float) -> bool:
        lease_file = self.folders.leases / key
        if not _is_old(lease_file if lease_file.exists() else self.folders.sets / key, keep):
            return False
        descriptor = lock_file(lease_file, fcntl.LOCK_EX)
        if descriptor is None:
            return False  # in use, here or by another replica
        try:
            if key in self._named():
                return False
            aside = Partial.make(self.folders)
            try:
                os.rename(self.folders.sets / key, aside.path / key)
            except FileNotFoundError:  # another replica was first
                return False
            finally:
                aside.remove()
            lease_file.unlink(missing_ok=True)
            return True
        finally:
            os.close(descriptor)

    def trim_cache(self, largest_bytes: int) -> None:
        """Empty the installers' cache once it has outgrown its bound, unless somebody installs."""
        if measure(self.folders.cache)[0] <= largest_bytes:
            return
        lock = lock_file(self.folders.cache_lock, fcntl.LOCK_EX)
        if lock is None:
            return
        try:
            for entry in self.folders.cache.iterdir():
                if entry != self.folders.cache_lock:
                    shutil.rmtree(entry, ignore_errors=True)
        finally:
            os.close(lock)


def _is_old(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > seconds
    except FileNotFoundError:
        return False


def _document(packages: PackageSet) -> dict[str, Any]:
    return {
        "distributions": [vars(item) for item in packages.distributions],
        "opened": [vars(item) for item in packages.opened],
    }


def _parse(key: str, folder: Path, document: dict[str, Any]) -> PackageSet:
    distributions, opened = (tuple(map(distribution_from, document[part])) for part in ("distributions", "opened"))
    return PackageSet(key, str(folder), distributions, opened)


def distribution_from(item: dict[str, Any]) -> Distribution:
    """Return the distribution that was written as JSON."""
    return Distribution(item["name"], item["version"], tuple(item["modules"]), tuple(item["requires"]))

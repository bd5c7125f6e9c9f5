"""The words of packages: distributions, the sets that they form, and the environments that name sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Distribution:
    """One installed package.

    Attributes:
        name: normalised (PEP 503).
        version: as its metadata says.
        modules: top-level names that programs import it by.
        requires: its own requirements (PEP 508).
        importable: False for what the base has for its own packages only.
    """

    name: str
    version: str
    modules: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    importable: bool = True


@dataclass(frozen=True)
class PackageSet:
    """An immutable set of packages beyond, or instead of, those of the base.

    Attributes:
        key: names its content; empty for the base alone.
        folder: where it is to be imported from; empty for the base alone.
        distributions: sorted by name.
        opened: packages of the base that programs may import here, because they were asked for,
            or because the set's own packages need them.
    """

    key: str = ""
    folder: str = ""
    distributions: tuple[Distribution, ...] = ()
    opened: tuple[Distribution, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        """Top-level names that it provides itself, sorted."""
        return tuple(sorted({module for item in self.distributions for module in item.modules}))

    @property
    def opened_modules(self) -> tuple[str, ...]:
        """Top-level names of the base that it opens, sorted."""
        return tuple(sorted({module for item in self.opened for module in item.modules}))


BASE_SET = PackageSet()


@dataclass(frozen=True)
class Environment:
    """A name for a set, and what was asked for under that name.

    Attributes:
        requested: one requirement a package, sorted.
        changed_at: when it last came to name another set; None for one that was never changed.
        stale: the set was made for another base or interpreter, or is gone: ``packages`` tells only
            which versions to prefer when it is made anew.
    """

    name: str
    requested: tuple[str, ...] = ()
    packages: PackageSet = BASE_SET
    changed_at: datetime | None = None
    stale: bool = False

    @property
    def requested_names(self) -> frozenset[str]:
        """The names of what was asked for."""
        return frozenset(re.split(r"[^a-z0-9-]", text, maxsplit=1)[0] for text in self.requested)


@dataclass(frozen=True)
class SetRequest:
    """What is asked for, and the set whose versions stay where they can."""

    requested: tuple[str, ...]
    preferred: PackageSet = BASE_SET


@dataclass(frozen=True)
class Change:
    """What became of one package: installed (``before`` is None), replaced, or gone (``after`` is None)."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ChangeReport:
    """What a change of an environment did.

    Attributes:
        skipped: requirements whose markers do not hold on this server.
        duration_ms: from the request to the switch.
    """

    environment: Environment
    changes: tuple[Change, ...]
    modules: tuple[str, ...]
    skipped: tuple[str, ...]
    duration_ms: float


Available = Mapping[str, Distribution]


def combined(base: Iterable[Distribution], packages: PackageSet) -> dict[str, Distribution]:
    """Return by name what programs find in an environment: the base with the set over it."""
    return {item.name: item for item in (*base, *packages.opened, *packages.distributions)}


def changes_between(before: Available, after: Available) -> tuple[Change, ...]:
    """Return what differs, sorted by name."""
    versions = (
        (name, before[name].version if name in before else None, after[name].version if name in after else None)
        for name in sorted({*before, *after})
    )
    return tuple(Change(name, old, new) for name, old, new in versions if old != new)

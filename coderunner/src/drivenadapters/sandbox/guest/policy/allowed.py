"""Which modules user code may import, and what to tell it about the others."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Final

from . import stdlib

_INSTALL: Final = 'install it with POST /api/pypkg/install {{"package": "{package}"}}'
_ASK: Final = "ask the operator to add +{name} to ALLOWED_MODULES"

# Not to be imported as such, but their functions are the package's public ones.
_PUBLIC_PARTS: Final = frozenset(
    """
    pandas.core pandas.io.sql pandas.util pandas.compat numpy.lib.npyio numpy.lib.format encodings
    yaml.constructor sympy.external joblib.externals
    """.split()
)


class AllowedModules:
    """The modules that may be imported: parts of the standard library and of packages.

    A name allows its submodules, unless a longer name says otherwise. Modules whose dotted
    name has a private part are never allowed.
    """

    def __init__(self, allowed: frozenset[str], denied: Mapping[str, str], packages: Mapping[str, str]) -> None:
        self._allowed = allowed
        self._denied = dict(denied)
        self._packages = dict(packages)
        self._permits: dict[str, bool] = {}

    @classmethod
    def from_names(
        cls,
        modules: Iterable[str],
        changes: Iterable[str] = (),
        packages: Mapping[str, str] | None = None,
    ) -> AllowedModules:
        """The standard library's harmless part plus ``modules``.

        ``changes`` widen and narrow that: ``+name`` or ``name`` allows a module, ``-name``
        takes it away. ``packages`` maps import names to package names where they differ, for
        messages. Raises ValueError for an entry that is not a dotted name.
        """
        allowed = {*stdlib.ALLOWED, *stdlib.FACADES, *modules}
        denied = {**stdlib.DENIED, **stdlib.DENIED_PARTS}
        for change in changes:
            name = change.strip().lstrip("+-")
            if not all(part.isidentifier() for part in name.split(".")):
                raise ValueError(f"not a module name: {change!r}")
            if change.strip().startswith("-"):
                allowed.discard(name)
                denied[name] = "the operator took it away"
            else:
                allowed.add(name)
                denied.pop(name, None)
        return cls(frozenset(allowed), denied, packages or {})

    def permits(self, name: str) -> bool:
        """Whether module ``name`` may be imported."""
        if name not in self._permits:
            self._permits[name] = self._decide(name)
        return self._permits[name]

    def _decide(self, name: str) -> bool:
        if any(part.startswith("_") for part in name.split(".")) and name != "__future__":
            return False
        for candidate in _prefixes(name):
            if candidate in self._denied:
                return False
            if candidate in stdlib.FACADES:  # a stand-in has no parts but those listed
                return candidate == name
            if candidate in self._allowed:
                return True
        return False

    def is_denied(self, name: str) -> bool:
        """Whether what module ``name`` made is refused wherever it shows up.

        Unknown modules are not: packages have parts that cannot be imported but whose
        functions are public. Of a module with a stand-in only what that offers is accepted.
        """
        for candidate in _prefixes(name):
            if candidate in self._denied or candidate in stdlib.FACADES:
                return candidate not in _PUBLIC_PARTS
            if candidate in self._allowed:
                return False
            if candidate in stdlib.IMPLEMENTATIONS:
                return True
        return False

    def refuses_by_name(self, name: str) -> bool:
        """Whether exactly this module is refused by name."""
        return name in self._denied

    def reason(self, name: str) -> str:
        """Why ``name`` is refused, with an alternative where there is one; empty if unknown."""
        for candidate in _prefixes(name):
            known = self._denied.get(candidate) or stdlib.IMPLEMENTATIONS.get(candidate)
            if known:
                return known
        return ""

    def refusal(self, name: str) -> str:
        """One sentence that names the module and says what to do."""
        reason = self.reason(name)
        root = name.partition(".")[0]
        if reason:
            return f"module {name!r} is not allowed here: {reason}"
        if root.startswith("_") or "._" in name:
            return f"module {name!r} is private and not allowed here"
        if root in sys.stdlib_module_names or self.permits(root):
            return f"module {name!r} is not allowed here; {_ASK.format(name=name)}"
        return f"module {name!r} is not available here; {self._advice(root)}"

    def _advice(self, root: str) -> str:
        package = self._packages.get(root, root)
        install = _INSTALL.format(package=package)
        if package.lower() != root.lower():
            return f"package {package!r} provides it: {install}"
        return f"if a package provides it, {install}"

    def missing(self, name: str) -> str:
        """What to say of an allowed module that is not installed."""
        return f"No module named {name!r}; {self._advice(name.partition('.')[0])}"


def _prefixes(name: str) -> Iterable[str]:
    """``a.b.c``, ``a.b``, ``a``."""
    while name:
        yield name
        name = name.rpartition(".")[0]

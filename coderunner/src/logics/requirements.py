"""Requirements as callers write them (PEP 508): read, judged, and compared with what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging import requirements
from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from errors import FieldProblem, InvalidRequirement
from logics.packages import Available

_UNDECIDABLE = (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion, InvalidSpecifier)
_LONGEST = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_REPOSITORY = re.compile(r"^(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_URL = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_PATH = re.compile(r"^(?:\.|/|~|[a-z]:[\\/])|[\\/]|\.(?:whl|zip|tar\.\w+|tgz)$", re.IGNORECASE)


@dataclass(frozen=True)
class RequirementRules:
    """What may be asked for.

    Attributes:
        providers: package names by an import name that differs, for those who ask by import name.
        most: requirements of one request.
    """

    providers: Mapping[str, str] = field(default_factory=dict)
    most: int = 50

    def read(self, texts: Iterable[str], where: str = "packages") -> tuple[Requirement, ...]:
        """Return the requirements, the last of each name; ``where`` is the field they came in.

        Raises:
            InvalidRequirement: naming the entry and what is wrong with it.
        """
        entries = tuple(texts)
        if len(entries) > self.most:
            raise _invalid(where, f"{len(entries)} packages; at most {self.most} (MAX_PACKAGES)")
        return tuple(merged(self._read_one(text, f"{where}.{n}") for n, text in enumerate(entries)).values())

    def read_names(self, texts: Sequence[str], where: str = "packages") -> tuple[Requirement, ...]:
        """Return what is to be removed: names alone.

        Raises:
            InvalidRequirement: an entry is not a name, or has versions.
        """
        found = tuple(read_requirement(text, where) for text in texts)
        for text, item in zip(texts, found, strict=True):
            if item.specifier or item.extras or item.marker:
                raise _invalid(where, f"{shown(text)}: give the name alone; one version is installed at most")
        return found

    def _read_one(self, text: str, where: str) -> Requirement:
        parsed = read_requirement(text, where)
        provider = self.providers.get(parsed.name)
        pinned = any(part.operator in ("==", "===") for part in parsed.specifier)
        if provider and not pinned and canonicalize_name(provider) != canonicalize_name(parsed.name):
            raise _invalid(where, f"{parsed.name!r} is the import name of package {provider!r}; ask for {provider!r}")
        return parsed


def read_requirement(text: str, where: str) -> Requirement:
    """Return one requirement; raises InvalidRequirement for whatever is not a name with versions."""
    refusal = _refusal(text)
    if refusal:
        raise _invalid(where, f"{shown(text)}: {refusal}")
    try:
        parsed = Requirement(text)
    except requirements.InvalidRequirement as reason:
        first = str(reason).splitlines()[0]
        raise _invalid(where, f"{shown(text)} is not a package name with versions: {first}") from None
    if parsed.url:
        raise _invalid(where, f"{shown(text)}: direct URLs are not accepted; packages come from the server's index")
    _check_marker(parsed, where)
    return parsed


def _check_marker(requirement: Requirement, where: str) -> None:
    try:
        _holds(requirement, "")
    except _UNDECIDABLE as reason:
        raise _invalid(where, f"{shown(str(requirement))}: its marker cannot be decided: {reason}") from None


def _refusal(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        return "it is empty"
    if len(text) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if _CONTROL.search(text):
        return "it has control characters"
    if stripped.startswith("-"):
        return "options are not accepted"
    if _REPOSITORY.match(stripped):
        return "version control is not accepted; packages come from the server's index"
    if _URL.match(stripped):
        return "direct URLs are not accepted; packages come from the server's index"
    if _PATH.search(stripped.partition(";")[0]) and "@" not in stripped:
        return "local paths are not accepted; packages come from the server's index"
    return ""


def shown(text: str) -> str:
    """Return a stranger's text as messages show it: short, escaped, without credentials."""
    short = text if len(text) <= 80 else f"{text[:77]}..."
    return repr(re.sub(r"://[^/\s@]*@", "://", short))


def _invalid(where: str, message: str) -> InvalidRequirement:
    return InvalidRequirement(message, details=[FieldProblem(where, message)])


def name_of(requirement: Requirement) -> str:
    """Return the normalised name of a requirement."""
    return str(canonicalize_name(requirement.name))


def merged(items: Iterable[Requirement]) -> dict[str, Requirement]:
    """Return requirements by normalised name, the last of each."""
    return {name_of(item): item for item in items}


def applies(requirement: Requirement, extra: str = "") -> bool:
    """Whether a requirement's marker holds for this interpreter; one that cannot be decided does not."""
    try:
        return _holds(requirement, extra)
    except _UNDECIDABLE:
        return False


def _holds(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def plain(requirement: Requirement) -> str:
    """Return a requirement without its marker, as installers take it: no character of it can be an option."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{name_of(requirement)}{extras}{requirement.specifier}"


def is_satisfied(wanted: Iterable[Requirement], available: Available) -> bool:
    """Whether what is available has all that is wanted, dependencies included, and lets it be imported."""
    wanted = tuple(wanted)
    closed = (name_of(item) for item in wanted if applies(item) and name_of(item) in available)
    if not all(available[name].importable for name in closed):
        return False
    return all(
        name_of(item) in available and item.specifier.contains(available[name_of(item)].version, prereleases=True)
        for item in _walk(wanted, available)
    )


def reachable(wanted: Iterable[Requirement], available: Available) -> set[str]:
    """Return the names of the packages that are wanted or needed by one that is."""
    return {name_of(item) for item in _walk(wanted, available)}


def dependents(name: str, available: Available) -> list[str]:
    """Return the names of the packages that need ``name``, sorted."""
    needing = (
        item.name
        for item in available.values()
        if any(name_of(need) == name and applies(need) for need in _requirements(item.requires))
    )
    return sorted(needing)


def _walk(wanted: Iterable[Requirement], available: Available) -> Iterator[Requirement]:
    """Yield each applicable requirement once: the wanted ones, and what they need in turn."""
    pending = [item for item in wanted if applies(item)]
    seen: set[tuple[str, frozenset[str], str]] = set()
    while pending:
        item = pending.pop()
        identity = (name_of(item), frozenset(item.extras), str(item.specifier))
        if identity in seen:
            continue
        seen.add(identity)
        yield item
        found = available.get(identity[0])
        needs = _requirements(found.requires) if found else ()
        pending += [need for need in needs if any(applies(need, extra) for extra in ("", *item.extras))]


def _requirements(texts: Iterable[str]) -> list[Requirement]:
    """Read the requirements of a package; what its author got wrong is left out."""
    found = []
    for text in texts:
        try:
            found.append(Requirement(text))
        except requirements.InvalidRequirement:
            continue
    return found

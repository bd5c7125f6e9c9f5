"""What can be converted into what here, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from errors import FieldProblem, InvalidInput, NotImplementedHere, UnsupportedMedia
from logics.conversions import ROWS, Engine, Route, Routes
from logics.documents import Format
from logics.ports import Converter, DocumentReader


@dataclass(frozen=True)
class Possibility:
    """A kind that another can be made into, by what and by way of what; or why not here."""

    kind: str
    available: bool
    engines: list[str]
    via: list[str]
    note: str = ""
    reason: str = ""


class ConversionMatrix:
    """What can be converted into what here, and what is missing for the rest."""

    def __init__(self, reader: DocumentReader, converter: Converter) -> None:
        self._reader = reader
        self._converter = converter

    async def routes(self) -> Routes:
        """Return all ways that there is code for."""
        return Routes((*await self._reader.formats(), ROWS))

    async def format(self, kind: str) -> Format | None:
        """Return what is declared of a kind."""
        return next((known for known in await self._reader.formats() if known.kind == kind), None)

    async def missing(self) -> dict[str, str]:
        """Return why engines cannot be used, by name."""
        return {engine.name: engine.missing for engine in await self._converter.engines() if engine.missing}

    async def engines(self) -> tuple[Engine, ...]:
        """Return the engines."""
        return await self._converter.engines()

    async def listing(self) -> list[tuple[Format, list[Possibility]]]:
        """Return every kind that is known, with what it can be made into."""
        routes, missing = await self.routes(), await self.missing()
        return [(known, _possibilities(routes, known.kind, missing)) for known in await self._reader.formats()]

    async def route(self, source: str, target: str) -> Route:
        """Return the way from a kind to another.

        Raises:
            InvalidInput: there is no such target at all.
            UnsupportedMedia: there is no way.
            NotImplementedHere: the way there is needs something that is not installed.
        """
        routes, missing = await self.routes(), await self.missing()
        usable = routes.from_kind(source, frozenset(missing))
        if target in usable:
            return usable[target]
        possible = routes.from_kind(source)
        if target in possible:
            reasons = "; ".join(missing[engine] for engine in possible[target].engines if engine in missing)
            raise NotImplementedHere(f"{source} to {target} cannot be done here: {reasons}")
        if target not in {kind for known in routes.sources() for kind in routes.from_kind(known)}:
            raise InvalidInput(
                f"target_format: there is no {target!r}", details=[FieldProblem("target_format", "no such format")]
            )
        if not usable and not possible:
            known = _listed(routes.sources())
            raise UnsupportedMedia(f"files of the kind {source} cannot be converted; these can: {known}")
        raise UnsupportedMedia(f"{source} cannot be made into {target}; it can be made into {_listed(usable)}")


def _possibilities(routes: Routes, kind: str, missing: Mapping[str, str]) -> list[Possibility]:
    usable = routes.from_kind(kind, frozenset(missing))
    found = []
    for target, best in sorted(routes.from_kind(kind).items()):
        route = usable.get(target, best)
        reasons = [] if target in usable else [missing[engine] for engine in route.engines if engine in missing]
        via = [step.target for step in route.steps[:-1]]
        found.append(
            Possibility(target, target in usable, list(route.engines), via, "; ".join(route.notes), "; ".join(reasons))
        )
    return found


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds))

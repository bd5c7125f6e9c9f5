"""The use case of conversion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from errors import FieldProblem, InvalidInput, NotImplementedHere, UnknownFile, UnsupportedMedia
from logics.conversions import ROWS, ConversionOptions, Engine, Route, Routes
from logics.documents import Format
from logics.files import StoredFile
from logics.ports import Converter, Descriptors, DocumentReader, ResultCache, StoredFiles

_VERSION = 1  # of the way steps are put together
_LONGEST_STEM = 150


@dataclass(frozen=True)
class Converted:
    """A new file, and how it came about.

    Attributes:
        file: as it is stored.
        route: kinds from the first to the last.
        engines: that were used.
        warnings: for the caller.
        cached: whether the result of an earlier conversion was used.
    """

    file: StoredFile
    route: tuple[str, ...]
    engines: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    cached: bool = False


@dataclass(frozen=True)
class Wish:
    """What a caller wants of a file.

    Attributes:
        target: kind of the new file.
        options: choices.
        name: of the new file, without its ending; empty for that of the source.
        description, tags: of the new file.
    """

    target: str
    options: ConversionOptions = field(default_factory=ConversionOptions)
    name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Possibility:
    """A kind that another can be made into, and by what; or why not here."""

    target: str
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
        """Return every kind that can be converted, with what it can be made into."""
        routes, missing = await self.routes(), await self.missing()
        formats = {known.kind: known for known in await self._reader.formats()}
        return [(formats[kind], _possibilities(routes, kind, missing)) for kind in routes.sources() if kind in formats]

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


class ConvertFile:
    """Makes a new file of another kind out of a stored one."""

    def __init__(
        self,
        files: StoredFiles,
        matrix: ConversionMatrix,
        converter: Converter,
        descriptors: Descriptors,
        cache: ResultCache,
    ) -> None:
        self._files = files
        self._matrix = matrix
        self._converter = converter
        self._descriptors = descriptors
        self._cache = cache

    async def convert(self, file_id: str, wish: Wish) -> Converted:
        """Convert a stored file.

        Raises:
            UnknownFile: there is none by that id.
            InvalidInput, UnsupportedMedia, NotImplementedHere: see :meth:`ConversionMatrix.route`.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable: why it cannot be converted.
            Busy, Unavailable: it cannot be done now.
        """
        file = await self._files.find(file_id)
        route = await self._matrix.route(file.kind, wish.target)
        key = await self._key(file, route, wish.options)
        name = wish.name or PurePath(file.name).stem
        known = await self._remembered(key, route, wish, name)
        if known is not None:
            return known
        async with self._files.opened(file) as source:
            converted = await self.convert_content(source, route, wish, name)
        await self._remember(key, converted)
        return converted

    async def convert_content(self, source: int, route: Route, wish: Wish, name: str) -> Converted:
        """Convert what a descriptor holds, and store the result under a name without ending.

        Raises:
            see :meth:`convert`.
        """
        async with AsyncExitStack() as opened:
            current, kind, warnings = source, wish.target, list(route.notes)
            options = wish.options
            for step in route.steps:
                sink = await opened.enter_async_context(self._files.new())
                result = await self._converter.convert(step, current, sink, options)
                warnings += result.warnings
                current, kind = sink, result.kind or step.target
                options = ConversionOptions("", options.choices)
            stored = await self._store(current, kind, wish, name)
        return Converted(stored, route.kinds, route.engines, tuple(dict.fromkeys(warnings)))

    async def _store(self, content: int, kind: str, wish: Wish, name: str) -> StoredFile:
        known = await self._matrix.format(kind)
        ending = known.endings[0] if known else kind
        full = f"{name[:_LONGEST_STEM]}.{ending}"
        return await self._files.add(full, content, description=wish.description, tags=wish.tags)

    async def _key(self, file: StoredFile, route: Route, options: ConversionOptions) -> str:
        versions = {engine.name: engine.version for engine in await self._matrix.engines()}
        known = await self._matrix.format(file.kind)
        parts: Mapping[str, Any] = {
            "content": file.sha256,
            "steps": [[step.source, step.target, step.engine, versions.get(step.engine, "")] for step in route.steps],
            "password": options.password,
            "choices": dict(options.choices),
            "version": [_VERSION, known.version if known else 0],
        }
        return "conversion:" + hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    async def _remembered(self, key: str, route: Route, wish: Wish, name: str) -> Converted | None:
        value = await self._cache.get(key)
        if value is None:
            return None
        remembered = json.loads(value)
        try:
            earlier = await self._files.find(remembered["file_id"])
            async with self._files.opened(earlier) as source, self._files.new() as copy:
                await self._descriptors.copy(source, copy)
                stored = await self._store(copy, remembered["kind"], wish, name)
        except UnknownFile:  # it was deleted since
            return None
        return Converted(stored, route.kinds, route.engines, tuple(remembered["warnings"]), cached=True)

    async def _remember(self, key: str, converted: Converted) -> None:
        ending = converted.file.name.rpartition(".")[2]
        kind = converted.route[-1] if ending != "zip" else "zip"
        value = {"file_id": converted.file.file_id, "kind": kind, "warnings": list(converted.warnings)}
        await self._cache.put(key, json.dumps(value).encode())


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


def _listed(kinds: Any) -> str:
    return ", ".join(sorted(kinds))

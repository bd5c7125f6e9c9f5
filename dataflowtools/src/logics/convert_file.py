"""The use case of conversion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from errors import UnknownFile
from logics.conversion_matrix import ConversionMatrix
from logics.conversions import ConversionOptions, Route
from logics.files import StoredFile
from logics.ports import Converter, Descriptors, ResultCache, StoredFiles

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

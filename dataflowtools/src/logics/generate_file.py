"""The use cases around templates: fill one, look at one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import PurePath
from typing import Any

from errors import FieldProblem, InvalidInput, UnsupportedMedia
from logics.conversion_matrix import ConversionMatrix
from logics.conversions import Route, Step
from logics.convert_file import Converted, ConvertFile, Wish
from logics.files import StoredFile
from logics.ports import StoredFiles, TemplateEngine
from logics.templates import Filling, TemplateFacts

TEMPLATE_KINDS = ("docx", "xlsx", "md", "html", "txt", "csv", "tsv")
_OFFICE = "libreoffice"
_IMAGE = "image_file_id"
_MOST_IMAGES = 50


class GenerateFile:
    """Makes a new file of a template and data."""

    def __init__(
        self, files: StoredFiles, engine: TemplateEngine, matrix: ConversionMatrix, convert_file: ConvertFile
    ) -> None:
        self._files = files
        self._engine = engine
        self._matrix = matrix
        self._convert_file = convert_file

    async def generate(self, template_id: str, data: Mapping[str, Any], wish: Wish, *, strict: bool) -> Converted:
        """Fill a stored template; the result is of its kind, or converted from it.

        Raises:
            UnknownFile: no template, or no image of the data, by that id.
            InvalidInput, UnsupportedMedia, NotImplementedHere: the target, or the template's kind.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, Unprocessable: why it cannot be made.
            Busy, Unavailable: it cannot be done now.
        """
        template = await _template(self._files, template_id)
        target = wish.target or template.kind
        route = await self._route(template.kind, target)
        name = wish.name or PurePath(template.name).stem
        wanted = Wish(target, wish.options, name, wish.description, wish.tags)
        async with AsyncExitStack() as opened:
            images = await self._images(data, opened)
            filling = Filling(template.kind, _named(data, images), _descriptors(images), strict, wish.options.password)
            source = await opened.enter_async_context(self._files.opened(template))
            filled = await opened.enter_async_context(self._files.new())
            warnings = await self._engine.generate(source, filled, filling)
            made = await self._convert_file.convert_content(filled, route, wanted, name)
        return Converted(made.file, made.route or (template.kind,), made.engines, (*warnings, *made.warnings))

    async def _route(self, kind: str, target: str) -> Route:
        if kind == target:
            return Route(())
        route = await self._matrix.route(kind, target)
        calculates = any(engine.name == _OFFICE and not engine.missing for engine in await self._matrix.engines())
        if kind == "xlsx" and calculates and route.steps[0].engine != _OFFICE:
            # Formulas of a filled template hold no values until a program has calculated them.
            return Route((Step(kind, kind, _OFFICE), *route.steps))
        return route

    async def _images(self, data: Any, opened: AsyncExitStack) -> dict[str, tuple[str, int]]:
        """Open the images that data name by file: by id, the name that they get and the descriptor."""
        wanted = list(dict.fromkeys(_image_ids(data)))
        if len(wanted) > _MOST_IMAGES:
            message = f"{len(wanted)} image files; at most {_MOST_IMAGES}"
            raise InvalidInput(f"data: {message}", details=[FieldProblem("data", message)])
        found = {}
        for number, file_id in enumerate(wanted):
            file = await self._files.find(file_id)
            found[file_id] = (f"image-{number}", await opened.enter_async_context(self._files.opened(file)))
        return found


class InspectTemplate:
    """Tells what a template expects, and what is wrong with it."""

    def __init__(self, files: StoredFiles, engine: TemplateEngine) -> None:
        self._files = files
        self._engine = engine

    async def inspect(self, template_id: str, password: str) -> tuple[StoredFile, TemplateFacts]:
        """Look at a stored template.

        Raises:
            UnknownFile: there is none by that id.
            FileDamaged, FileEncrypted, OverBudget, TooLarge, UnsupportedMedia: why it cannot be read.
            Busy, Unavailable: it cannot be done now.
        """
        template = await _template(self._files, template_id)
        async with self._files.opened(template) as source:
            return template, await self._engine.inspect(source, template.kind, password)


async def _template(files: StoredFiles, template_id: str) -> StoredFile:
    template = await files.find(template_id)
    if template.kind not in TEMPLATE_KINDS:
        known = ", ".join(TEMPLATE_KINDS)
        raise UnsupportedMedia(f"files of the kind {template.kind} are no templates; these can be: {known}")
    return template


def _image_ids(data: Any) -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from _image_ids(item)
    elif isinstance(data, Mapping):
        if isinstance(data.get(_IMAGE), str):
            yield data[_IMAGE]
        for item in data.values():
            yield from _image_ids(item)


def _named(data: Any, images: Mapping[str, tuple[str, int]]) -> Any:
    """Return data whose images are called by the names that their descriptors have."""
    if isinstance(data, list):
        return [_named(item, images) for item in data]
    if not isinstance(data, Mapping):
        return data
    kept = {key: _named(value, images) for key, value in data.items() if key not in (_IMAGE, "image_source")}
    file_id = data.get(_IMAGE)
    return {**kept, "image_source": images[file_id][0]} if isinstance(file_id, str) else kept


def _descriptors(images: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    return dict(images.values())

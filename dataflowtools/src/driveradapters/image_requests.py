"""What the requests about images have in common: where the images come from, and which pages of them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BeforeValidator, Field, WithJsonSchema
from servicekit import ApiHandler, ApiModel
from servicekit.body import validate

from driveradapters.forms import UploadedFile, is_form, read_form
from errors import FieldProblem, InvalidInput
from logics.images import ImageSource, ReadingOptions
from logics.pages import PageSelection
from logics.ports import StoredFiles

_LONGEST_NAME = 255


def _decode(content: object) -> bytes:
    """Decode Base64 (RFC 4648, 4), also as a data URL and with line breaks; nothing else is skipped."""
    if not isinstance(content, str):
        raise ValueError("Base64 text is expected")  # noqa: TRY004 - pydantic listens to ValueError
    text = content.partition(",")[2] if content.startswith("data:") else content
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError as reason:
        raise ValueError(f"not valid Base64: {reason}") from None


def _as_text(value: object) -> object:
    """Take a number or a list of numbers and ranges for the text that says the same."""
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Base64Content = Annotated[
    bytes, BeforeValidator(_decode), WithJsonSchema({"type": "string", "contentEncoding": "base64"})
]
PagesText = Annotated[
    str,
    BeforeValidator(_as_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\s*(\d+(-\d*)?\s*(,\s*\d+(-\d*)?\s*)*)?$"},
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}},
            ]
        }
    ),
]


class InlineImage(ApiModel):
    """An image in the request itself."""

    name: str = Field("", max_length=_LONGEST_NAME, description="For the answer and for messages only.")
    content_base64: Base64Content = Field(description="The file, Base64; a data URL is accepted.")


class ImageOptions(ApiModel):
    """Which pages are read."""

    pages: PagesText = Field("", description="Pages or frames to read, from 1, as in `1,3-5,8-`; all if empty.")
    password: str | None = Field(None, max_length=1024, description="For an encrypted PDF.")

    def reading(self) -> ReadingOptions:
        """Return which pages are meant.

        Raises:
            InvalidInput: `pages` cannot be read.
        """
        return ReadingOptions(PageSelection.parse(self.pages), self.password or None)


class ImageRequest(ApiModel):
    """Where the images come from. In a form, every part with a file name is one, whatever its field is called."""

    file_id: str | None = Field(None, description="A stored file.")
    file_ids: tuple[str, ...] = Field((), description="Several stored files.")
    content_base64: Base64Content | None = Field(None, description="One file, Base64; a data URL is accepted.")
    images: tuple[InlineImage, ...] = Field((), description="Several files, Base64.")


RequestT = TypeVar("RequestT", bound=ImageRequest)


class ImageInputs:
    """Opens the images of a request, wherever they are.

    Args:
        files: where stored files are, and where others are held meanwhile.
        most: images in one request.
    """

    def __init__(self, files: StoredFiles, most: int) -> None:
        self._files = files
        self._most = most

    def parse(self, handler: ApiHandler, model: type[RequestT]) -> tuple[RequestT, list[UploadedFile]]:
        """Return the fields and the inline images of a request, which is JSON or a form.

        Raises:
            InvalidInput: a field is wrong, or there is no image, or too many.
            UnsupportedMedia: the body is of another type.
        """
        content_type = handler.request.headers.get("Content-Type")
        uploads: list[UploadedFile] = []
        if content_type is not None and is_form(content_type):
            form = read_form(handler.body, content_type)
            request = validate(_values(form.fields, model), model)
            uploads = form.files
        else:
            request = handler.read_json(model)
        images = [*uploads, *_inline(request)]
        self._check_count(len(images) + len(_stored(request)))
        return request, images

    @asynccontextmanager
    async def opened(self, request: ImageRequest, images: Sequence[UploadedFile]) -> AsyncIterator[list[ImageSource]]:
        """Hold the images of a request open.

        Raises:
            UnknownFile: a stored file does not exist.
            Unavailable: the store does not answer.
        """
        async with AsyncExitStack() as stack:
            sources = []
            for image in images:
                descriptor = await stack.enter_async_context(self._files.new())
                digest = await asyncio.to_thread(_write, descriptor, image.content)
                sources.append(ImageSource(image.name, digest, descriptor))
            for file_id in _stored(request):
                file = await self._files.find(file_id)
                descriptor = await stack.enter_async_context(self._files.opened(file))
                sources.append(ImageSource(file.name, file.sha256, descriptor))
            yield sources

    def _check_count(self, count: int) -> None:
        if not count:
            raise InvalidInput("no image: send one as a file of a multipart form, as content_base64, or as file_id")
        if count > self._most:
            problem = f"{count} images; at most {self._most} (MAX_IMAGES)"
            raise InvalidInput(problem, details=[FieldProblem("images", problem)])


def _inline(request: ImageRequest) -> Iterable[UploadedFile]:
    if request.content_base64 is not None:
        yield UploadedFile("image", request.content_base64)
    for place, image in enumerate(request.images, 1):
        yield UploadedFile(image.name or f"image {place}", image.content_base64)


def _stored(request: ImageRequest) -> tuple[str, ...]:
    return ((request.file_id,) if request.file_id is not None else ()) + request.file_ids


def _write(descriptor: int, content: bytes) -> str:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return hashlib.sha256(content).hexdigest()


def _values(fields: dict[str, list[str]], model: type[ImageRequest]) -> dict[str, Any]:
    """Return form fields as a model takes them: what it has as a list may be repeated or separated by commas."""
    values: dict[str, Any] = {}
    for name, given in fields.items():
        declared = model.model_fields.get(name)
        if declared is not None and _is_list(declared.annotation):
            values[name] = [part.strip() for text in given for part in text.split(",") if part.strip()]
        elif len(given) > 1:
            raise InvalidInput(f"{name}: given {len(given)} times", details=[FieldProblem(name, "given repeatedly")])
        elif given[0] != "" or declared is None:
            values[name] = given[0]
    return values


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in (list, tuple) or any(
        get_origin(part) in (list, tuple) for part in get_args(annotation)
    )

"""POST /api/file/convert: a stored file, as a new file of another format."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from servicekit import ApiHandler, ApiModel, ResponseModel, Route

from driveradapters.making.models import (
    MAKING_ERRORS,
    ConvertOptions,
    FileName,
    Format,
    MadeFile,
    MadeFileResponse,
    wish,
)
from errors import Busy, Unavailable
from logics.convert_file import ConversionMatrix, ConvertFile


class ConvertRequest(ApiModel):
    """A file, and what it is to become."""

    file_id: str = Field(min_length=1, max_length=200)
    target_format: Format = Field(description="Such as `pdf`; `GET /api/file/conversions` lists them by format.")
    options: ConvertOptions = Field(default_factory=ConvertOptions)
    name: FileName = Field("", description="Of the new file, without ending; unset: that of the file.")
    description: str = Field("", max_length=2000)
    tags: list[str] = Field([], max_length=50)


class ConversionModel(ResponseModel):
    """A format that another can be made into."""

    target: str
    available: bool
    engines: list[str] = Field(description="What does it, in order.")
    via: list[str] = Field(description="Formats on the way.")
    note: str = Field(description="What is lost.")
    reason: str = Field(description="Why it is not available here; empty if it is.")


class SourceModel(ResponseModel):
    """A format and what it can be made into."""

    source: str
    title: str
    conversions: list[ConversionModel]


class EngineModel(ResponseModel):
    """Something that converts."""

    name: str
    version: str
    available: bool
    reason: str


class ConversionsModel(ResponseModel):
    """What can be converted into what."""

    formats: list[SourceModel]
    engines: list[EngineModel]


class ConversionsResponse(ResponseModel):
    """The matrix that really works here."""

    status: Literal["success"] = "success"
    result: ConversionsModel


class ConvertHandler(ApiHandler):
    """Converts, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, convert_file: ConvertFile) -> None:
        """Take the use case."""
        self._convert_file = convert_file

    async def post(self) -> None:
        """Convert the file of the request."""
        asked = self.read_json(ConvertRequest)
        wanted = wish(
            asked.target_format, asked.options, name=asked.name, description=asked.description, tags=asked.tags
        )
        made = await self._convert_file.convert(asked.file_id, wanted)
        self.reply(MadeFile.of(made), http_status=201)


class ConversionsHandler(ApiHandler):
    """Tells what can be converted into what."""

    def initialize(self, conversion_matrix: ConversionMatrix) -> None:
        """Take what knows it."""
        self._matrix = conversion_matrix

    async def get(self) -> None:
        """Return the matrix."""
        listed = await self._matrix.listing()
        self.reply(
            ConversionsModel(
                formats=[
                    SourceModel(
                        source=known.kind,
                        title=known.title,
                        conversions=[ConversionModel(**vars(item)) for item in possible],
                    )
                    for known, possible in listed
                ],
                engines=[
                    EngineModel(name=item.name, version=item.version, available=not item.missing, reason=item.missing)
                    for item in await self._matrix.engines()
                ],
            )
        )


ROUTES = (
    Route(
        "POST",
        "/api/file/convert",
        ConvertHandler,
        summary="Convert a file",
        request=ConvertRequest,
        response=MadeFileResponse,
        status=201,
        errors=MAKING_ERRORS,
        needs=("convert_file",),
    ),
    Route(
        "GET",
        "/api/file/conversions",
        ConversionsHandler,
        summary="What can be converted into what here",
        response=ConversionsResponse,
        errors=(Busy, Unavailable),
        needs=("conversion_matrix",),
    ),
)

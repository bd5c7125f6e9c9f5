"""POST /api/file/convert: a stored file, as a new file of another format."""

from __future__ import annotations

from pydantic import Field
from servicekit import ApiModel, Route

from driveradapters.making.models import (
    MAKING_ERRORS,
    ConvertOptions,
    FileName,
    Format,
    MadeFile,
    MadeFileResponse,
    wish,
)
from driveradapters.once import ONCE_ERRORS, CreatingHandler
from logics.answers import AnswerOnce
from logics.convert_file import ConvertFile, Wish


class ConvertRequest(ApiModel):
    """A file, and what it is to become."""

    file_id: str = Field(min_length=1, max_length=200)
    target_format: Format = Field(description="Such as `pdf`; `GET /api/file/formats` lists them by kind.")
    options: ConvertOptions = Field(default_factory=ConvertOptions)
    name: FileName = Field("", description="Of the new file, without ending; unset: that of the file.")
    description: str = Field("", max_length=2000)
    tags: list[str] = Field([], max_length=50)


class ConvertHandler(CreatingHandler):
    """Converts, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, answer_once: AnswerOnce, convert_file: ConvertFile) -> None:
        """Take what keeps the answers, and the use case."""
        self.keep_answers_in(answer_once)
        self._convert_file = convert_file

    async def post(self) -> None:
        """Convert the file of the request."""
        asked = self.read_json(ConvertRequest)
        await self.create_once(lambda: self._convert(asked))

    async def _convert(self, asked: ConvertRequest) -> None:
        made = await self._convert_file.convert(asked.file_id, wish_of_conversion(asked))
        self.reply(MadeFile.made(made), http_status=201)


def wish_of_conversion(asked: ConvertRequest) -> Wish:
    """Return the wish of a request."""
    return wish(asked.target_format, asked.options, name=asked.name, description=asked.description, tags=asked.tags)


ROUTES = (
    Route(
        "POST",
        "/api/file/convert",
        ConvertHandler,
        summary="Convert a file",
        request=ConvertRequest,
        response=MadeFileResponse,
        status=201,
        errors=(*MAKING_ERRORS, *ONCE_ERRORS),
        needs=("answer_once", "convert_file"),
    ),
)

"""POST /api/file/generate and /api/file/template/inspect: files from templates."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator
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
from driveradapters.once import ONCE_ERRORS, CreatingHandler
from logics.answers import AnswerOnce
from logics.generate_file import GenerateFile, InspectTemplate
from logics.templates import TemplateFacts


class TemplateReference(ApiModel):
    """A stored file that is a template."""

    template_id: str | None = Field(None, min_length=1, max_length=200, description="Of the stored template.")
    file_id: str | None = Field(None, min_length=1, max_length=200, description="The same, by its other name.")

    @model_validator(mode="after")
    def _one(self) -> TemplateReference:
        if (self.template_id is None) == (self.file_id is None):
            raise ValueError("one of template_id and file_id is needed")
        return self

    @property
    def identifier(self) -> str:
        """Whichever was given."""
        return self.template_id or self.file_id or ""


class GenerateOptions(ConvertOptions):
    """Choices; those of a conversion count where the result is converted from the template's format."""

    strict: bool = Field(
        False, description="Whether a name that the data lack is an error; otherwise it is empty, with a warning."
    )


class GenerateRequest(TemplateReference):
    """A template and what it is filled with."""

    data: dict[str, Any] = Field(
        description="Names and values. An object with `image_base64` or `image_file_id`, and `width_mm` or `height_mm` "
        "if wanted, is an image."
    )
    target_format: Format | None = Field(None, description="Unset: that of the template.")
    options: GenerateOptions = Field(default_factory=GenerateOptions)
    name: FileName = Field("", description="Of the new file, without ending; unset: that of the template.")
    description: str = Field("", max_length=2000)
    tags: list[str] = Field([], max_length=50)


class InspectRequest(TemplateReference):
    """A template."""

    password: str = Field("", max_length=255)


class VariableModel(ResponseModel):
    """A name that a template expects."""

    path: str = Field(description="Such as `customer.name`, or `items[].price` for each of the items.")
    kind: Literal["value", "list", "object"]


class MistakeModel(ResponseModel):
    """Something that is wrong with a template."""

    kind: Literal["syntax", "unknown_filter", "unknown_test"]
    message: str
    place: str = Field(description="The part of the template.")
    line: int = Field(description="Of that part, from 1; in Word a paragraph, in Excel a cell with text.")
    text: str = Field(description="The line.")


class TemplateModel(ResponseModel):
    """What a template expects, and what is wrong with it."""

    file_id: str
    kind: str
    valid: bool
    variables: list[VariableModel]
    mistakes: list[MistakeModel]


class TemplateResponse(ResponseModel):
    """The template as it was found."""

    status: Literal["success"] = "success"
    result: TemplateModel


class GenerateHandler(CreatingHandler):
    """Generates, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, answer_once: AnswerOnce, generate_file: GenerateFile) -> None:
        """Take what keeps the answers, and the use case."""
        self.keep_answers_in(answer_once)
        self._generate_file = generate_file

    async def post(self) -> None:
        """Fill the template of the request."""
        asked = self.read_json(GenerateRequest)
        await self.create_once(lambda: self._generate(asked))

    async def _generate(self, asked: GenerateRequest) -> None:
        wanted = wish(
            asked.target_format or "", asked.options, name=asked.name, description=asked.description, tags=asked.tags
        )
        made = await self._generate_file.generate(asked.identifier, asked.data, wanted, strict=asked.options.strict)
        self.reply(MadeFile.made(made), http_status=201)


class InspectHandler(ApiHandler):
    """Looks at templates."""

    cancel_on_disconnect = True

    def initialize(self, inspect_template: InspectTemplate) -> None:
        """Take the use case."""
        self._inspect_template = inspect_template

    async def post(self) -> None:
        """Look at the template of the request."""
        asked = self.read_json(InspectRequest)
        template, facts = await self._inspect_template.inspect(asked.identifier, asked.password)
        self.reply(_model(template.file_id, template.kind, facts))


def _model(file_id: str, kind: str, facts: TemplateFacts) -> TemplateModel:
    return TemplateModel(
        file_id=file_id,
        kind=kind,
        valid=not facts.mistakes,
        variables=[VariableModel.model_validate(item) for item in facts.variables],
        mistakes=[MistakeModel.model_validate(item) for item in facts.mistakes],
    )


ROUTES = (
    Route(
        "POST",
        "/api/file/generate",
        GenerateHandler,
        summary="Generate a file from a template",
        request=GenerateRequest,
        response=MadeFileResponse,
        status=201,
        errors=(*MAKING_ERRORS, *ONCE_ERRORS),
        needs=("answer_once", "generate_file"),
    ),
    Route(
        "POST",
        "/api/file/template/inspect",
        InspectHandler,
        summary="What a template expects, and what is wrong with it",
        request=InspectRequest,
        response=TemplateResponse,
        errors=MAKING_ERRORS,
        needs=("inspect_template",),
    ),
)

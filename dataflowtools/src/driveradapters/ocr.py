"""POST /api/ocr/extract: the text of images and PDFs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints
from servicekit import ApiHandler, Route, RouteDoc, Success

from driveradapters.barcodes import form_content
from driveradapters.image_requests import ImageInputs, ImageOptions, ImageRequest
from driveradapters.ocr_answers import ExtractModel, answer
from errors import (
    Busy,
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    NotImplementedHere,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)
from logics.recognise_text import RecogniseText
from logics.recognition import RecognitionOptions
from logics.searchable_pdf import MakeSearchablePdf
from utils.languages import LANGUAGES

Output = Literal["json", "lines", "text", "tsv", "hocr", "pdf"]


LanguageName = Annotated[str, StringConstraints(pattern=r"^\s*[A-Za-z_-]{0,32}\s*$")]


def _languages(value: object) -> object:
    """Take ``zh+en`` and ``zh,en`` for what they say, also within a list."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
        return value
    return [name for part in given for name in part.replace("+", ",").split(",")]


def _degrees(value: object) -> object:
    """Take a form's text for the number it is."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class ExtractOptions(ImageOptions):
    """How to read images."""

    language: Annotated[tuple[LanguageName, ...], BeforeValidator(_languages)] = Field(
        (),
        max_length=16,
        description=f"Languages of the text, as `zh+en` or a list; all at once if empty or auto. Known are "
        f"{', '.join(LANGUAGES)}, by other usual codes too. Text in Latin letters alone gets narrow punctuation.",
    )
    mode: Literal["auto", "photo", "scan"] = Field(
        "auto",
        description="`photo` looks for the edges of a document and makes it flat; `scan` does not; `auto` does where "
        "the edges are clear and all text lies within.",
    )
    orientation: Annotated[Literal["auto", 0, 90, 180, 270], BeforeValidator(_degrees)] = Field(
        "auto", description="Degrees clockwise that the pages are turned; found out if auto."
    )
    layout: Literal["auto", "row"] = Field(
        "auto", description="`auto` reads columns and vertical writing in their order; `row` goes across the page."
    )
    granularity: Literal["line", "word"] = Field("line", description="`word` also tells where each word is.")
    min_confidence: float = Field(0.5, ge=0, le=1, description="Lines less certain are left out.")

    def options(self) -> RecognitionOptions:
        """Return how to read.

        Raises:
            InvalidInput: `pages` cannot be read.
        """
        return RecognitionOptions(
            languages=tuple(name.strip() for name in self.language if name.strip()),
            mode=self.mode,
            orientation=None if self.orientation == "auto" else self.orientation,
            layout=self.layout,
            granularity=self.granularity,
            min_confidence=self.min_confidence,
            reading=self.reading(),
        )


class ExtractRequest(ExtractOptions, ImageRequest):
    """Images, and how to read them."""

    output: Output = Field(
        "json",
        description="`json` (also called `lines`) tells of every line; `text`, `tsv` and `hocr` give a document in "
        "`content`; `pdf` stores a searchable PDF.",
    )

    def options(self) -> RecognitionOptions:
        """Return how to read; some outputs have the words whether they were asked for or not."""
        words = self.granularity == "word" or self.output in ("tsv", "hocr", "pdf")
        return replace(super().options(), granularity="word" if words else "line")


class ExtractHandler(ApiHandler):
    """Recognises text for as long as somebody waits for it."""

    cancel_on_disconnect = True

    def initialize(
        self, recognise_text: RecogniseText, make_searchable_pdf: MakeSearchablePdf, image_inputs: ImageInputs
    ) -> None:
        """Take the use cases and what opens the images."""
        self._recognise_text = recognise_text
        self._make_searchable_pdf = make_searchable_pdf
        self._inputs = image_inputs

    async def post(self) -> None:
        """Recognise the text of the request's images."""
        request, images = self._inputs.parse(self, ExtractRequest)
        options = request.options()
        async with self._inputs.opened(request, images) as sources:
            documents = await self._recognise_text(sources, options)
            pdf = None
            if request.output == "pdf":
                pdf = await self._make_searchable_pdf(sources, documents, options.reading.password)
        self.reply(answer(documents, request.output, pdf))


ROUTES = (
    Route(
        "POST",
        "/api/ocr/extract",
        ExtractHandler,
        summary="Recognise text",
        description=(
            "Reads the text of images (png, jpeg, tiff, webp, bmp, gif, jpeg2000, avif, heic, ppm) and PDFs in reading "
            "order. Coordinates are pixels of the upright page."
        ),
        tag="ocr",
        request=ExtractRequest,
        response=Success[ExtractModel],
        doc=RouteDoc(request_content=form_content("ExtractRequest")),
        body_limit="max_image_body_mb",
        errors=(
            InvalidInput,
            NotFound,
            TooLarge,
            UnsupportedMedia,
            Unprocessable,
            Busy,
            Unavailable,
            DeadlineExceeded,
            NotImplementedHere,
        ),
        needs=("recognise_text", "make_searchable_pdf", "image_inputs"),
    ),
)

"""POST /api/ocr/barcode: every barcode in images and PDFs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field
from servicekit import ApiHandler, Example, ResponseModel, Route, RouteDoc, Success

from driveradapters.image_requests import ImageInputs, ImageOptions, ImageRequest
from errors import Busy, InvalidInput, NotFound, TooLarge, Unavailable, Unprocessable, UnsupportedMedia
from logics.codes import CodeOptions, CodeReport, ReadCodes, choose_symbologies
from utils.symbologies import FAMILIES, SYMBOLOGIES

_NAMES = ", ".join(SYMBOLOGIES)


class BarcodeOptions(ImageOptions):
    """Which codes to look for, and how."""

    formats: tuple[str, ...] = Field(
        (),
        max_length=64,
        description=f"Kinds to look for, all if empty: {_NAMES}; or the families {', '.join(FAMILIES)}. "
        "Case, spaces and hyphens do not matter.",
    )
    mode: Literal["fast", "thorough"] = Field(
        "thorough", description="`fast` makes do with one pass; `thorough` also enhances the image and reads it again."
    )

    def options(self) -> CodeOptions:
        """Return how to read.

        Raises:
            InvalidInput: `pages` cannot be read, or a format is not known.
        """
        return CodeOptions(choose_symbologies(self.formats), self.mode, self.reading())


class BarcodeRequest(BarcodeOptions, ImageRequest):
    """Images, and which codes to look for in them."""


class CodeModel(ResponseModel):
    """One barcode."""

    symbology: str
    text: str | None = Field(description="What it says; null where its bytes are no text.")
    bytes_base64: str | None = Field(description="Its bytes, where `encoding` is `binary` or `mixed`.")
    encoding: str = Field(description="Of the text in the symbol, such as `ascii`, `utf-8`, `shift_jis`; or `binary`.")
    gtin: str | None = Field(description="The trade item number in it, as 14 digits.")
    image: int = Field(description="Which of the images, from 0.")
    page: int = Field(description="From 1.")
    box: tuple[int, int, int, int] = Field(description="Left, top, right, bottom, in pixels of the upright page.")
    polygon: tuple[tuple[int, int], ...] = Field(description="Its corners, clockwise from the symbol's own top left.")
    orientation: int = Field(description="Degrees that it is turned clockwise.")


class CodePageModel(ResponseModel):
    """A page that was searched."""

    page: int = Field(description="From 1.")
    width: int = Field(description="Pixels.")
    height: int = Field(description="Pixels.")


class CodeImageModel(ResponseModel):
    """An image that was searched."""

    name: str
    format: str = Field(description="By content.")
    page_count: int = Field(description="Pages of the file; `pages` are those searched.")
    pages: tuple[CodePageModel, ...]


class BarcodesModel(ResponseModel):
    """What the images hold."""

    codes: list[CodeModel]
    images: list[CodeImageModel]


class BarcodeHandler(ApiHandler):
    """Reads barcodes for as long as somebody waits for them."""

    cancel_on_disconnect = True

    def initialize(self, read_codes: ReadCodes, image_inputs: ImageInputs) -> None:
        """Take the use case and what opens the images."""
        self._read_codes = read_codes
        self._inputs = image_inputs

    async def post(self) -> None:
        """Read the barcodes of the request's images."""
        request, images = self._inputs.parse(self, BarcodeRequest)
        options = request.options()
        async with self._inputs.opened(request, images) as sources:
            reports = await self._read_codes(sources, options)
        self.reply(_result(reports))


def _result(reports: Sequence[CodeReport]) -> BarcodesModel:
    return BarcodesModel(
        codes=[CodeModel(image=place, **vars(code)) for place, report in enumerate(reports) for code in report.codes],
        images=[
            CodeImageModel(
                name=report.name,
                format=report.format,
                page_count=report.page_count,
                pages=tuple(CodePageModel(**vars(page)) for page in report.pages),
            )
            for report in reports
        ],
    )


def form_content(model: str, json_only: Sequence[str] = ("content_base64", "images")) -> dict[str, Any]:
    """Return the ``content`` of a request that is JSON, or a form with the same fields and the files."""
    return {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "description": f"Files, and the fields of {model} as text, except {' and '.join(json_only)}.",
                "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                "additionalProperties": {"type": "string"},
            }
        },
    }


_EXAMPLE = Example(
    name="tag",
    summary="A price tag",
    request={"file_id": "2f6c1c0e9a1b4d5f8e7a6b5c4d3e2f1a", "formats": ["retail"]},
    response={
        "status": "success",
        "result": {
            "codes": [
                {
                    "symbology": "EAN-13",
                    "text": "6959555702539",
                    "bytes_base64": None,
                    "encoding": "ascii",
                    "gtin": "06959555702539",
                    "image": 0,
                    "page": 1,
                    "box": [390, 348, 500, 383],
                    "polygon": [[390, 348], [500, 348], [500, 383], [390, 383]],
                    "orientation": 0,
                }
            ],
            "images": [
                {
                    "name": "tag.jpg",
                    "format": "jpeg",
                    "page_count": 1,
                    "pages": [{"page": 1, "width": 750, "height": 563}],
                }
            ],
        },
    },
)

ROUTES = (
    Route(
        "POST",
        "/api/ocr/barcode",
        BarcodeHandler,
        summary="Read barcodes",
        description=(
            "Reads every barcode in images (png, jpeg, tiff, webp, bmp, gif, jpeg2000, avif, heic, ppm) and PDFs, "
            "several per page. Finding none is a success with an empty list."
        ),
        tag="ocr",
        request=BarcodeRequest,
        response=Success[BarcodesModel],
        doc=RouteDoc(request_content=form_content("BarcodeRequest")),
        body_limit="max_image_body_mb",
        errors=(InvalidInput, NotFound, TooLarge, UnsupportedMedia, Unprocessable, Busy, Unavailable),
        needs=("read_codes", "image_inputs"),
        examples=(_EXAMPLE,),
    ),
)

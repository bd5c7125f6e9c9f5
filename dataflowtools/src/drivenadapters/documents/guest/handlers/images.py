"""Pictures. Their text is read by character recognition, which is another part of the service."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from drivenadapters.documents.guest import pictures
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.pages import chosen_pages
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_TAGS = {
    "DateTimeOriginal": "created",
    "DateTime": "modified",
    "Make": "camera_make",
    "Model": "camera_model",
    "Artist": "author",
    "ImageDescription": "title",
    "Copyright": "copyright",
    "Software": "application",
    "Orientation": "orientation",
}
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, LookupError, TypeError, ArithmeticError, EOFError)
_EXIF_BLOCK = 0x8769


class ImageHandler(Handler):
    """A kind of picture that Pillow reads."""

    def __init__(self, kind: str, title: str, media_type: str, endings: tuple[str, ...]) -> None:
        self.declaration = Declaration(
            kind,
            title,
            (media_type,),
            endings,
            frozenset({What.TEXT, What.MARKDOWN, What.METADATA}),
        )

    def recognise(self, sample: Sample) -> Finding:
        """Compare the first bytes."""
        return Finding(1.0) if pictures.media_type(sample.head[:2048]) == self.declaration.media_types[0] else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return size, colours, resolution, pages and what the camera noted."""
        with _opened(document) as picture:
            return _facts(picture)

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Mark every page as one to be recognised."""
        with _opened(document) as picture:
            facts = _facts(picture)
        if What.METADATA in wanted:
            answer.metadata(facts)
        if wanted.what & {What.TEXT, What.MARKDOWN}:
            marks = [answer.unread_page(page) for page in chosen_pages(wanted.pages, facts["pages"])]
            if What.TEXT in wanted:
                answer.text("\n\n".join(marks))
            if What.MARKDOWN in wanted:
                answer.markdown("\n\n".join(marks))


@contextlib.contextmanager
def _opened(document: Document) -> Iterator[Image.Image]:
    pillow_heif.register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(io.BytesIO(document.content()))
        except Image.DecompressionBombError as error:
            raise TaskFailed(
                FailureKind.TOO_LARGE, "the picture has more pixels than MAX_IMAGE_MEGAPIXELS allows"
            ) from error
        except _BROKEN as error:
            raise TaskFailed(FailureKind.DAMAGED, "the picture is damaged: its header cannot be read") from error
        with picture:
            millions = picture.width * picture.height / 1e6
            document.limits.check("max_image_megapixels", millions, "pixels of the picture", " million")
            document.limits.check("max_pages", getattr(picture, "n_frames", 1), "pages of the picture")
            yield picture


def _facts(picture: Image.Image) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "width": picture.width,
        "height": picture.height,
        "mode": picture.mode,
        "pages": getattr(picture, "n_frames", 1),
    }
    resolution = picture.info.get("dpi")
    if isinstance(resolution, tuple) and len(resolution) == 2:
        with contextlib.suppress(*_BROKEN):
            facts["dpi"] = [round(float(value), 1) for value in resolution]
    return {**facts, **_noted(picture)}


def _noted(picture: Image.Image) -> dict[str, Any]:
    """Return what the camera noted (Exif); where it was taken is nobody's business and left out."""
    try:
        exif = picture.getexif()
        noted = {**dict(exif), **dict(exif.get_ifd(_EXIF_BLOCK))}
    except _BROKEN:
        return {}
    found = {}
    for tag, value in noted.items():
        name = _TAGS.get(ExifTags.TAGS.get(tag, ""))
        if name and isinstance(value, str | int) and str(value).strip("\0 "):
            found[name] = value if isinstance(value, int) else _text(value, name)
    return found


def _text(value: str, name: str) -> str:
    text = value.strip("\0 ")[:500]
    if name in ("created", "modified"):
        return text.replace(":", "-", 2).replace(" ", "T", 1)  # Exif has colons in dates, too
    return text


HANDLERS = (
    ImageHandler("png", "PNG picture", "image/png", ("png",)),
    ImageHandler("jpg", "JPEG picture", "image/jpeg", ("jpg", "jpeg", "jfif")),
    ImageHandler("gif", "GIF picture", "image/gif", ("gif",)),
    ImageHandler("bmp", "BMP picture", "image/bmp", ("bmp", "dib")),
    ImageHandler("tiff", "TIFF picture", "image/tiff", ("tiff", "tif")),
    ImageHandler("webp", "WebP picture", "image/webp", ("webp",)),
    ImageHandler("heic", "HEIC picture", "image/heic", ("heic", "heif")),
    ImageHandler("jp2", "JPEG 2000 picture", "image/jp2", ("jp2",)),
)

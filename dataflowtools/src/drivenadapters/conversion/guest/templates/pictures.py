"""Images among the data of a template."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

KEYS = ("image_base64", "image_source")
_FORMATS = frozenset({"PNG", "JPEG", "GIF", "BMP", "TIFF"})  # that Word and Excel take
_MILLION = 1_000_000
_DOTS_PER_INCH = 96
_MILLIMETRES_PER_INCH = 25.4
_WIDEST_MM = 160.0


@dataclass(frozen=True)
class Picture:
    """An image that a template places.

    Attributes:
        content: in a format that Word and Excel take.
        width_mm, height_mm: as it is to be shown.
    """

    content: bytes
    width_mm: float
    height_mm: float


class Placed:
    """What an expression of a Word template finds: it can be put somewhere, and nothing else."""

    __slots__ = ("_insert",)

    def __init__(self, insert: Callable[[], str]) -> None:
        self._insert = insert

    def __html__(self) -> str:
        return self._insert()

    def __str__(self) -> str:
        return self._insert()


def with_pictures(value: Any, workspace: Workspace, limits: Limits, make: Callable[[Picture], Any]) -> Any:
    """Return data with images in the place of the objects that describe them.

    Raises:
        TaskFailed: one is no image, or too large.
    """
    if isinstance(value, list):
        return [with_pictures(item, workspace, limits, make) for item in value]
    if not isinstance(value, dict):
        return value
    if any(key in value for key in KEYS):
        return make(_picture(value, workspace, limits))
    return {key: with_pictures(item, workspace, limits, make) for key, item in value.items()}


def _picture(described: dict[str, Any], workspace: Workspace, limits: Limits) -> Picture:
    content = _content(described, workspace)
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            limits.check(
                "max_image_megapixels", width * height / _MILLION, "an image of the data has", " million pixels"
            )
            if image.format not in _FORMATS:
                image.load()
                content = _as_png(image)
    except TaskFailed:
        raise
    except Exception as error:
        raise TaskFailed(FailureKind.INVALID, "an image of the data is none, or damaged", field="data") from error
    return Picture(content, *_size(described, width, height))


def _content(described: dict[str, Any], workspace: Workspace) -> bytes:
    if "image_source" in described:
        with workspace.source(str(described["image_source"])) as file:
            return file.read()
    encoded = str(described["image_base64"])
    if encoded.startswith("data:"):
        encoded = encoded.partition(",")[2]
    try:
        return base64.b64decode(encoded, validate=False)
    except ValueError as error:
        raise TaskFailed(FailureKind.INVALID, f"image_base64 is not Base64: {error}", field="data") from error


def _as_png(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.convert("RGBA").save(made, "PNG")
    return made.getvalue()


def _size(described: dict[str, Any], width: int, height: int) -> tuple[float, float]:
    ratio = height / max(1, width)
    try:
        wide, high = (float(described[key]) if described.get(key) else 0.0 for key in ("width_mm", "height_mm"))
    except (TypeError, ValueError) as error:
        raise TaskFailed(FailureKind.INVALID, "width_mm and height_mm are numbers", field="data") from error
    if wide and high:
        return wide, high
    if high:
        return high / max(ratio, 1e-6), high
    wide = wide or min(width / _DOTS_PER_INCH * _MILLIMETRES_PER_INCH, _WIDEST_MM)
    return wide, wide * ratio

"""Images as arrays of blue, green and red: every colour mode, every orientation, every frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pillow_heif
from PIL import (  # the readers, so that workers need not load them
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from drivenadapters.images.guest.limits import ImageLimits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

# An allow-list: among what Pillow reads otherwise, EPS would start Ghostscript.
_READERS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000", "AVIF", "HEIF", "PPM")
ACCEPTED = "png, jpeg, tiff, webp, bmp, gif, jpeg2000, avif, heic, ppm, pdf"
_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_BRIGHT = 230
_MOSTLY = 0.95
_HARDLY = 0.05

Pixels = Any


def prepare() -> None:
    """Register the readers that Pillow does not bring."""
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    Image.MAX_IMAGE_PIXELS = None  # sizes are checked here, with a setting that the message names
    warnings.simplefilter("ignore")


class Picture:
    """An image file of one or more frames."""

    def __init__(self, file: BinaryIO, limits: ImageLimits) -> None:
        self._limits = limits
        try:
            self._image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError:
            message = f"not an image of a known kind; accepted are {ACCEPTED}"
            raise TaskFailed(FailureKind.UNSUPPORTED, message) from None
        except Exception as reason:
            raise _damaged(reason) from reason
        self.format = (self._image.format or "").lower()
        self.warnings: list[str] = []
        self._check_size()

    def count(self, most: int) -> int:
        """Count the frames, up to ``most``; the further pictures of a camera's file are previews and not counted."""
        if self._image.format == "MPO" or not getattr(self._image, "is_animated", False):
            return 1
        found = 1
        try:
            while found < most:
                self._image.seek(found)
                found += 1
        except EOFError:
            pass
        except Exception as reason:
            raise _damaged(reason) from reason
        return found

    def frame(self, index: int) -> Pixels:
        """Decode one frame, upright as its metadata says."""
        try:
            if index or getattr(self._image, "is_animated", False):
                self._image.seek(index)
            self._check_size()
            self._image.load()
            return to_pixels(ImageOps.exif_transpose(self._image))
        except (TaskFailed, MemoryError):
            raise
        except Exception as reason:
            raise _damaged(reason) from reason

    def _check_size(self) -> None:
        check_size(*self._image.size, self._limits)


def check_size(width: int, height: int, limits: ImageLimits) -> None:
    """Refuse a page of too many pixels.

    Raises:
        TaskFailed: it has more than it may.
    """
    if width < 1 or height < 1:
        raise TaskFailed(FailureKind.DAMAGED, "the image has no pixels")
    if width * height > limits.pixels:
        raise TaskFailed(
            FailureKind.TOO_LARGE,
            f"an image of {width} x {height} pixels; at most {limits.pixels / 1e6:g} million (MAX_IMAGE_MEGAPIXELS)",
        )


def to_pixels(image: Image.Image) -> Pixels:
    """Return an image as a contiguous array of height x width x (blue, green, red), eight bits each."""
    if image.mode in _DEEP_MODES:
        grey = _eight_bits(np.asarray(image))
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.has_transparency_data:
        return _on_paper(np.asarray(image.convert("RGBA")))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _eight_bits(values: Pixels) -> Pixels:
    """Scale linearly, so that the darkest value is black and the brightest white: many files use few of their bits."""
    numbers = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(numbers.min()), float(numbers.max())
    if high <= low:
        return np.full(numbers.shape, 255, np.uint8)
    return ((numbers - low) * (255 / (high - low))).astype(np.uint8)


def _on_paper(rgba: Pixels) -> Pixels:
    """Lay a transparent image on white; on black if what shows is nearly all white and would be lost."""
    colour, alpha = rgba[:, :, 2::-1].astype(np.uint16), rgba[:, :, 3:].astype(np.uint16)
    visible = alpha[:, :, 0] > 127
    shown = float(visible.mean())
    bright = float((colour.min(axis=2)[visible] > _BRIGHT).mean()) if shown else 0.0
    paper = 0 if bright > _MOSTLY and shown < 1 - _HARDLY else 255
    return ((colour * alpha + paper * (255 - alpha) + 127) // 255).astype(np.uint8)


def frames(picture: Picture, indices: list[int]) -> Iterator[tuple[int, Pixels]]:
    """Decode frames one after the other."""
    for index in indices:
        yield index, picture.frame(index)


def _damaged(reason: Exception) -> TaskFailed:
    return TaskFailed(FailureKind.DAMAGED, f"the image is damaged: {str(reason) or type(reason).__name__}")

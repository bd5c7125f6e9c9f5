"""What an image may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageLimits:
    """Bounds that are settings of the service.

    Attributes:
        pixels: of one page, checked from the header before anything is decoded.
        pages: that are read of one file.
        dpi: at which PDF pages are drawn.
    """

    pixels: int
    pages: int
    dpi: int

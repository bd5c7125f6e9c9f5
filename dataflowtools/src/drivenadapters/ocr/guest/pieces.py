"""Pieces of recognised text, placed on the straightened page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_CHINESE = ("\u3400", "\u9fff")
_UPRIGHT = 1.8  # times as high as wide, of two characters or more: set vertically


@dataclass(frozen=True)
class Piece:
    """A box of text.

    Attributes:
        index: of the line it is.
        left, top, right, bottom: on the page turned so that its text is level.
        text: what it says.
    """

    index: int
    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the box: across, down."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """The height of the box."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """The width of the box."""
        return self.right - self.left

    @property
    def is_vertical(self) -> bool:
        """Whether its characters stand below one another."""
        return self.height > _UPRIGHT * self.width and len(self.text) > 1


def place(boxes: Any, texts: list[str]) -> list[Piece]:
    """Return the pieces that have these boxes and texts."""
    return [
        Piece(index, float(left), float(top), float(right), float(bottom), text)
        for index, ((left, top, right, bottom), text) in enumerate(zip(boxes, texts, strict=True))
    ]


def is_chinese(text: str) -> bool:
    """Whether at least three of ten characters are ideographs."""
    letters = [letter for letter in text if not letter.isspace()]
    return sum(_CHINESE[0] <= letter <= _CHINESE[1] for letter in letters) > 0.3 * len(letters)

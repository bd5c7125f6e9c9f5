"""Tables whose cells are ruled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def find_tables(pixels: Any, lines: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
    """Return the ruled tables of a page."""
    return []

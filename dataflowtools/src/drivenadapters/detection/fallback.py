"""The type of a file where nobody has time to look into it: by its first bytes."""

from __future__ import annotations

from errors import Busy, OverBudget, Unavailable, Unprocessable
from logics.files import DetectedType
from logics.ports import TypeDetector


class FallbackDetector:
    """Satisfies the port ``TypeDetector``: asks one detector, and another where that one does not answer.

    An upload is not refused because the workers are busy.
    """

    def __init__(self, first: TypeDetector, second: TypeDetector) -> None:
        self._first = first
        self._second = second

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """See the port."""
        try:
            return await self._first.detect(descriptor, name)
        except (Busy, Unavailable, OverBudget, Unprocessable):
            return await self._second.detect(descriptor, name)

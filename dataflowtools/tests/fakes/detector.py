"""Types by the name's ending."""

from __future__ import annotations

from typing import Any

from logics.files import DetectedType, StoredFile


class FakeTypeDetector:
    """Satisfies the port ``TypeDetector``."""

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """See the port."""
        kind = name.rpartition(".")[2] if "." in name else "unknown"
        return DetectedType(kind, f"test/{kind}")


class FakeDocumentInspector:
    """Satisfies the port ``DocumentInspector``; counts how often it was asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked = 0
        self.failure = failure

    async def inspect(self, file: StoredFile) -> dict[str, Any]:
        """See the port."""
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return {"pages": 3}

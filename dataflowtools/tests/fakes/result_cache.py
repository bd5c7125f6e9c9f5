"""A cache that forgets nothing."""

from __future__ import annotations


class FakeResultCache:
    """Satisfies the port ``ResultCache``."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        """See the port."""
        return self.values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        """See the port."""
        self.values[key] = value
